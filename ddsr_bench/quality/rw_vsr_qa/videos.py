"""Scores of videos outside a run of metrics: with weights of one's own, and adapted to the batch they come in."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.metrics import rw_vsr_qa
from ddsr_bench.quality.pooling import hysteresis, pool
from ddsr_bench.quality.runner import score_clip
from ddsr_bench.quality.rw_vsr_qa.adapt import Adaptation, Patches
from ddsr_bench.quality.rw_vsr_qa.adapt import adapt as adapted_copy
from ddsr_bench.quality.rw_vsr_qa.fragments import KEY, SPAN, key_fragments, native_count
from ddsr_bench.quality.rw_vsr_qa.scorer import Bytes, KeyFrames, RwVsrQaScorer, bounded
from ddsr_bench.video import UntaggedColourWarning, probe, read_frames

if TYPE_CHECKING:
    from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration
    from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa

PathLike = str | os.PathLike[str]
Item = TypeVar("Item")
#: Key frames of each video that a network is adapted on.
KEYS = 2


def score_videos(
    paths: Sequence[PathLike],
    *,
    adapt: bool = False,
    weights: PathLike | None = None,
    settings: Adaptation | None = None,
) -> list[float]:
    """Score videos as ``rw-vsr-qa`` does, 1 to 5.

    Args:
        paths: one batch.
        adapt: first adapt the network to these videos (:func:`~ddsr_bench.quality.rw_vsr_qa.adapt.adapt`), two key
            frames of each; scores then depend on all of them. Off by default, as it is in the metric.
        weights: a file; None takes those of the package.
        settings: of the adaptation.

    Raises:
        DdsrError: no such weights, or a video that cannot be read.
    """
    from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network

    network, calibration = load_network(Path(weights) if weights is not None else rw_vsr_qa.shipped_weights())
    if adapt:
        network = adapted_copy(network, [key_patches(path, KEYS) for path in paths], settings)
    return [_score(path, network, calibration) for path in paths]


def key_patches(path: PathLike, most: int | None = None) -> Patches:
    """The patches of a video's key frames, those that scores are defined for.

    Args:
        path: of the video; one too short for a key frame gives its last frame.
        most: how many key frames, spread evenly; None for all.

    Raises:
        DdsrError: it cannot be read.
    """
    found, motion = [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UntaggedColourWarning)
        info = probe(path)
        wanted = evenly(list(range(KEY, info.frames, SPAN)) or [info.frames - 1], most)
        frames: Any = read_frames(path, threads=1, info=info, precise=True)
        before: Bytes | None = None
        with closing(frames):
            for number, frame in enumerate(frames):
                if number in wanted:
                    cut = key_fragments(frame if before is None or number < KEY else before, frame)
                    found.append(cut.patches)
                    motion.append(cut.motion)
                before = frame
    if not found:
        raise DdsrError(f"{path}: ended before frame {wanted[0]}; the file is damaged, leave it out")
    return Patches(np.stack(found), native_count(info.height, info.width), np.array(motion))


def score_patches(network: RwVsrQa, calibration: Calibration, video: Patches, *, frames: int, fps: float) -> float:
    """The score of a video all of whose key frames are at hand; what the metric gives.

    Args:
        network: in evaluation mode.
        calibration: of its weights.
        video: of :func:`key_patches`.
        frames, fps: of the video.
    """
    import torch

    known = video.motion
    with torch.inference_mode():
        said = [
            float(
                network(
                    torch.from_numpy(one)[None, None],
                    video.native,
                    None if known is None else torch.tensor([[known[k]]]),
                ).frames
            )
            for k, one in enumerate(video.patches)
        ]
    keys = np.array([bounded(calibration.offset + calibration.slope * one) for one in said])
    places = np.minimum(np.arange(frames) // SPAN, len(keys) - 1)
    return hysteresis(keys[places], fps)


def _score(path: PathLike, network: RwVsrQa, calibration: Calibration) -> float:
    metric = replace(rw_vsr_qa.METRIC, start=lambda: RwVsrQaScorer(KeyFrames(network, calibration)), parameters={})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UntaggedColourWarning)
        scores = score_clip(path, [metric])
    if metric.name in scores.errors:
        raise DdsrError(f"{path}: {scores.errors[metric.name]}")
    return pool(metric, scores.values[metric.name], fps=scores.fps)[metric.name]


def evenly(items: list[Item], most: int | None) -> list[Item]:
    """At most ``most`` of the items, those in the middles of equal parts; all for None."""
    if most is None or len(items) <= most:
        return items
    return [items[int((k + 0.5) * len(items) / most)] for k in range(most)]
