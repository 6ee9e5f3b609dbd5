"""Scores of whole videos by a network under training, and how well they follow what is known of the videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ddsr_bench.evaluate.coefficients import plcc, srocc
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.samples import Sample

Floats = NDArray[np.float64]
_AT_ONCE = 4  # key frames, which bounds the memory that a long video takes


@torch.no_grad()
def video_score(network: nn.Module, fragments: Fragments) -> float:
    """The mean of what a network in evaluation mode says of all key frames, seen in full; in no unit."""
    device = next(network.parameters()).device
    found = []
    for start in range(0, len(fragments.patches), _AT_ONCE):
        patches = torch.from_numpy(np.array(fragments.patches[start : start + _AT_ONCE]))[None].to(device)
        motion = None
        if fragments.motion is not None:
            motion = torch.from_numpy(fragments.motion[start : start + _AT_ONCE])[None].to(device)
        found.append(network(patches, fragments.native, motion).frames[0].float())
    return float(torch.cat(found).mean())


def video_scores(network: nn.Module, samples: Sequence[Sample], read: Callable[[Sample], Fragments]) -> list[float]:
    """:func:`video_score` of each sample, whose fragments ``read`` gives."""
    return [video_score(network, read(one)) for one in samples]


def agreement(samples: Sequence[Sample], scores: Sequence[float], gap: float = 0.0) -> dict[str, float]:
    """How scores agree with labels.

    Returns:
        ``srocc`` and ``plcc`` over rated videos (NaN where undefined); ``pairs``, the share of pairs of one group,
        with labels further apart than ``gap`` (ladders: any step), that have their order, ties counting half;
        ``ladder_pairs`` is that of ladders alone. What there is none of is left out.
    """
    found: dict[str, float] = {}
    rated = [k for k, one in enumerate(samples) if one.rated]
    if rated:
        y = np.array([samples[k].label for k in rated], np.float64)
        x = np.array([scores[k] for k in rated], np.float64)
        found |= {"srocc": srocc(x, y), "plcc": plcc(x, y)}
    for name, wanted, smallest in (("pairs", True, gap), ("ladder_pairs", False, 0.0)):
        scored = [(one, score) for one, score in zip(samples, scores, strict=True) if one.rated is wanted]
        share = pair_share(scored, smallest)
        if share is not None:
            found[name] = share
    return found


def pair_share(scored: Sequence[tuple[Sample, float]], gap: float) -> float | None:
    """Share of ordered pairs within groups that scores put in their order; None without a pair."""
    groups: dict[str, list[tuple[float, float]]] = {}
    for one, score in scored:
        groups.setdefault(one.group, []).append((one.label, score))
    right, count = 0.0, 0
    for members in groups.values():
        labels, values = np.array(members, np.float64).T
        above = labels[:, None] - labels[None, :] > gap
        away = (values[:, None] - values[None, :])[above]
        right += float((away > 0).sum() + 0.5 * (away == 0).sum())
        count += int(above.sum())
    return right / count if count else None
