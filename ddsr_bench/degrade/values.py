"""How a spec writes a value that is still to be drawn.

====================================================  =====================================================
in TOML                                               meaning
====================================================  =====================================================
``3`` or ``"cubic"`` or ``true``                      this value
``[0.2, 3]``                                          uniform in the interval; integers stay integers
``{ range = [0.2, 3], step = 0.02 }``                 uniform, then a bounded walk ``p <- clip(p + U(-step, step))``
``{ range = [0.2, 3], drift = 0.3 }``                 uniform, then a smooth drift over about .3 of the range a second
``{ range = [1, 8], transform = "reciprocal" }``      ``1/u`` of a uniform draw (also ``sqrt``, ``log``)
``{ choices = [7, 9, 11], weights = [1, 1, 2] }``     one of these
``"@exposure"``                                       the draw of that name under ``[shared]``
====================================================  =====================================================

The ends of a range may be written ``"4 + 1 * scale"``, where a paper states them as a function of the scale.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ddsr_bench.degrade.walk import published_walk, smooth_drift
from ddsr_bench.errors import DdsrError

_LINEAR = re.compile(r"^\s*(?:(?P<base>-?\d+(?:\.\d+)?)\s*\+\s*)?(?:(?P<slope>-?\d+(?:\.\d+)?)\s*\*\s*)?scale\s*$")
_TRANSFORMS: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "none": (lambda x: x, lambda x: x),
    "sqrt": (math.sqrt, lambda x: x),
    "reciprocal": (lambda x: 1 / x, lambda x: x),
    "log": (math.exp, math.log),
}


def unknown_key(path: str, key: str, allowed: Sequence[str]) -> DdsrError:
    """The error for a key nobody reads, with the nearest allowed one."""
    near = difflib.get_close_matches(key, allowed, 1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return DdsrError(f"{path}.{key}: unknown key{hint} (allowed: {', '.join(sorted(allowed))})")


@dataclass(frozen=True)
class Constant:
    """A value that is not drawn."""

    value: Any

    def draw(self, rng: np.random.Generator, scale: int, frames: int, fps: float) -> Any:
        """The value itself."""
        return self.value

    def ends(self, scale: int) -> tuple[Any, ...]:
        """The values that must be valid for this to be valid."""
        return (self.value,)


@dataclass(frozen=True)
class Choice:
    """One of several values, with weights that are normalised."""

    choices: tuple[Any, ...]
    weights: tuple[float, ...]

    def draw(self, rng: np.random.Generator, scale: int, frames: int, fps: float) -> Any:
        """One choice."""
        return self.choices[pick(rng, self.weights)]

    def ends(self, scale: int) -> tuple[Any, ...]:
        """All choices."""
        return self.choices


@dataclass(frozen=True)
class Shared:
    """A reference to a draw under ``[shared]``."""

    name: str


@dataclass(frozen=True)
class Range:
    """A uniform draw between two ends, with an optional movement over the clip."""

    low: float | str
    high: float | str
    transform: str = "none"
    step: float = 0.0
    drift: float = 0.0
    integer: bool = False

    def limits(self, scale: int) -> tuple[float, float]:
        """(low, high) at ``scale``, before the transform."""
        return evaluate(self.low, scale), evaluate(self.high, scale)

    def ends(self, scale: int) -> tuple[float, ...]:
        """The transformed ends."""
        low, high = self.limits(scale)
        if self.transform == "log":  # exp(log(x)) is not x to the last digit
            return low, high
        forward = _TRANSFORMS[self.transform][0]
        return tuple(sorted((forward(low), forward(high))))

    def draw(self, rng: np.random.Generator, scale: int, frames: int, fps: float) -> Any:
        """A number, or a tuple of one number a frame where the range moves."""
        forward, inward = _TRANSFORMS[self.transform]
        low, high = (inward(end) for end in self.limits(scale))
        if self.integer:
            return int(rng.integers(math.ceil(low), math.floor(high) + 1))
        start = rng.uniform(low, high)
        least, most = self.ends(scale)
        if self.step:
            track = published_walk(rng, start, self.step, low, high, frames)
        elif self.drift:
            track = smooth_drift(rng, start, self.drift, low, high, frames, fps)
        else:
            return rounded(min(max(forward(start), least), most))
        return tuple(rounded(min(max(forward(value), least), most)) for value in track)


Value = Constant | Choice | Range | Shared


def rounded(value: float) -> float:
    """Seven significant digits: exact enough, and a recipe a person can read."""
    return float(f"{value:.7g}")


def pick(rng: np.random.Generator, weights: Sequence[float]) -> int:
    """Index drawn with probability proportional to ``weights``."""
    edges = np.cumsum(weights)
    return int(np.searchsorted(edges, rng.uniform(0, edges[-1]), side="right").clip(0, len(weights) - 1))


def evaluate(end: float | str, scale: int) -> float:
    """A range's end as a number: itself, or ``a + b * scale``."""
    if not isinstance(end, str):
        return float(end)
    match = _LINEAR.match(end)
    if match is None:
        raise DdsrError(f"{end!r}: not a number; write 3.5 or '4 + 1 * scale'")
    return float(match["base"] or 0) + float(match["slope"] or 1) * scale


