"""Motion between two neighbouring frames, in both directions, with what can be trusted of it.

Flow is dense inverse search (Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016) on a copy
of at most :data:`LONGEST` pixels. A flow vector is trusted where the way there and back ends where it began
(Sundaram, Brox, Keutzer, "Dense Point Trajectories by GPU-accelerated Large Displacement Optical Flow", ECCV 2010,
eq. 5); elsewhere the pixel is covered in the other frame, or the flow is wrong, and its neighbours' flow is taken.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from ddsr_bench.degrade.linear import single_thread
from ddsr_bench.degrade.stage import Frame

Array = np.ndarray[Any, np.dtype[Any]]
#: Longer side of the pictures that flow is computed on.
LONGEST = 512
#: Longer side of the grid that flow is kept on; DIS (fast preset) has no finer structure.
GRID = 160
_SMALLEST = 16
_FLAT = 2
_FAINT = 1.0
_CUT_SHARE = 0.4
_CUT_ERROR = 0.06


@dataclass(frozen=True)
class Paths:
    """Straight ways of n cells through time, the most trusted last.

    ``x``, ``row``: where a way is at time ``start`` (0: in frame A, 1: in frame B). ``velocity``: float32 (n, 2),
    cells a frame interval. ``share``: 0 or 1 where only A or only B shows the cell, -1 where both do.
    """

    x: Array
    row: Array
    velocity: Array
    start: Array
    share: Array


@dataclass(frozen=True)
class Motion:
    """Motion from frame A to frame B on a coarse grid of ``shape`` (h, w) cells.

    ``cell``: pixels of the frame a cell, (x, y). ``speed``: pixels a frame interval that next to nothing exceeds.
    ``cut``: the frames are from different shots.
    """

    paths: Paths
    shape: tuple[int, int]
    cell: tuple[float, float]
    speed: float
    cut: bool


def grey(frame: Frame) -> Array:
    """``uint8 (h, w)`` luma of a frame in either form, no side longer than :data:`LONGEST`."""
    if frame.dtype == np.uint8:
        luma = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    else:
        luma = cv2.addWeighted(frame[0], 0.299 * 255, frame[1], 0.587 * 255, 0)
        luma = cv2.convertScaleAbs(np.maximum(cv2.scaleAdd(frame[2], 0.114 * 255, luma), 0))
    return _shrink(luma, LONGEST)


def _shrink(picture: Array, longest: int) -> Array:
    height, width = picture.shape[:2]
    factor = longest / max(height, width)
    if factor >= 1:
        return picture
    size = (max(1, round(width * factor)), max(1, round(height * factor)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def measure(a: Array, b: Array, size: tuple[int, int]) -> Motion:
    """Motion between two pictures from :func:`grey`, of frames of ``size`` (height, width)."""
    single_thread()
    small_a, small_b = _shrink(a, GRID), _shrink(b, GRID)
    seen_a, seen_b = structured(small_a), structured(small_b)
    forward, backward = fill(_to_grid(_dis(a, b)), seen_a), fill(_to_grid(_dis(b, a)), seen_b)
    trust_a, trust_b = _consistent(forward, backward, small_a), _consistent(backward, forward, small_b)
    height, width = forward.shape[:2]
    cell = (size[1] / width, size[0] / height)
    forward, backward = (_settle(fill(*pair), cell) for pair in ((forward, trust_a), (backward, trust_b)))
    cut = trust_a.mean() < _CUT_SHARE and _residual(small_a, small_b, forward) > _CUT_ERROR
    paths = _paths(forward, backward, trust_a, trust_b)
    return Motion(paths, (height, width), cell, _speed(forward[trust_a & seen_a], cell), bool(cut))


def structured(picture: Array) -> Array:
    """bool (h, w): where something can be seen moving; in the flat rest any motion looks the same."""
    box = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.subtract(cv2.dilate(picture, box), cv2.erode(picture, box)) >= _FLAT)


def _settle(flow: Array, cell: tuple[float, float]) -> Array:
    """Flow without its tremble in noise: none below 0.1 pixels, all of it from 0.3 pixels on."""
    pixels = cv2.magnitude(flow[..., 0] * np.float32(cell[0]), flow[..., 1] * np.float32(cell[1]))
    rise = np.clip((pixels - 0.1) / 0.2, 0, 1)
    return np.asarray(flow * (rise * rise * (3 - 2 * rise))[..., None])


def _speed(flow: Array, cell: tuple[float, float]) -> float:
    """The speed that no more than a handful of cells exceeds: a lone wrong vector must not cost time."""
    pixels = np.sort(np.hypot(flow[..., 0] * cell[0], flow[..., 1] * cell[1]), axis=None)
    return float(pixels[-min(5, len(pixels))]) if len(pixels) else 0.0


def _paths(forward: Array, backward: Array, trust_a: Array, trust_b: Array) -> Paths:
    groups = []
    for trusted in (False, True):
        for start, flow, trust in ((0, forward, trust_a), (1, -backward, trust_b)):
            rows, columns = np.nonzero(trust == trusted)
            n = len(rows)
            share = np.full(n, -1 if trusted else start, np.float32)
            groups.append((columns, rows, flow[rows, columns], np.full(n, start, np.float32), share))
    x, row, velocity, start_times, shares = (np.concatenate(part) for part in zip(*groups, strict=True))
    return Paths(x.astype(np.float32), row, velocity, start_times, shares)


def _dis(a: Array, b: Array) -> Array:
    height, width = a.shape
    below, right = max(0, _SMALLEST - height), max(0, _SMALLEST - width)
    if below or right:
        a, b = (cv2.copyMakeBorder(x, 0, below, 0, right, cv2.BORDER_REPLICATE) for x in (a, b))
    # A new object each time: it adapts its scales to the first picture it meets and keeps them.
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(1)  # half resolution: at the preset's quarter, objects lose their rims
    grain = _grain(*a.shape)
    flow = search.calc(_grained(a, grain), _grained(b, grain), None)
    return np.asarray(flow[:height, :width])


def _grained(picture: Array, grain: Array) -> Array:
    return np.asarray(np.clip(picture + grain, 0, 255), np.uint8)


@functools.lru_cache(maxsize=4)
def _grain(height: int, width: int) -> Array:
    """int16 (h, w): faint stripes at four scales along both axes, a few grey levels in all.

    The search solves a 2x2 system for each patch and gives up where that is singular, as it is along a clean
    straight edge. Stripes make it solvable, and those along the motion, being the same all the way, do not pull.
    """
    axes = []
    for length in (height, width):
        phase = 2 * math.pi * (np.arange(length) + 0.5) / 4
        axes.append(np.sum([np.cos(phase / 2**octave + 0.7 * octave) for octave in range(4)], axis=0))
    return np.asarray(np.rint(np.add.outer(*axes)), np.int16)


def _to_grid(flow: Array) -> Array:
    small = _shrink(flow, GRID)
    ratio = (small.shape[1] / flow.shape[1], small.shape[0] / flow.shape[0])
    return np.asarray(small * np.asarray(ratio, np.float32))


def positions(shape: tuple[int, ...]) -> Array:
    """``float32 (h, w, 2)``: x and y of every cell of a grid of ``shape`` (h, w, ...)."""
    rows, columns = np.indices(shape[:2], np.float32)
    return np.dstack([columns, rows])


def _consistent(there: Array, back: Array, picture: Array) -> Array:
    """bool (h, w): the way there and back ends where it began, but for what cannot be seen in ``picture``.

    Along a straight edge flow is arbitrary, and so is its error; only the error across counts.
    """
    target = positions(there.shape) + there
    returned = cv2.remap(back, target, None, cv2.INTER_LINEAR, borderValue=(1e3, 1e3))
    energy = (there**2).sum(axis=2) + (returned**2).sum(axis=2)
    x, y = cv2.split(there + returned)
    slope_x, slope_y = (cv2.Scharr(picture, cv2.CV_32F, *order, scale=1 / 16) for order in ((1, 0), (0, 1)))
    xx, xy, yy = (cv2.blur(product, (3, 3)) for product in (slope_x**2, slope_x * slope_y, slope_y**2))
    visible = 2 * (xx * x**2 + 2 * xy * x * y + yy * y**2) / (xx + yy + _FAINT)
    # Whatever leaves the picture is seen in one frame only.
    outside = np.abs(x) > 500
    return np.asarray((visible < 0.01 * energy + 0.25) & ~outside)


def _residual(a: Array, b: Array, flow: Array) -> float:
    warped = cv2.remap(b, positions(flow.shape) + flow, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return float(cv2.absdiff(a, warped).mean()) / 255


def fill(flow: Array, known: Array) -> Array:
    """``flow`` where ``known``, elsewhere the mean of what is known nearby, from ever wider windows."""
    if known.all() or not known.any():
        return flow
    weight = known.astype(np.float32)
    total = flow * weight[..., None]
    result, missing, width = flow.copy(), ~known, 3
    while missing.any():
        near = cv2.blur(weight, (width, width), borderType=cv2.BORDER_CONSTANT)
        found = missing & (near > 0.5 / width**2)
        mean = cv2.blur(total, (width, width), borderType=cv2.BORDER_CONSTANT)
        result[found] = mean[found] / near[found][:, None]
        missing, width = missing & ~found, 2 * width + 1
    return result
