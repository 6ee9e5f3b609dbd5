"""ILNIQE: how far a picture's blocks are from sharp natural ones, by 468 features of luminance, colour and texture.

L. Zhang, L. Zhang, A. C. Bovik, "A feature-enriched completely blind image quality evaluator", IEEE TIP 24(8), 2015,
with the authors' model and the definitions of their release; see :mod:`ddsr_bench.quality.ilniqe_features`.
"""

from __future__ import annotations

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.ilniqe_features import ilniqe_features
from ddsr_bench.quality.ilniqe_model import TEMPLATE, Template, distance, read_template
from ddsr_bench.quality.ilniqe_picture import Bytes
from ddsr_bench.quality.metric import Floats, Metric, PerFrame, Scorer
from ddsr_bench.quality.models import stored


def ilniqe_scores(rgb: Bytes, template: Template) -> Floats:
    """Score each picture: uint8 (B, H, W, 3), any size -> float64 (B,), lower is better.

    Raises:
        DdsrError: samples are not bytes, whose rounding is part of the definition.
    """
    if rgb.dtype != np.uint8:
        raise DdsrError(f"ilniqe: pictures of {rgb.dtype}; it is defined on 8-bit RGB, give uint8")
    return np.array([distance(ilniqe_features(picture), template) for picture in rgb])


def scorer(template: Template) -> Scorer:
    """A scorer with this model."""

    def score(frames: Frames, reference: Frames | None) -> Floats:
        return ilniqe_scores(frames.rgb, template)

    return PerFrame(score)


def _start() -> Scorer:
    return scorer(read_template(stored(TEMPLATE, "ilniqe")))


METRIC = Metric(name="ilniqe", version="1", reference="NR", higher_is_better=False, start=_start)
