"""The rating scale: stated, or the usual one that holds all votes."""

from __future__ import annotations

import re

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.subjective.votes import Votes

Scale = tuple[float, float]

# ACR first; 0:1 after it, so that a table of ones is taken for ACR.
USUAL: tuple[Scale, ...] = ((1, 5), (0, 1), (0, 5), (1, 7), (1, 9), (1, 10), (0, 10), (1, 100), (0, 100), (-3, 3))
_TEXT = re.compile(r"^\s*([-+]?\d+(?:\.\d*)?)\s*:\s*([-+]?\d+(?:\.\d*)?)\s*$")
# A true wider scale leaves more than this share of its votes above 5; a slip of the finger leaves fewer.
_SLIPS = 0.01


def parse_scale(text: str) -> Scale:
    """Return ``(1.0, 5.0)`` for ``"1:5"``.

    Raises:
        DdsrError: not of that form, or the first number is not the smaller.
    """
    match = _TEXT.match(text)
    if not match or float(match[1]) >= float(match[2]):
        raise DdsrError(f"scale {text!r}: write the lowest and the highest possible vote, such as 1:5")
    return float(match[1]), float(match[2])


def show_scale(scale: Scale) -> str:
    """Return ``"1:5"`` for ``(1.0, 5.0)``."""
    return f"{scale[0]:g}:{scale[1]:g}"


def infer_scale(votes: Votes) -> tuple[Scale, tuple[str, ...]]:
    """Return the first usual scale that holds all votes, and a note that says so.

    Raises:
        DdsrError: no usual scale holds them, or all but a handful lie in 1:5 (the others look like slips).
    """
    _refuse_slips(votes)
    low, high = float(votes.rating.min()), float(votes.rating.max())
    for scale in USUAL:
        if scale[0] <= low and high <= scale[1]:
            return scale, (f"scale {show_scale(scale)} inferred from votes between {low:g} and {high:g}",)
    at = int(np.abs(votes.rating - np.median(votes.rating)).argmax())
    raise DdsrError(
        f"{votes.at(at)}: rating {votes.rating[at]:g}: votes between {low:g} and {high:g} fit no usual scale "
        f"({', '.join(map(show_scale, USUAL))}); state it with --scale LO:HI"
    )


def check_scale(votes: Votes, scale: Scale) -> None:
    """Refuse votes outside ``scale``.

    Raises:
        DdsrError: names the first such vote and counts the others.
    """
    outside = (votes.rating < scale[0]) | (votes.rating > scale[1])
    if not outside.any():
        return
    at = int(outside.argmax())
    others = f" (and {int(outside.sum()) - 1} more)" if outside.sum() > 1 else ""
    raise DdsrError(
        f"{votes.at(at)}: rating {votes.rating[at]:g} lies outside the scale {show_scale(scale)}{others}; "
        "correct it or state another --scale"
    )


def _refuse_slips(votes: Votes) -> None:
    outside = (votes.rating < 1) | (votes.rating > 5)
    if not 0 < outside.sum() <= _SLIPS * len(votes.rating):
        return
    at = int(outside.argmax())
    raise DdsrError(
        f"{votes.at(at)}: rating {votes.rating[at]:g}, while {100 * (1 - outside.mean()):.1f} % of the votes lie "
        "in 1:5; correct it or state the scale with --scale LO:HI"
    )