def parse_value(raw: Any, path: str) -> Value:
    """Read one value of a spec.

    Raises:
        DdsrError: an empty range, a wrong key, a transform that does not exist; the text names ``path``.
    """
    if isinstance(raw, str) and raw.startswith("@"):
        return Shared(raw[1:])
    if isinstance(raw, list):
        return _range({"range": raw}, path)
    if isinstance(raw, Mapping):
        return _choice(raw, path) if "choices" in raw else _range(raw, path)
    return Constant(raw)


def _choice(raw: Mapping[str, Any], path: str) -> Choice:
    _only(raw, ("choices", "weights"), path)
    choices = raw["choices"]
    if not isinstance(choices, list) or not choices:
        raise DdsrError(f"{path}.choices: {choices!r} is empty; give a list of at least one value")
    weights = raw.get("weights", [1.0] * len(choices))
    valid = isinstance(weights, list) and all(isinstance(w, int | float) and w >= 0 for w in weights)
    if not valid or len(weights) != len(choices) or sum(weights) <= 0:
        raise DdsrError(f"{path}.weights: {weights!r}; give {len(choices)} numbers >= 0 that are not all 0")
    return Choice(tuple(choices), tuple(float(w) for w in weights))


def _range(raw: Mapping[str, Any], path: str) -> Range:
    _only(raw, ("range", "transform", "step", "drift"), path)
    ends = raw.get("range")
    if not isinstance(ends, list) or len(ends) != 2 or not all(_is_end(end) for end in ends):
        raise DdsrError(f"{path}: {ends!r} is no range; write [low, high] with two numbers")
    transform = raw.get("transform", "none")
    if transform not in _TRANSFORMS:
        raise DdsrError(f"{path}.transform: {transform!r} is unknown (allowed: {', '.join(_TRANSFORMS)})")
    for key in ("step", "drift"):
        if not isinstance(raw.get(key, 0), int | float) or raw.get(key, 0) < 0:
            raise DdsrError(f"{path}.{key}: {raw[key]!r}; give a number >= 0")
    result = Range(ends[0], ends[1], transform, float(raw.get("step", 0)), float(raw.get("drift", 0)))
    for scale in (2, 3, 4):
        _check_ends(result, scale, path)
    return result


def _check_ends(value: Range, scale: int, path: str) -> None:
    low, high = value.limits(scale)
    if not (math.isfinite(low) and math.isfinite(high)):
        raise DdsrError(f"{path}: [{value.low}, {value.high}] is not finite")
    if low > high:
        raise DdsrError(f"{path}: [{value.low}, {value.high}] is empty, its low end is above its high end")
    if (value.transform in ("log", "reciprocal") and low <= 0) or (value.transform == "sqrt" and low < 0):
        raise DdsrError(f"{path}: [{value.low}, {value.high}] has no {value.transform}; use a low end above 0")


def _is_end(end: Any) -> bool:
    if isinstance(end, str):
        return _LINEAR.match(end) is not None
    return isinstance(end, int | float) and not isinstance(end, bool)


def _only(raw: Mapping[str, Any], allowed: Sequence[str], path: str) -> None:
    for key in raw:
        if key not in allowed:
            raise unknown_key(path, key, allowed)
