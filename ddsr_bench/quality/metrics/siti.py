"""Spatial and temporal information of ITU-T P.910 (04/2008), clauses 7.7.1 and 7.7.2: what a clip shows, not how well.

SI is the standard deviation over the frame of the Sobel gradient's magnitude, rows and columns at the border left out;
TI that of the difference to the frame before. Read on luma: Y of BT.601 in 16..235, unrounded; deviations with n. The
first frame has no TI, so values begin with the second frame. P.910 takes the maximum over time; the per-frame values
allow for it. The edition of 2023 linearises luma by a display model first; that is not done here.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.checks import large_enough, numbers
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.sliding import Sliding
from ddsr_bench.quality.windows import deviation, magnitude

_SMALLEST = 3


def spatial_information(planes: NDArray[Any]) -> Floats:
    """SI of each plane: float (B, H, W), luma -> float64 (B,).

    Raises:
        DdsrError: a side is under 3 samples, or a sample is not a number.
    """
    large_enough("siti", planes.shape, _SMALLEST)
    numbers("siti", planes)
    return np.array([_spatial(plane) for plane in planes])


def temporal_information(planes: NDArray[Any]) -> Floats:
    """TI of each plane but the first: float (B, H, W), luma -> float64 (B - 1,).

    Raises:
        DdsrError: a sample is not a number.
    """
    numbers("siti", planes)
    return np.array([_temporal(*pair) for pair in itertools.pairwise(planes)])


def _spatial(plane: NDArray[Any]) -> float:
    x, y = (cv2.Sobel(plane, -1, *order) for order in ((1, 0), (0, 1)))
    return deviation(magnitude(x, y)[1:-1, 1:-1])


def _temporal(before: NDArray[Any], plane: NDArray[Any]) -> float:
    return deviation(cv2.subtract(plane, before))


def _keep(frames: Frames, reference: Frames | None) -> Iterable[NDArray[Any]]:
    planes = frames.plane("luma")
    large_enough("siti", planes.shape, _SMALLEST)
    return (plane.copy() for plane in planes)


def _both(before: NDArray[Any], plane: NDArray[Any]) -> tuple[float, float]:
    return _spatial(plane), _temporal(before, plane)


METRIC = Metric(
    name="siti",
    version="1",
    reference="NR",
    higher_is_better=True,
    start=lambda: Sliding("siti", 2, _keep, _both, columns=2),
    smallest=(_SMALLEST, _SMALLEST),
    columns=("si", "ti"),
)
