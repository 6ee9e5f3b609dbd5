"""Unsharp masking of the source, as Real-ESRGAN and RealBasicVSR do before they degrade it."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from ddsr_bench.degrade.frames import clip_unit, to_float
from ddsr_bench.degrade.stage import Bounds, Frame, Frames, StageContext, StageParams

_FACTOR = 4


class Params(StageParams):
    """``amount`` of the residual is added where it exceeds ``threshold`` grey levels, with soft transitions.

    ``size``: side of the Gaussian in pixels; its sigma is OpenCV's ``0.3 ((size - 1) / 2 - 1) + 0.8``.
    """

    size: Annotated[int, Bounds(3, 201)] = 51
    amount: Annotated[float, Bounds(0, 5)] = 0.5
    threshold: Annotated[float, Bounds(0, 255)] = 10.0


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame sharpened, as ``float32 (3, H, W)``.

    ``y = x + soft * (clip(x + amount r) - x)`` with ``r = x - G x`` and ``soft = G [|r| > threshold]`` (the
    published code's definition).
    """
    for frame in frames:
        source = to_float(frame)
        # The wide blur of a byte picture is taken from its bytes: a quarter of the memory to read.
        bytes_or_planes, unit = (cv2.split(frame), 1 / 255) if frame.dtype == np.uint8 else (source, 1.0)
        # The float copy of a byte frame is ours to overwrite.
        result = source if frame.dtype == np.uint8 else np.empty_like(source)
        for plane, original, target in zip(source, bytes_or_planes, result, strict=True):
            residual = wide_gaussian(original, params.size | 1)
            cv2.scaleAdd(residual, -unit, plane, dst=residual)
            _add_residual(plane, residual, target, params)
        yield result


def _add_residual(plane: Frame, residual: Frame, target: Frame, params: Params) -> None:
    # OpenCV's in-place arithmetic takes half of NumPy's time on planes of this size.
    edges = cv2.compare(cv2.absdiff(residual, 0.0), params.threshold / 255, cv2.CMP_GT)
    soft = wide_gaussian(edges, params.size | 1)
    cv2.scaleAdd(residual, params.amount, plane, dst=residual)
    clip_unit(residual)
    cv2.subtract(residual, plane, dst=residual)
    cv2.multiply(residual, soft, dst=residual, scale=1 / 255)
    cv2.add(plane, residual, dst=target)


def wide_gaussian(plane: Frame, size: int) -> Frame:
    """Gaussian blur of a plane (float32 or uint8, H x W) to float32, large kernels at a quarter of the resolution.

    A Gaussian of sigma 8 holds nothing that a quarter of the samples could not carry: the difference to
    ``cv2.GaussianBlur`` stays below half a grey level. Small kernels and small planes go the direct way.
    """
    sigma = 0.3 * ((size - 1) * 0.5 - 1) + 0.8
    height, width = plane.shape
    if sigma < 6 or min(height, width) < 4 * size:
        return np.asarray(cv2.GaussianBlur(plane.astype(np.float32), (size, size), sigma))
    # What averaging (box) and interpolating (triangle) blur already, in pixels^2, is taken off the kernel; so is
    # the part of the tails that the published kernel cuts off.
    tails = np.arange(size) - size // 2
    taps = np.exp(-0.5 * (tails / sigma) ** 2)
    variance = float((taps * tails**2).sum() / taps.sum())
    rest = variance - (_FACTOR**2 - 1) / 12 - (_FACTOR**2 - 1) / 6
    margin = -(-size // (2 * _FACTOR)) * _FACTOR
    padded = _pad(plane, margin)
    # Halved twice: OpenCV averages 2 x 2 samples five times faster than 4 x 4.
    half = cv2.resize(padded, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.resize(half, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), np.sqrt(rest) / _FACTOR)
    wide = cv2.resize(small, padded.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide[margin : margin + height, margin : margin + width])


def _pad(plane: Frame, margin: int) -> Frame:
    below, right = (margin + -side % _FACTOR for side in plane.shape)
    return np.asarray(cv2.copyMakeBorder(plane, margin, below, margin, right, cv2.BORDER_REFLECT_101))
