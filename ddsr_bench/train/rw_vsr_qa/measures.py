"""What is known of whole videos by numbers: the statistics of their patches and their motion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape, pace
from ddsr_bench.quality.rw_vsr_qa.network_statistics import statistics
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.samples import Sample

Floats = NDArray[np.float64]
#: Rows of videos by their ids, without motion or with it.
Known = dict[tuple[str, bool], Floats]
_LEAST_SCALE = 1e-3  # of a statistic that hardly varies


def measures(
    samples: Sequence[Sample], read: Callable[[Sample], Fragments], *, motion: bool, known: Known | None = None
) -> Floats:
    """Means over the key frames of videos, (n, 205); with ``motion``, (n, 206), motion last.

    Args:
        samples: the videos.
        read: gives fragments.
        motion: whether it is a column.
        known: rows that need not be measured again; new ones are put there.

    Raises:
        DdsrError: motion is asked for, and a video's was not kept with its fragments.
    """
    known = {} if known is None else known
    for one in samples:
        if (one.id, motion) not in known:
            known[one.id, motion] = video_measures(one, read(one), motion)
    return np.stack([known[one.id, motion] for one in samples]) if samples else np.zeros((0, 0))


@torch.no_grad()
def video_measures(sample: Sample, fragments: Fragments, motion: bool) -> Floats:
    """One video's row of :func:`measures`."""
    keys = [statistics(torch.from_numpy(np.array(one))[None].float(), fragments.native)[0] for one in fragments.patches]
    found = torch.stack(keys).double().mean(0).numpy()
    if not motion:
        return np.asarray(found)
    if fragments.motion is None:
        raise DdsrError(f"{sample.path}: fragments without motion; make them again, or set motion to 0")
    return np.append(found, float(pace(torch.from_numpy(fragments.motion)).mean()))


def standard(x: Floats, motion: float) -> tuple[Floats, Floats]:
    """Mean and scale of each column of ``x`` (n, columns); where motion counts, its scale is divided by its weight."""
    mean, scale = x.mean(0), np.maximum(x.std(0), _LEAST_SCALE)
    if motion:
        scale[-1] /= motion
    return mean, scale


def with_regression(network: RwVsrQa, name: str, fitted: nn.Module, *, motion: bool, **sizes: int) -> RwVsrQa:
    """A copy of a network with a regression put in, in evaluation mode.

    Args:
        network: on the processor; a regression of that name is replaced, one that differs in motion is left out.
        name: ``kernels`` or ``perceptrons``.
        fitted: the regression.
        motion: whether it knows motion.
        sizes: of the shape, with it.
    """
    kept = asdict(network.shape)
    dropped = [name]
    if network.shape.motion != motion:
        dropped = ["kernels", "perceptrons"]
        kept |= {"kernels": 0, "perceptrons": 0}
    known = RwVsrQa(replace(Shape(**kept), motion=motion, **sizes))
    state = {key: tensor for key, tensor in network.state_dict().items() if key.partition(".")[0] not in dropped}
    known.load_state_dict({**state, **{f"{name}.{key}": tensor for key, tensor in fitted.state_dict().items()}})
    return known.eval()
