"""Steering kernel regression: each output pixel is a mean of input pixels whose weights stretch along the edge there.

Source: Takeda, Farsiu, Milanfar, "Kernel Regression for Image Processing and Reconstruction", IEEE Trans. Image
Processing 16(2), 2007: zeroth order (eq. 12), steering matrices from local gradients by their singular values
(eqs. 25 to 32). As there, the remaining softness is taken out afterwards; here by one step of back-projection.
"""

from __future__ import annotations

import cv2
import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.pixels import Array, join_luma, split_luma
from ddsr_bench.vsr.classical.resize import blur, enlarge, shrink

_WINDOW = 1.2  # sigma, in LR pixels, of the neighbourhood whose gradients are looked at
_PRE_BLUR = 0.6  # sigma of the blur before gradients are taken, against noise
_STRETCH = 8.0  # lambda', grey levels: gradients below it do not turn the kernel
_LONGEST = 4.0  # the elongation is held to this
_WIDTH = 0.52  # h, in LR pixels, of the kernel where nothing is going on
_REACH = 2  # LR pixels on each side that count


def steering_kernel(frame: Frame, scale: int) -> Frame:
    """Enlarge along edges; colour differences are enlarged by bicubic.

    Args:
        frame: uint8 (H, W, 3).
        scale: enlargement.
    """
    luma, chroma = split_luma(frame)
    large = _regress(luma, scale)
    residue = luma - shrink(large, scale, 0.4 * scale)
    return join_luma(large + enlarge(residue, scale, "bicubic"), enlarge(chroma, scale, "bicubic"))


def _regress(luma: Array, scale: int) -> Array:
    """The zeroth-order regression, float32 (scale H, scale W)."""
    xx, xy, yy = _steering(luma)
    height, width = luma.shape
    pad = _REACH
    samples = cv2.copyMakeBorder(luma, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    fields = [cv2.copyMakeBorder(f, pad, pad, pad, pad, cv2.BORDER_REFLECT) for f in (xx, xy, yy)]
    out = np.empty((height * scale, width * scale), np.float32)
    offsets = [(phase + 0.5) / scale - 0.5 for phase in range(scale)]
    for row, dy in enumerate(offsets):
        for column, dx in enumerate(offsets):
            out[row::scale, column::scale] = _phase(samples, fields, (height, width), dx, dy)
    return out


def _phase(samples: Array, fields: list[Array], shape: tuple[int, int], dx: float, dy: float) -> Array:
    """One phase of the output: weighted means around every input pixel, shifted by (dx, dy)."""
    total, weights = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    for j in range(-_REACH, _REACH + 1):
        for i in range(-_REACH, _REACH + 1):
            x, y = i - dx, j - dy
            if max(abs(x), abs(y)) > _REACH:
                continue
            rows, columns = slice(_REACH + j, _REACH + j + shape[0]), slice(_REACH + i, _REACH + i + shape[1])
            xx, xy, yy = (field[rows, columns] for field in fields)
            power = xx * np.float32(x * x) + xy * np.float32(2 * x * y) + yy * np.float32(y * y)
            weight = cv2.exp(power)
            total += weight * samples[rows, columns]
            weights += weight
    return total / np.maximum(weights, np.float32(1e-12))


def _steering(luma: Array) -> tuple[Array, Array, Array]:
    """The exponents' quadratic forms -C / (2 h^2) at each pixel: xx, xy, yy, float32 (H, W) each."""
    soft = blur(luma, _PRE_BLUR)
    gx = cv2.Scharr(soft, cv2.CV_32F, 1, 0, scale=1 / 32, borderType=cv2.BORDER_REFLECT)
    gy = cv2.Scharr(soft, cv2.CV_32F, 0, 1, scale=1 / 32, borderType=cv2.BORDER_REFLECT)
    a, b, c = blur(gx * gx, _WINDOW), blur(gx * gy, _WINDOW), blur(gy * gy, _WINDOW)
    root = np.sqrt(np.maximum((a - c) ** 2 + 4 * b * b, 0))
    large, small = np.sqrt(np.maximum((a + c + root) / 2, 0)), np.sqrt(np.maximum((a + c - root) / 2, 0))
    stretch = np.minimum((large + _STRETCH) / (small + _STRETCH), _LONGEST)
    # Unit vector across the edge: the eigenvector of the larger eigenvalue.
    cosine2 = np.where(root > 1e-6, (a - c) / np.maximum(root, 1e-6), 0)
    sine2 = np.where(root > 1e-6, 2 * b / np.maximum(root, 1e-6), 0)
    mean, difference = (stretch + 1 / stretch) / 2, (stretch - 1 / stretch) / 2
    scale = np.float32(-1 / (2 * _WIDTH**2))
    xx = scale * (mean + difference * cosine2)
    yy = scale * (mean - difference * cosine2)
    return np.asarray(xx, np.float32), np.asarray(scale * difference * sine2, np.float32), np.asarray(yy, np.float32)
