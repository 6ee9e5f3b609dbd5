"""The picture as ILNIQE sees it: 8-bit, resized to one size, in opponent colours.

L. Zhang, L. Zhang, A. C. Bovik, "A feature-enriched completely blind image quality evaluator", IEEE TIP 24(8), 2015.
Scores hang on how the resized samples are rounded (without it they move by 2 %), so MATLAB's ``imresize`` of 8-bit
pictures is followed to the letter: the axis that shrinks more goes first, samples are rounded to bytes after *each*
axis, halves go up, and weights come from the same expressions, whose last digits decide where halves go.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

#: Height and width after resizing.
SIZE = 524
BLOCK = 84
#: Blocks along either side; what is beyond whole blocks is cut off.
GRID = SIZE // BLOCK
_OPPONENT = np.array([[0.3, 0.04, -0.35], [0.34, -0.6, 0.17], [0.06, 0.63, 0.27]])
_HALVING_TAPS, _HALVING_SIGMA = 6, 0.9


def standard_planes(rgb: Bytes) -> Floats:
    """Resize a picture, uint8 (H, W, 3), and cut it to whole blocks: float64 (3, 504, 504), whole numbers 0..255."""
    resized = imresize_bytes(rgb, SIZE)[: GRID * BLOCK, : GRID * BLOCK]
    return np.ascontiguousarray(resized.transpose(2, 0, 1), np.float64)


def opponent(planes: Floats) -> Floats:
    """Opponent colours of R, G, B, float64 (3, H, W) -> (3, H, W): two chromatic ones, then the luminance."""
    return np.asarray(np.tensordot(_OPPONENT, planes, 1))


def halved(planes: Floats) -> Floats:
    """Smooth planes (3, H, W) by a Gaussian of six samples and keep every other one: (3, ceil(H/2), ceil(W/2))."""
    x = np.arange(_HALVING_TAPS) - (_HALVING_TAPS - 1) / 2
    taps = np.exp(-(x**2) / (2 * _HALVING_SIGMA**2))
    taps /= taps.sum()
    # imfilter centres an even filter on the left one of its middle samples.
    anchor = ((_HALVING_TAPS - 1) // 2,) * 2
    smooth = [cv2.sepFilter2D(p, -1, taps, taps, anchor=anchor, borderType=cv2.BORDER_REPLICATE) for p in planes]
    return np.stack([plane[::2, ::2] for plane in smooth])


def imresize_bytes(rgb: Bytes, size: int) -> Bytes:
    """MATLAB's ``imresize(rgb, [size size])`` of an 8-bit picture: uint8 (H, W, 3) -> (size, size, 3)."""
    height, width = rgb.shape[:2]
    axes = (0, 1) if height <= width else (1, 0)
    for axis in sorted(axes, key=lambda axis: size / rgb.shape[axis]):
        rows = np.ascontiguousarray(np.moveaxis(rgb, axis, 0), np.float64)
        mixed = _matrix(len(rows), size) @ rows.reshape(len(rows), -1)
        bytes_ = np.clip(np.floor(mixed + 0.5), 0, 255).astype(np.uint8)
        rgb = np.moveaxis(bytes_.reshape(size, *rows.shape[1:]), 0, axis)
    return rgb


@functools.lru_cache(maxsize=16)
def _matrix(n_in: int, n_out: int) -> Any:
    """Weights of one axis as a sparse matrix (n_out, n_in); its products add up in the order of samples."""
    from scipy.sparse import csr_array

    index, weight = _weights(n_in, n_out)
    starts = np.arange(n_out + 1) * index.shape[1]
    return csr_array((weight.ravel(), index.ravel(), starts), shape=(n_out, n_in))


def _weights(n_in: int, n_out: int) -> tuple[NDArray[np.int64], Floats]:
    """Input samples and their weights for each output sample, two arrays (n_out, taps), counted from 1 inside."""
    scale = n_out / n_in
    shrink = min(scale, 1.0)
    width = 4.0 / shrink
    centre = np.arange(1, n_out + 1) / scale + 0.5 * (1 - 1 / scale)
    index = np.floor(centre - width / 2)[:, None] + np.arange(math.ceil(width) + 2)
    weight = shrink * _cubic(shrink * (centre[:, None] - index))
    weight /= np.cumsum(weight, axis=1)[:, -1:]
    mirrored = np.mod(index.astype(np.int64) - 1, 2 * n_in)
    return np.minimum(mirrored, 2 * n_in - 1 - mirrored), weight


def _cubic(x: Floats) -> Floats:
    d = np.abs(x)
    # Products, not powers: the last bit of a power is another on other processors, and bytes may hang on it.
    square = d * d
    cube = square * d
    near, far = 1.5 * cube - 2.5 * square + 1, -0.5 * cube + 2.5 * square - 4 * d + 2
    return np.where(d <= 1, near, np.where(d <= 2, far, 0.0))
