"""What classical methods share: one thread, floats in, bytes out, and luma apart from colour."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import cv2
import numpy as np

from ddsr_bench.video.info import Frame

Array = np.ndarray[Any, np.dtype[Any]]

_LUMA = np.array([[0.299, 0.587, 0.114]], np.float32)
_lock = Lock()
_inside = 0  # how many frames are being made, in all threads: OpenCV has one thread count for the whole program
_outside = 0  # what it was before the first of them


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold OpenCV to one thread, so that sums keep one order; the last one out gives back what was set."""
    global _inside, _outside
    with _lock:
        if _inside == 0:
            _outside = cv2.getNumThreads()
            cv2.setNumThreads(1)
        _inside += 1
    try:
        yield
    finally:
        with _lock:
            _inside -= 1
            if _inside == 0:
                cv2.setNumThreads(_outside)


def to_float(frame: Frame) -> Array:
    """``float32`` of the same shape, 0..255."""
    return frame.astype(np.float32)


def to_bytes(picture: Array) -> Frame:
    """Round to ``uint8``, cut off at 0 and 255."""
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def luma_of(picture: Array) -> Array:
    """Luma of BT.601, float32 (H, W, 3) RGB -> (H, W) of the same range."""
    return np.asarray(cv2.transform(picture, _LUMA))


def split_luma(frame: Frame) -> tuple[Array, Array]:
    """Luma ``float32 (H, W)`` and the colour differences Cr, Cb ``float32 (H, W, 2)`` of BT.601, full range, 0..255."""
    planes = cv2.cvtColor(to_float(frame) / 255, cv2.COLOR_RGB2YCrCb) * 255
    return np.ascontiguousarray(planes[..., 0]), np.ascontiguousarray(planes[..., 1:])


def join_luma(luma: Array, chroma: Array) -> Frame:
    """The RGB bytes of luma and colour differences, the inverse of :func:`split_luma`."""
    planes = np.dstack([luma, chroma]) / np.float32(255)
    return to_bytes(cv2.cvtColor(planes, cv2.COLOR_YCrCb2RGB) * 255)


def noise_level(luma: Array) -> float:
    """Standard deviation of white noise in a picture, in grey levels.

    The median absolute value of the diagonal details of one level of a Haar transform, divided by .6745 (Donoho and
    Johnstone, "Ideal spatial adaptation by wavelet shrinkage", Biometrika 81, 1994). Below 2x2 there is none.

    Args:
        luma: float32 (H, W).
    """
    even = luma[: luma.shape[0] // 2 * 2, : luma.shape[1] // 2 * 2]
    if not even.size:
        return 0.0
    detail = (even[::2, ::2] - even[1::2, ::2] - even[::2, 1::2] + even[1::2, 1::2]) / 2
    return float(np.median(np.abs(detail)) / 0.6745)
