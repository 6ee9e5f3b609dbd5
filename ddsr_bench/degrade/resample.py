"""Resizing as weights: for each output sample, which input samples count and how much.

The rules are those of the tools that the published pipelines call: OpenCV's ``nearest``, ``bilinear``, ``bicubic``
(a = -0.75), ``area`` and ``lanczos`` (8 taps), none of which is antialiased but ``area``; MATLAB's ``imresize``
bicubic (a = -0.5, kernel widened when shrinking, symmetric border; ``matlab_bicubic``, the field's BI track); and
``decimate`` (every n-th sample from the first, the BD track after a Gaussian of sigma 1.6).
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError

Array = np.ndarray[Any, np.dtype[Any]]
MODES = ("nearest", "bilinear", "bicubic", "lanczos", "area", "matlab_bicubic", "decimate")


@functools.lru_cache(maxsize=256)
def weights(mode: str, n_in: int, n_out: int, shrinks: bool = True) -> tuple[Array, Array]:
    """Taps of a one-dimensional resize from ``n_in`` to ``n_out`` samples.

    Args:
        mode: one of :data:`MODES`.
        n_in: input length.
        n_out: output length.
        shrinks: whether the other axis shrinks too (OpenCV's ``area`` averages only where both do).

    Returns:
        (index, weight): int64 and float64 (n_out, taps); indices lie in [0, n_in), weights of a row sum to 1.
        Both are shared and read-only.

    Raises:
        DdsrError: an unknown mode, or a decimation to more than ``ceil(n_in / n)`` samples.
    """
    if mode not in MODES:
        raise DdsrError(f"resize mode {mode!r}: unknown; allowed: {', '.join(MODES)}")
    scale = n_in / n_out
    if mode == "area":
        index, weight = _area(n_in, n_out) if scale >= 1 and shrinks else _area_up(n_in, n_out)
    elif mode == "matlab_bicubic":
        index, weight = _matlab(n_in, n_out)
    elif mode in ("nearest", "decimate"):
        index = np.minimum(np.floor(np.arange(n_out) * scale), n_in - 1).astype(np.int64)[:, None]
        weight = np.ones((n_out, 1))
    else:
        index, weight = _interpolate(mode, n_in, n_out)
    index.flags.writeable = weight.flags.writeable = False
    return index, weight


def _interpolate(mode: str, n_in: int, n_out: int) -> tuple[Array, Array]:
    centre = (np.arange(n_out) + 0.5) * (n_in / n_out) - 0.5
    base = np.floor(centre)
    fraction = (centre - base)[:, None]
    half = {"bilinear": 1, "bicubic": 2, "lanczos": 4}[mode]
    taps = np.arange(1 - half, half + 1)
    distance = np.abs(fraction - taps)
    shape = {"bilinear": lambda d: 1 - d, "bicubic": lambda d: cubic(d, -0.75), "lanczos": _lanczos4}[mode]
    weight = shape(distance)
    index = np.clip(base[:, None] + taps, 0, n_in - 1).astype(np.int64)
    return index, weight / weight.sum(axis=1, keepdims=True)


def cubic(distance: Array, a: float) -> Array:
    """Keys' cubic convolution kernel (1981) at ``|distance|`` in samples, with parameter ``a``."""
    d = np.abs(distance)
    near = (a + 2) * d**3 - (a + 3) * d**2 + 1
    far = a * d**3 - 5 * a * d**2 + 8 * a * d - 4 * a
    return np.where(d <= 1, near, np.where(d < 2, far, 0.0))


def _lanczos4(distance: Array) -> Array:
    return np.asarray(np.where(distance < 4, np.sinc(distance) * np.sinc(distance / 4), 0.0))


def _area(n_in: int, n_out: int) -> tuple[Array, Array]:
    scale = n_in / n_out
    start, stop = np.arange(n_out) * scale, np.minimum((np.arange(n_out) + 1) * scale, n_in)
    first = np.floor(start + 1e-9).astype(np.int64)
    taps = int(np.ceil(stop - 1e-9).astype(np.int64).__sub__(first).max())
    index = first[:, None] + np.arange(taps)
    overlap = np.minimum(index + 1, stop[:, None]) - np.maximum(index, start[:, None])
    weight = np.clip(overlap, 0, None)
    return np.minimum(index, n_in - 1), weight / weight.sum(axis=1, keepdims=True)


def _area_up(n_in: int, n_out: int) -> tuple[Array, Array]:
    # OpenCV's "area" when growing: flat tops of one input sample, joined by a ramp of one output sample.
    inverse = n_out / n_in
    scale = 1 / inverse  # in this order, as there: which sample is taken hangs on the last bit
    out = np.arange(n_out)
    base = np.floor(out * scale).astype(np.int64)
    ramp = (out + 1) - (base + 1) * inverse
    fraction = np.where(ramp <= 0, 0.0, ramp - np.floor(ramp))
    fraction = np.where(base >= n_in - 1, 0.0, fraction)
    index = np.stack([base, base + 1], axis=1).clip(0, n_in - 1)
    return index, np.stack([1 - fraction, fraction], axis=1)


def _matlab(n_in: int, n_out: int) -> tuple[Array, Array]:
    factor = n_out / n_in
    widen = min(factor, 1.0)
    width = 4.0 / widen
    centre = (np.arange(n_out) + 1) / factor + 0.5 * (1 - 1 / factor)
    left = np.floor(centre - width / 2)
    index = (left[:, None] + np.arange(int(np.ceil(width)) + 2)).astype(np.int64)
    weight = widen * cubic(widen * (centre[:, None] - index), -0.5)
    weight /= weight.sum(axis=1, keepdims=True)
    used = np.any(weight != 0, axis=0)
    return mirror(index - 1, n_in)[:, used], weight[:, used]


def mirror(index: Array, n: int) -> Array:
    """Fold indices into [0, n) symmetrically, the edge sample counting twice (MATLAB's border)."""
    folded = np.mod(index, 2 * n)
    return np.where(folded < n, folded, 2 * n - 1 - folded)
