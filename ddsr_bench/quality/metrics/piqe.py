"""PIQE: the share of noticeably distorted blocks among those that draw the eye; no model, no training.

N. Venkatanath, D. Praneeth, M. C. Bh, S. S. Channappayya, S. S. Medasani, "Blind image quality evaluation using
perception based features", NCC 2015, with the definitions of MATLAB's ``piqe``: whole grey levels, the last row and
column repeated up to whole blocks of 16, deviations with n - 1, segments within one block. From 0 (best) to 100.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality import nss
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, PerFrame, Scorer

BLOCK = 16
#: Variance above which a block of normalised coefficients counts as active.
ACTIVE = 0.1
#: Deviation of a segment of a block's edge below which the block counts as blocky.
IMPAIRED = 0.1
SEGMENT = 6
# The two columns in the middle. MATLAB's code takes them out of the surround one after the other by their first
# numbers, and so takes out the first and the one behind the second.
_CENTRE, _LEFT_OUT = (7, 8), (7, 9)


@dataclass(frozen=True)
class Blocks:
    """What PIQE says of each block of a picture, all (rows, columns).

    Attributes:
        variance: float64, of the normalised coefficients.
        active: bool, whether the block counts at all.
        impaired: bool, active with a flat piece of edge, as compression leaves it.
        noisy: bool, active with noise.
    """

    variance: Floats
    active: NDArray[np.bool_]
    impaired: NDArray[np.bool_]
    noisy: NDArray[np.bool_]

    @property
    def score(self) -> float:
        """Distortion per active block in percent; 100 where no block is active, as in a flat picture."""
        distorted = np.where(self.impaired, 1 - self.variance, 0) + np.where(self.noisy, self.variance, 0)
        return float(100 * (distorted.sum() + 1) / (np.count_nonzero(self.active) + 1))


def piqe_scores(gray: NDArray[Any]) -> Floats:
    """Score each plane: floats (B, H, W), whole grey levels 0..255, any size -> float64 (B,), lower is better."""
    return np.array([piqe_blocks(plane).score for plane in gray])


def piqe_blocks(plane: NDArray[Any]) -> Blocks:
    """Judge the blocks of 16x16 of one plane, floats (H, W); a block at the lower or right end may be filled up."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % BLOCK), (0, -width % BLOCK)), "edge")
    # In double precision: rounding must not carry a block across a threshold.
    coefficients = nss.mscn(padded[None].astype(np.float64), "replicate")[0]
    rows, columns = (side // BLOCK for side in padded.shape)
    tiles = coefficients.reshape(rows, BLOCK, columns, BLOCK)
    totals = [_column_sums(tiles), _column_sums(np.square(tiles))]
    variance = _variance(totals, tuple(range(BLOCK)))
    active = variance > ACTIVE
    return Blocks(variance, active, active & _impaired(tiles), active & _noisy(totals, variance))


def _column_sums(tiles: NDArray[Any]) -> Floats:
    # Adding whole rows keeps the additions on neighbouring samples.
    return np.asarray(np.add.reduce(tiles, axis=1), np.float64)


def _variance(totals: list[Floats], columns: tuple[int, ...]) -> Floats:
    """Variance of some columns of each block from the columns' sums of samples and of squares."""
    first, second = (total[..., columns].sum(axis=-1) for total in totals)
    count = BLOCK * len(columns)
    return np.asarray(np.maximum(second - first**2 / count, 0) / (count - 1))


def _impaired(tiles: NDArray[Any]) -> NDArray[np.bool_]:
    """Whether one of the eleven segments on one of the four edges has next to no deviation."""
    edges = [tiles[:, 0], tiles[:, -1], tiles[..., 0].swapaxes(1, 2), tiles[..., -1].swapaxes(1, 2)]
    flattest = [_segment_variances(edge.astype(np.float64)).min(axis=-1) for edge in edges]
    return np.asarray(np.sqrt(np.minimum.reduce(flattest)) < IMPAIRED)


def _segment_variances(edge: Floats) -> Floats:
    """Variance of each run of six samples: (..., 16) -> (..., 11)."""
    count = BLOCK - SEGMENT + 1
    pieces = [edge[..., start : start + count] for start in range(SEGMENT)]
    mean = sum(pieces) / SEGMENT
    return np.asarray(sum((piece - mean) ** 2 for piece in pieces) / (SEGMENT - 1))


def _noisy(totals: list[Floats], variance: Floats) -> NDArray[np.bool_]:
    """Whether the deviation exceeds twice its relative distance from that of the centre over that of the surround."""
    surround = tuple(column for column in range(BLOCK) if column not in _LEFT_OUT)
    deviation, centre, around = np.sqrt([variance, _variance(totals, _CENTRE), _variance(totals, surround)])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.nan_to_num(centre / around, nan=0.0, posinf=np.inf)
        return np.asarray(deviation > 2 * np.abs(deviation - ratio) / np.maximum(deviation, ratio))


def _score(frames: Frames, reference: Frames | None) -> Floats:
    return piqe_scores(frames.plane("gray"))


def _start() -> Scorer:
    return PerFrame(_score)


METRIC = Metric(name="piqe", version="1", reference="NR", higher_is_better=False, start=_start)
