"""Blur kernels (point spread functions) as pure functions of their parameters.

The Gaussian, generalised Gaussian and plateau families follow Liu, Wang, Fang, "Multivariate generalized Gaussian
and plateau-shaped kernels" as used by BSRGAN, Real-ESRGAN and RealBasicVSR: with the quadratic form
``q(p) = p^T S^-1 p`` of the covariance ``S = R(theta) diag(sigma_x^2, sigma_y^2) R(theta)^T``, sampled at pixel
centres (no integration over the pixel):

* Gaussian              ``exp(-q/2)``
* generalised Gaussian  ``exp(-q^beta / 2)``
* plateau               ``1 / (1 + q^beta)``

The sinc kernel is the impulse response of an ideal circular low-pass, ``w J1(w r) / (2 pi r)`` with cut-off ``w``
in radians a pixel (Real-ESRGAN, Wang et al. 2021, eq. 3). Every kernel is ``float64 (size, size)`` with sum 1.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError

Kernel = np.ndarray[Any, np.dtype[np.float64]]
SHAPES = (
    "iso",
    "aniso",
    "generalized_iso",
    "generalized_aniso",
    "plateau_iso",
    "plateau_aniso",
    "sinc",
    "defocus",
)


def make_kernel(
    shape: str,
    size: int,
    *,
    sigma_x: float = 1.0,
    sigma_y: float | None = None,
    theta: float = 0.0,
    beta: float = 1.0,
    omega: float = math.pi,
    radius: float = 1.0,
    shift: float = 0.0,
) -> Kernel:
    """The kernel of one of :data:`SHAPES`.

    Args:
        shape: name of the family; ``*_iso`` shapes use ``sigma_x`` alone.
        size: odd side length in pixels.
        sigma_x: standard deviation along the first axis, pixels.
        sigma_y: standard deviation along the second axis, pixels; ``sigma_x`` when None.
        theta: rotation of the axes, radians.
        beta: shape exponent of the generalised and plateau families.
        omega: cut-off of the sinc, radians a pixel, in (0, pi].
        radius: radius of the defocus disc, pixels.
        shift: offset of the centre to the right and down, pixels; Gaussian families only.

    Returns:
        float64 (size, size), sum 1.

    Raises:
        DdsrError: unknown shape, or a size that is even or below 1.
    """
    if size < 1 or size % 2 == 0:
        raise DdsrError(f"kernel size {size}: must be odd and at least 1")
    if shape == "sinc":
        return sinc(size, omega)
    if shape == "defocus":
        return defocus(size, radius)
    if shape not in SHAPES:
        raise DdsrError(f"kernel shape {shape!r}: unknown; allowed: {', '.join(SHAPES)}")
    iso = shape.endswith("_iso") or shape == "iso"
    other = sigma_x if iso or sigma_y is None else sigma_y
    q = quadratic_form(size, sigma_x, other, 0.0 if iso else theta, shift)
    return _normalised(_profile(shape, q, beta))


def _profile(shape: str, q: Kernel, beta: float) -> Kernel:
    if shape.startswith("generalized"):
        return np.asarray(np.exp(-0.5 * q**beta))
    if shape.startswith("plateau"):
        return np.asarray(1.0 / (1.0 + q**beta))
    return np.asarray(np.exp(-0.5 * q))


def _normalised(kernel: Kernel) -> Kernel:
    total = kernel.sum()
    if total <= 1e-300:
        # So narrow and so far off the grid that every sample underflows: all light in one pixel.
        kernel, total = np.zeros_like(kernel), 1.0
        kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] = 1.0
    return np.asarray(kernel / total)


def quadratic_form(size: int, sigma_x: float, sigma_y: float, theta: float, shift: float = 0.0) -> Kernel:
    """``p^T S^-1 p`` at the pixel centres of a (size, size) grid around ``shift``; float64."""
    axis = np.arange(size, dtype=np.float64) - size // 2 - shift
    x, y = np.meshgrid(axis, axis)
    cosine, sine = math.cos(theta), math.sin(theta)
    along, across = cosine * x + sine * y, -sine * x + cosine * y
    return np.asarray((along / sigma_x) ** 2 + (across / sigma_y) ** 2)


def sinc(size: int, omega: float) -> Kernel:
    """Circular low-pass kernel with cut-off ``omega`` in radians a pixel; float64 (size, size), sum 1."""
    from scipy.special import j1

    axis = np.arange(size, dtype=np.float64) - (size - 1) / 2
    radius = np.hypot(axis[:, None], axis[None, :])
    centre = radius == 0
    radius[centre] = 1.0
    kernel = omega * j1(omega * radius) / (2 * math.pi * radius)
    kernel[centre] = omega**2 / (4 * math.pi)
    return _normalised(kernel)


def defocus(size: int, radius: float, oversample: int = 8) -> Kernel:
    """Disc of ``radius`` pixels (geometric-optics defocus), the share of each pixel that the disc covers.

    The share is counted on ``oversample``^2 points a pixel; a disc larger than the grid is cut off at its edge.
    float64 (size, size), sum 1.
    """
    points = (np.arange(size * oversample) + 0.5) / oversample - size / 2
    inside = (points[:, None] ** 2 + points[None, :] ** 2 <= radius**2).astype(np.float64)
    kernel = inside.reshape(size, oversample, size, oversample).sum(axis=(1, 3))
    if kernel.sum() == 0:
        kernel[size // 2, size // 2] = 1.0
    return _normalised(kernel)


def linear_motion(length: float, angle: float) -> Kernel:
    """Uniform motion along a straight line of ``length`` pixels at ``angle`` radians (0 = to the right).

    The line is splatted bilinearly, so its length and angle may be any real number; the centroid is the centre.
    """
    steps = max(2, math.ceil(abs(length) * 8) + 1)
    offsets = np.linspace(-0.5, 0.5, steps) * length
    path = np.stack([offsets * math.cos(angle), offsets * math.sin(angle)], axis=1)
    return path_kernel(path)


def path_kernel(path: np.ndarray[Any, Any]) -> Kernel:
    """PSF of a camera that follows ``path`` (n, 2), in pixels (x, y), staying equally long at every point.

    The path is shifted so that its centroid is the centre (the picture keeps its place), and each point is spread
    bilinearly over the four nearest pixels. Returns float64 (size, size), size odd and just large enough.
    """
    points = np.asarray(path, np.float64) - np.mean(path, axis=0)
    half = max(1, math.ceil(float(np.abs(points).max()) + 1e-9))
    kernel = np.zeros((2 * half + 1, 2 * half + 1))
    base = np.floor(points).astype(int)
    fraction = points - base
    for dx in (0, 1):
        for dy in (0, 1):
            weight = np.abs(1 - dx - fraction[:, 0]) * np.abs(1 - dy - fraction[:, 1])
            columns = np.clip(base[:, 0] + dx + half, 0, 2 * half)
            rows = np.clip(base[:, 1] + dy + half, 0, 2 * half)
            np.add.at(kernel, (rows, columns), weight)
    return _normalised(kernel)
