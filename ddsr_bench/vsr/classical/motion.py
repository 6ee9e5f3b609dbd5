"""Motion between LR frames for multi-frame methods: dense flow both ways, and where it can be trusted."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import Array

_SMALLEST = 16
_KEPT = 32


@dataclass(frozen=True)
class Flow:
    """Where a frame's pixels are found in another: float32 (H, W, 2) of (dx, dy), LR pixels, and trust in [0, 1]."""

    vectors: Array
    trust: Array


class Motion:
    """Flows between frames of one shot, computed once for each pair.

    Source: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", ECCV 2016, as OpenCV has it; a vector is
    trusted where the way there and back ends where it began (Sundaram, Brox, Keutzer, ECCV 2010, eq. 5).
    """

    def __init__(self) -> None:
        self._raw: OrderedDict[tuple[int, int], Array] = OrderedDict()
        self._numbers: OrderedDict[int, tuple[Frame, Array]] = OrderedDict()

    def flow(self, target: Frame, other: Frame) -> Flow:
        """The flow from ``target`` to ``other``, uint8 (H, W, 3) of one size; frames are known by identity."""
        there, back = self._vectors(target, other), self._vectors(other, target)
        returned = cv2.remap(back, _grid(there.shape) + there, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        error = ((there + returned) ** 2).sum(axis=2)
        energy = (there**2).sum(axis=2) + (returned**2).sum(axis=2)
        trust = np.exp(-error / (0.02 * energy + 0.3))
        return Flow(there, np.asarray(trust, np.float32))

    def _vectors(self, a: Frame, b: Frame) -> Array:
        key = (id(a), id(b))
        if key not in self._raw:
            self._raw[key] = dense_flow(self._grey(a), self._grey(b))
            while len(self._raw) > _KEPT:
                self._raw.popitem(last=False)
        return self._raw[key]

    def _grey(self, frame: Frame) -> Array:
        # The frame is kept beside its luma, or another one might come to lie at its address.
        if id(frame) not in self._numbers:
            self._numbers[id(frame)] = (frame, np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)))
            while len(self._numbers) > _KEPT // 2:
                gone, _ = self._numbers.popitem(last=False)
                for key in [key for key in self._raw if gone in key]:
                    del self._raw[key]
        return self._numbers[id(frame)][1]


def dense_flow(a: Array, b: Array) -> Array:
    """Dense inverse search from ``a`` to ``b``, uint8 (H, W); float32 (H, W, 2)."""
    height, width = a.shape
    below, right = max(0, _SMALLEST - height), max(0, _SMALLEST - width)
    if below or right:
        a, b = (cv2.copyMakeBorder(one, 0, below, 0, right, cv2.BORDER_REPLICATE) for one in (a, b))
    # A new object each time: it keeps the scales of the first picture it meets.
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    search.setFinestScale(0 if max(height, width) <= 240 else 1)
    flow = search.calc(_soft(a), _soft(b), None)
    return np.asarray(flow[:height, :width], np.float32)


def _soft(picture: Array) -> Array:
    """Noise is no motion: a light blur before the search."""
    return np.asarray(cv2.GaussianBlur(picture, (5, 5), 0.9, borderType=cv2.BORDER_REFLECT))


def _grid(shape: tuple[int, ...]) -> Array:
    rows, columns = np.indices(shape[:2], np.float32)
    return np.dstack([columns, rows])


def warp_enlarged(picture: Array, flow: Flow, scale: int) -> tuple[Array, Array]:
    """``picture`` fetched along ``flow`` straight onto the output grid, and the trust there.

    Args:
        picture: float32 (H, W[, C]), the other frame.
        flow: from the frame that is made to ``picture``.
        scale: enlargement.

    Returns:
        float32 (scale H, scale W[, C]) and (scale H, scale W); what comes from outside the picture has no trust.
    """
    height, width = flow.trust.shape
    size = (width * scale, height * scale)
    vectors = cv2.resize(flow.vectors, size, interpolation=cv2.INTER_LINEAR)
    rows, columns = np.indices((size[1], size[0]), np.float32)
    x = (columns + np.float32(0.5)) / np.float32(scale) - np.float32(0.5) + vectors[..., 0]
    y = (rows + np.float32(0.5)) / np.float32(scale) - np.float32(0.5) + vectors[..., 1]
    fetched = cv2.remap(picture, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
    inside = (x > -1) & (x < width) & (y > -1) & (y < height)
    trust = cv2.resize(flow.trust, size, interpolation=cv2.INTER_LINEAR) * inside
    return np.asarray(fetched), np.asarray(trust, np.float32)
