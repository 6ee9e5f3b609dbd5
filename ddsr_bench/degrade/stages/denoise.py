"""A camera's noise reduction and what it leaves: smeared texture, washed colour, trails behind what moves."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np

from ddsr_bench.degrade.frames import to_float
from ddsr_bench.degrade.luma import BLUE, GREEN, RED, guided, luma
from ddsr_bench.degrade.raw import Array
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams, Track, at

# Full strength takes differences of about this share of white for noise.
_LUMA_RANGE = 0.1
_CHROMA_RANGE = 0.1
_CHROMA_RADIUS = 4  # at half size
_RADIUS = 3


class Params(StageParams):
    """``strength`` of the reduction in brightness, ``chroma`` in colour, both 0 (none) to 1 (oil paint).

    ``method`` bilateral flattens small differences and keeps steps (stairs on gradients); guided keeps edges
    with a rim of noise around them. Colour is always smoothed at half size along the edges of brightness.

    ``temporal``: share of the previous result in the next where nothing seems to move; differences that stay
    below the gate are taken for noise, so faint things that move leave trails.
    """

    method: Literal["bilateral", "guided"] = "bilateral"
    strength: Annotated[Track, Bounds(0, 1)] = 0.5
    chroma: Annotated[Track, Bounds(0, 1)] = 0.5
    temporal: Annotated[float, Bounds(0, 0.95)] = 0.0


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame with less noise, as ``float32 (3, H, W)``."""
    previous: Array | None = None
    for index, frame in enumerate(frames):
        strength = at(params.strength, index)
        current = to_float(frame)
        if params.temporal:
            current = previous = _recursive(current, previous, params.temporal, strength)
        yield _spatial(current, params.method, strength, at(params.chroma, index))


def _recursive(current: Array, previous: Array | None, share: float, strength: float) -> Array:
    """Mix the previous result in where the local mean of brightness has hardly changed."""
    if previous is None or previous.shape != current.shape:
        return current
    change = np.abs(cv2.blur(luma(current) - luma(previous), (5, 5)))
    gate = np.float32(0.02 + 0.06 * strength)
    weight = np.clip(2 - change / gate, 0, 1)  # all of it below the gate, none above twice the gate
    weight *= np.float32(share)
    return np.asarray(current + weight * (previous - current))


def _spatial(planes: Array, method: str, strength: float, chroma: float) -> Array:
    if strength == 0 and chroma == 0:
        return planes
    bright = luma(planes)
    red, blue = planes[0] - bright, planes[2] - bright
    if chroma:
        red, blue = _smooth_colour(bright, red, blue, chroma)
    if strength:
        bright = _smooth_luma(bright, method, strength)
    result = np.empty_like(planes)
    np.add(bright, red, out=result[0])
    np.add(bright, blue, out=result[2])
    # Luma is the weighted sum of all three, so green's difference follows from the other two.
    cv2.addWeighted(red, -RED / GREEN, blue, -BLUE / GREEN, 0, dst=result[1])
    result[1] += bright
    return result


def _smooth_luma(bright: Array, method: str, strength: float) -> Array:
    spread = _LUMA_RANGE * strength
    if method == "guided":
        return guided(bright, bright, _RADIUS, spread * spread)
    # Twice a small window reaches as far as one of nine pixels, at a third of the cost.
    for _ in range(2):
        bright = np.asarray(cv2.bilateralFilter(bright, 5, spread, 2.0))
    return bright


def _smooth_colour(bright: Array, red: Array, blue: Array, chroma: float) -> tuple[Array, Array]:
    height, width = bright.shape
    half = (max(width // 2, 1), max(height // 2, 1))
    guide, *differences = (cv2.resize(p, half, interpolation=cv2.INTER_AREA) for p in (bright, red, blue))
    epsilon = (_CHROMA_RANGE * chroma) ** 2
    smooth = (guided(guide, plane, _CHROMA_RADIUS, epsilon) for plane in differences)
    wide = [cv2.resize(plane, (width, height), interpolation=cv2.INTER_LINEAR) for plane in smooth]
    blend = min(1.0, 4 * chroma)  # a little chroma reduction does not cost all of the fine colour
    return tuple(cv2.addWeighted(w, blend, p, 1 - blend, 0) for w, p in zip(wide, (red, blue), strict=True))
