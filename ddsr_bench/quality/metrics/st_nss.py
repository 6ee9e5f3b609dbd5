"""st-nss: spatial and temporal natural-scene statistics of a clip, to be trained on opinions.

In the manner of the hand-crafted part of RAPIQUE (Z. Tu, X. Yu, Y. Wang, N. Birkbeck, B. Adsumilli, A. C. Bovik,
"RAPIQUE: Rapid and Accurate Video Quality Prediction of User Generated Content", IEEE OJSP 2021): the same maps,
the same 34 statistics of each, two pictures and eight successive frames per chunk. Not its numbers: chunks are 24
frames long whatever the rate, pictures are averaged (not interpolated) down to a short side of 512, colour is halved
before its gradients are taken, and windows repeat the edge. The features of its network are not part of it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.st_nss_fit import COUNT, map_statistics
from ddsr_bench.quality.st_nss_maps import (
    BAND_FRAMES,
    SPATIAL,
    TEMPORAL,
    gray,
    shrink,
    spatial_maps,
    temporal_maps,
)

CHUNK = 24
SMALLEST = 16
COLUMNS = tuple(f"f{index:04d}" for index in range((2 * SPATIAL + TEMPORAL) * COUNT))


def picks(length: int) -> tuple[tuple[int, int], range]:
    """Which frames of a chunk are looked at: two as pictures, eight in the middle for their change.

    Args:
        length: of the chunk, at least 8.
    """
    middle, third = length // 2, length // 3
    return (middle - third, middle + third), range(middle - BAND_FRAMES // 2, middle + BAND_FRAMES // 2)


def chunk_features(pictures: NDArray[Any], successive: NDArray[Any]) -> Floats:
    """The features of a chunk.

    Args:
        pictures: uint8 (2, H, W, 3), sides of at least 16.
        successive: uint8 (8, H, W, 3).

    Returns:
        float64 (1836,), all finite: 34 statistics of 20 spatial maps, mean of the two pictures; their absolute
        difference; 34 statistics of 14 temporal maps.
    """
    one, other = (np.concatenate([map_statistics(m) for m in spatial_maps(picture)]) for picture in pictures)
    through_time = [map_statistics(m) for m in temporal_maps(gray(successive))]
    return np.concatenate([(one + other) / 2, np.abs(one - other), *through_time])


class _StNss:
    """Keeps at most the first 21 frames of a clip, later ten of every 24, all of them shrunk."""

    def __init__(self) -> None:
        self._count = 0
        self._kept: dict[int, NDArray[np.uint8]] = {}

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Features of the chunks whose last looked-at frame is among these: (chunks, 1836)."""
        pair, window = picks(CHUNK)
        rows = []
        for rgb in frames.rgb:
            at, first_chunk = self._count % CHUNK, self._count < CHUNK
            self._count += 1
            if at <= pair[1] and (first_chunk or at in pair or at in window):
                # A copy: a view would keep the batch alive.
                self._kept[at] = shrink(rgb).copy()
            if at == pair[1]:
                rows.append(self._features(CHUNK))
                self._kept.clear()
        return np.array(rows).reshape(-1, len(COLUMNS))

    def finish(self) -> Floats:
        """Features of a clip that is shorter than one chunk; the rest of a longer clip is left out.

        Raises:
            DdsrError: fewer than eight frames.
        """
        if self._count > picks(CHUNK)[0][1]:
            return np.zeros((0, len(COLUMNS)))
        if self._count < BAND_FRAMES:
            raise DdsrError(f"st-nss: {self._count} frames, it needs {BAND_FRAMES}; leave this clip or st-nss out")
        return self._features(self._count)[None]

    def _features(self, length: int) -> Floats:
        pictures, successive = (np.stack([self._kept[at] for at in part]) for part in picks(length))
        return chunk_features(pictures, successive)


METRIC = Metric("st-nss", "1", "NR", True, _StNss, smallest=(SMALLEST, SMALLEST), columns=COLUMNS)
