"""Noise added in the encoded (sRGB) domain, as the published generators do: Gaussian or Poisson, colour or grey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import cv2
import numpy as np

from ddsr_bench import seeding
from ddsr_bench.degrade import noise
from ddsr_bench.degrade.frames import clip_unit, quantise, to_float
from ddsr_bench.degrade.stage import Bounds, Frame, Frames, StageContext, StageParams, Track, at

_LUMA = (0.299, 0.587, 0.114)


class Params(StageParams):
    """``distribution`` gaussian: standard deviation ``sigma`` in grey levels (of 255).

    ``distribution`` poisson: ``strength * (P(256 x) - 256 x) / 256`` for a pixel of value x in [0, 1] (after
    rounding to 8 bits), so the variance is ``strength^2 x / 256``; the peak does not depend on the picture.

    ``colour``: independent channels, one field for all (grey), or channels mixed by a random covariance
    (correlated; Gaussian only, BSRGAN section 3.2). ``clip``: cut the result to [0, 1].
    """

    distribution: Literal["gaussian", "poisson"]
    sigma: Annotated[Track, Bounds(0, 255)] = 10.0
    strength: Annotated[Track, Bounds(0, 50)] = 1.0
    colour: Literal["colour", "grey", "correlated"] = "colour"
    clip: bool = True


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame with its noise, as ``float32 (3, H, W)``."""
    mixing = _mixing(context) if params.colour == "correlated" else None
    for index, frame in enumerate(frames):
        rng = context.noise(index)
        clean = to_float(frame)
        if params.distribution == "poisson":
            noisy = _poisson(rng, clean, at(params.strength, index), params.colour == "grey")
        else:
            noisy = _gaussian(rng, clean, at(params.sigma, index) / 255, params.colour, mixing)
        yield clip_unit(noisy) if params.clip else noisy


def _gaussian(rng: np.random.Generator, clean: Frame, sigma: float, colour: str, mixing: Frame | None) -> Frame:
    if colour == "grey":
        return _add(clean, [noise.normal(rng, clean.shape[1:])] * 3, sigma)
    field = noise.normal(rng, clean.shape)
    if mixing is not None:
        field = np.tensordot(mixing, field, axes=1).astype(np.float32)
    return _add(clean, field, sigma)


def _poisson(rng: np.random.Generator, clean: Frame, strength: float, grey: bool) -> Frame:
    if not grey:
        levels = np.stack([quantise(plane) for plane in clean])
        return _add(clean, noise.poisson(rng, levels), strength)
    luma = cv2.addWeighted(clean[0], _LUMA[0], clean[1], _LUMA[1], 0.0)
    cv2.scaleAdd(clean[2], _LUMA[2], luma, dst=luma)
    return _add(clean, [noise.poisson(rng, quantise(luma))] * 3, strength)


def _add(clean: Frame, field: Sequence[Frame] | Frame, factor: float) -> Frame:
    # Independent channels have a field each, which the sum may overwrite.
    result = field if isinstance(field, np.ndarray) else np.empty_like(clean)
    for plane, noise_plane, target in zip(clean, field, result, strict=True):
        cv2.scaleAdd(noise_plane, factor, plane, dst=target)
    return result


def _mixing(context: StageContext) -> Frame:
    """Square root of BSRGAN's covariance ``|U^T D U|``: U a random rotation, D uniform in [0, 1]."""
    rng = seeding.generator("mixing", context.seed, context.key)
    rotation, _ = np.linalg.qr(rng.uniform(size=(3, 3)))
    covariance = np.abs(rotation.T @ np.diag(rng.uniform(size=3)) @ rotation)
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.clip(values, 0, None)), np.float32)
