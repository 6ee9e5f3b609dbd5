"""Filtering large frames in the Fourier domain, one real transform a plane.

Nearly all kernels here are symmetric about their centre, so their spectrum is real: the product with it is one
multiplication a sample instead of a complex one, and the kernel's own transform is kept from frame to frame where the
kernel does not move.
"""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def correlate(frame: Array, kernel: Array) -> Array:
    """Correlate each plane of a float32 (3, H, W) frame with ``kernel`` (odd sides); borders are mirrored.

    The same as ``cv2.filter2D`` but for rounding (about 1e-6 of the range).
    """
    (height, width), (rows, columns) = frame.shape[1:], kernel.shape
    top, left = rows // 2, columns // 2
    full = (fast_length(height + rows - 1), fast_length(width + columns - 1))
    below, right = full[0] - height - top, full[1] - width - left
    symmetric = bool(np.array_equal(kernel, kernel[::-1, ::-1]) or np.allclose(kernel, kernel[::-1, ::-1], 0, 1e-12))
    spectrum = _spectrum(kernel.tobytes(), kernel.shape, full, symmetric)
    result = np.empty_like(frame)
    for source, target in zip(frame, result, strict=True):
        padded = cv2.copyMakeBorder(source, top, below, left, right, cv2.BORDER_REFLECT_101)
        cv2.dft(padded, dst=padded)
        if symmetric:
            cv2.multiply(padded, spectrum, dst=padded)
        else:
            cv2.mulSpectrums(padded, spectrum, 0, c=padded, conjB=True)
        cv2.dft(padded, dst=padded, flags=cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT)
        # A symmetric kernel's spectrum is taken about its centre, another's about its first sample.
        offset = (top, left) if symmetric else (0, 0)
        target[:] = padded[offset[0] : offset[0] + height, offset[1] : offset[1] + width]
    return result


@functools.lru_cache(maxsize=4)
def _spectrum(raw: bytes, shape: tuple[int, int], full: tuple[int, int], symmetric: bool) -> Array:
    kernel = np.frombuffer(raw).reshape(shape).astype(np.float32)
    spread = np.zeros(full, np.float32)
    rows, columns = shape
    if not symmetric:
        spread[:rows, :columns] = kernel
        return np.asarray(cv2.dft(spread, dst=spread))
    # About the origin: what lies above and left of the centre wraps to the far ends.
    y, x = (np.arange(n) - n // 2 for n in shape)
    spread[y[:, None], x[None, :]] = kernel
    packed = np.asarray(cv2.dft(spread, dst=spread))
    # OpenCV packs re, im, re, im ... between the first and last column (and within those two, down the rows); a
    # real spectrum stands in the real places and is copied to the imaginary ones.
    packed[:, 2:-1:2] = packed[:, 1:-2:2]
    for column in (0, -1):
        packed[2:-1:2, column] = packed[1:-2:2, column]
    return packed


@functools.lru_cache(maxsize=256)
def fast_length(least: int) -> int:
    """Smallest even length from ``least`` on whose transform is quick: factors 2, 3, 5, 7, in eights where long.

    Multiples of 256 are passed over: columns that far apart share cache lines and take half as long again.
    """
    step = 8 if least >= 128 else 2
    length = -(-least // step) * step
    while not _smooth(length) or (length % 256 == 0 and length > 256):
        length += step
    return length


def _smooth(number: int) -> bool:
    for factor in (2, 3, 5, 7):
        while number % factor == 0:
            number //= factor
    return number == 1
