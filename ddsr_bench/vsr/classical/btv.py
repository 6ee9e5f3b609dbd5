"""Bilateral total variation: fused frames, then the sharp picture that explains them and has few, clear edges.

Source: Farsiu, Robinson, Elad, Milanfar, "Fast and Robust Multiframe Super Resolution", IEEE Trans. Image Processing
13(10), 2004: the two-step form of section III-C. Step one brings the frames together on the output grid (there for
global shifts, here along dense flow); step two minimises |A (H X - Z)|_1 + lambda BTV(X) by steepest descent (eq. 24),
where A weighs pixels by how many frames speak for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.fusion import fuse
from ddsr_bench.vsr.classical.motion import Motion
from ddsr_bench.vsr.classical.pixels import Array, luma_of, noise_level, to_bytes, to_float
from ddsr_bench.vsr.classical.resize import blur

RADIUS = 2
_STEPS = 12
_RATE = 3.0  # grey levels that a step moves a pixel by at most, falling to a third
_ALPHA = 0.7  # how fast the prior's weight falls with distance
_REACH = 2  # P: shifts of the prior along both axes
_PRIOR = 0.06  # lambda without noise
_PRIOR_NOISE = 0.018  # and what each grey level of noise adds
_SIGMA = 0.45  # H: of the camera's blur in LR pixels


def make_btv(scale: int) -> Callable[[Sequence[Frame], int], Frame]:
    """Start a shot: the function that makes one frame from its window."""
    motion = Motion()

    def upscale(window: Sequence[Frame], middle: int) -> Frame:
        fused, weights = fuse(motion, window, middle, scale)
        luma = luma_of(fused)
        noise = noise_level(luma_of(to_float(window[middle])))
        sharp = descend(luma, np.sqrt(weights), _SIGMA * scale, min(_PRIOR + _PRIOR_NOISE * noise, 0.4))
        # Only luma is worked on; the colours follow it, so that no edge has a fringe.
        return to_bytes(fused + (sharp - luma)[..., None])

    return upscale


def descend(target: Array, weights: Array, sigma: float, prior: float) -> Array:
    """Minimise the two terms from ``target`` on.

    Args:
        target: Z, float32 (H, W).
        weights: A's diagonal, float32 (H, W), from 0 on.
        sigma: of the Gaussian H in pixels.
        prior: lambda.
    """
    weights = weights / np.float32(weights.max())
    picture = target.copy()
    for step in range(_STEPS):
        rate = np.float32(_RATE * (1 - step / (1.5 * _STEPS)))
        # sign() smoothed over a grey level, or converged pixels would tremble.
        misfit = np.clip(blur(picture, sigma) - target, -1, 1) * weights
        picture = picture - rate * (blur(misfit, sigma) + np.float32(prior) * _variation(picture))
    return picture


def _variation(picture: Array) -> Array:
    """The gradient of the bilateral total variation: sums of signs of differences to shifted copies."""
    height, width = picture.shape
    pad = 2 * _REACH
    wide = cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_REFLECT)
    total = np.zeros_like(picture)
    for dy, dx in _shifts():
        # sign(X - SX) and, by the transposed shift, sign(S'X - X) taken off.
        there = wide[pad + dy : pad + dy + height, pad + dx : pad + dx + width]
        back = wide[pad - dy : pad - dy + height, pad - dx : pad - dx + width]
        weight = np.float32(_ALPHA ** (abs(dx) + abs(dy)))
        total += weight * (np.clip(picture - there, -1, 1) + np.clip(picture - back, -1, 1))
    return total


def _shifts() -> list[tuple[int, int]]:
    """Half of the shifts up to ``_REACH``: the other half are their opposites."""
    span = range(-_REACH, _REACH + 1)
    return [(dy, dx) for dy in span for dx in span if (dy, dx) > (0, 0) and abs(dx) + abs(dy) <= _REACH]
