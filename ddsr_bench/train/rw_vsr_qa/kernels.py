"""The kernel regression of RW-VSR-QA: fitted in one go, by scikit-learn, to statistics of the training videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace

import numpy as np
import torch
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.rw_vsr_qa.network import Kernels, RwVsrQa, Shape, pace
from ddsr_bench.quality.rw_vsr_qa.network_statistics import statistics
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.config import KernelConfig
from ddsr_bench.train.rw_vsr_qa.samples import Sample

_LEAST_SCALE = 1e-3  # of a statistic that hardly varies


def with_kernels(
    network: RwVsrQa,
    samples: Sequence[Sample],
    read: Callable[[Sample], Fragments],
    middle: float,
    config: KernelConfig,
) -> RwVsrQa:
    """A copy of a network with a kernel regression fitted to rated videos.

    Args:
        network: on the processor.
        samples: rated ones are used.
        read: gives fragments.
        middle: taken off the labels, as it was for the network.
        config: how to fit.

    Returns:
        in evaluation mode.

    Raises:
        DdsrError: motion is to count, and a video's was not kept with its fragments.
    """
    rated = [one for one in samples if one.rated]
    x = np.stack([video_statistics(read(one)) for one in rated])
    if config.motion:
        x = np.column_stack([x, [video_pace(one, read(one)) for one in rated]])
    y = np.array([one.label - middle for one in rated])
    fitted = fitted_kernels(x, y, config)
    shape = replace(Shape(**asdict(network.shape)), kernels=len(fitted.strengths), motion=config.motion > 0)
    known = RwVsrQa(shape)
    known.load_state_dict({**network.state_dict(), **{f"kernels.{k}": v for k, v in fitted.state_dict().items()}})
    return known.eval()


@torch.no_grad()
def video_statistics(fragments: Fragments) -> NDArray[np.float64]:
    """Mean of the statistics of a video's key frames, (205,)."""
    found = [
        statistics(torch.from_numpy(np.array(one))[None].float(), fragments.native)[0] for one in fragments.patches
    ]
    return np.asarray(torch.stack(found).double().mean(0).numpy())


def video_pace(sample: Sample, fragments: Fragments) -> float:
    """Mean of :func:`~ddsr_bench.quality.rw_vsr_qa.network.pace` over a video's key frames.

    Raises:
        DdsrError: it was not kept.
    """
    if fragments.motion is None:
        raise DdsrError(f"{sample.path}: fragments without motion; make them again, or set kernels.motion to 0")
    return float(pace(torch.from_numpy(fragments.motion)).mean())


def fitted_kernels(x: NDArray[np.float64], y: NDArray[np.float64], config: KernelConfig) -> Kernels:
    """Support vector regression of ``y`` (n,) on standardised ``x`` (n, 205), or (n, 206), motion last."""
    from sklearn.svm import SVR

    mean, scale = x.mean(0), np.maximum(x.std(0), _LEAST_SCALE)
    if config.motion:
        scale[-1] /= config.motion
    machine = SVR(C=config.cost, gamma=config.gamma, epsilon=config.tube, cache_size=500).fit((x - mean) / scale, y)
    kernels = Kernels(len(machine.support_), x.shape[1])
    values = {
        "centres": machine.support_vectors_,
        "strengths": machine.dual_coef_[0],
        "mean": mean,
        "scale": scale,
        "gamma": np.array(config.gamma),
        "offset": machine.intercept_[0],
        "share": np.array(config.share),
    }
    kernels.load_state_dict({name: torch.as_tensor(value, dtype=torch.float32) for name, value in values.items()})
    return kernels
