"""The two orthogonal bands at each level of a steerable pyramid that visual information fidelity reads.

E. P. Simoncelli, W. T. Freeman, "The steerable pyramid: a flexible architecture for multi-scale derivative
computation", ICIP 1995; the filters are the fifth-order set that comes with the authors' tools (``sp5Filters``), of
which the bands at 0 and 90 degrees are one mask and its transpose. Borders are mirrored without repeating the edge.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def _mirrored(quarter: list[list[float]]) -> NDArray[np.float64]:
    """The mask whose upper left quarter, centre row and column included, is given."""
    upper = np.array(quarter)
    half = np.concatenate([upper, upper[:, -2::-1]], axis=1)
    return np.concatenate([half, half[-2::-1]])


#: What enters the first level.
_ENTRY = _mirrored(
    [
        [0.00341614, -0.01551246, -0.03848215],
        [-0.01551246, 0.05586982, 0.15925570],
        [-0.03848215, 0.15925570, 0.40304148],
    ]
)
#: What enters each further level, before every second sample is dropped.
_NEXT = 2 * _mirrored(
    [
        [0.00085404, -0.00244917, -0.00387812, -0.00944432, -0.00962054],
        [-0.00244917, -0.00523281, -0.00661117, 0.00410600, 0.01002988],
        [-0.00387812, -0.00661117, 0.01396746, 0.03277038, 0.03981393],
        [-0.00944432, 0.00410600, 0.03277038, 0.06426333, 0.08169618],
        [-0.00962054, 0.01002988, 0.03981393, 0.08169618, 0.10096540],
    ]
)
# Odd from top to bottom: the lower half has the other sign.
_BAND = _mirrored(
    [
        [0.00277643, 0.00496194, 0.01026699, 0.01455399],
        [-0.00986904, -0.00893064, 0.01189859, 0.02755155],
        [-0.01021852, -0.03075356, -0.08226445, -0.11732297],
        [0.0, 0.0, 0.0, 0.0],
    ]
) * np.array([1, 1, 1, 0, -1, -1, -1]).reshape(-1, 1)


def bands(picture: Array, levels: int) -> list[tuple[Array, Array]]:
    """The bands across and along rows of each level, finest first; float (H, W) -> pairs of the level's size."""
    low = cv2.filter2D(picture, -1, _ENTRY)
    found = []
    for level in range(levels):
        found.append((cv2.filter2D(low, -1, _BAND), cv2.filter2D(low, -1, np.ascontiguousarray(_BAND.T))))
        if level < levels - 1:
            low = np.ascontiguousarray(cv2.filter2D(low, -1, _NEXT)[::2, ::2])
    return found
