"""JPEG compression of each frame by itself (baseline, 4:2:0, libjpeg's tables)."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np

from ddsr_bench.degrade.frames import to_uint8
from ddsr_bench.degrade.stage import Bounds, Frames, StageContext, StageParams, Track, at


class Params(StageParams):
    """``quality``: libjpeg's 1 (worst) to 100."""

    quality: Annotated[Track, Bounds(1, 100)]


def apply(frames: Frames, params: Params, context: StageContext) -> Frames:
    """Yield each frame after one JPEG round trip, as ``uint8 (H, W, 3)`` RGB."""
    for index, frame in enumerate(frames):
        quality = round(at(params.quality, index))
        bgr = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR) if frame.dtype == np.uint8 else to_uint8(frame[::-1])
        _, coded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
        yield np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR_RGB))
