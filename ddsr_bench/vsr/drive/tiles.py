"""Pictures in tiles: where each is cut, and how their results are put together without seams."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from ddsr_bench.errors import DdsrError


@dataclass(frozen=True)
class Span:
    """One tile along one side: ``start:stop`` goes in, ``first:end`` of the result is its own."""

    start: int
    stop: int
    first: int
    end: int


@dataclass(frozen=True)
class Tile:
    """A tile: its rows and its columns."""

    rows: Span
    columns: Span

    def cut(self, x: Tensor) -> Tensor:
        """Its part of (..., H, W)."""
        return x[..., self.rows.start : self.rows.stop, self.columns.start : self.columns.stop]


@dataclass(frozen=True)
class Grid:
    """How tiles are cut.

    Attributes:
        side: of a tile with its margins; 0 takes pictures whole.
        halo: pixels around a tile's own part that its result depends on.
        blend: pixels over which neighbours pass into each other.
        multiple: tiles begin and end at multiples of this.
    """

    side: int
    halo: int = 0
    blend: int = 0
    multiple: int = 1

    @property
    def margin(self) -> int:
        """Pixels that a tile overlaps its neighbour's own part by."""
        return _up(self.halo + -(-self.blend // 2), self.multiple)

    @property
    def smallest(self) -> int:
        """Least side of a tile."""
        return 2 * self.margin + _up(max(2 * self.blend, self.multiple, 1), self.multiple)

    def tiles(self, height: int, width: int) -> list[Tile]:
        """The tiles of a picture, row after row.

        Raises:
            DdsrError: a side too small for its margins.
        """
        rows, columns = self._spans(height), self._spans(width)
        return [Tile(down, across) for down in rows for across in columns]

    def _spans(self, length: int) -> list[Span]:
        if not self.side or length <= self.side:
            return [Span(0, length, 0, length)]
        if self.side < self.smallest:
            raise DdsrError(f"tile {self.side}: too small for this method; give {self.smallest} or more, or 0 for none")
        step = (self.side - 2 * self.margin) // self.multiple * self.multiple
        count = math.ceil(length / step)
        step = _up(math.ceil(length / count), self.multiple)
        borders = [*range(0, length, step), length]
        return [
            Span(max(0, first - self.margin), min(length, end + self.margin), first, end)
            for first, end in pairwise(borders)
        ]


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple


def stitched(
    make: Callable[[Tile], Tensor], grid: Grid, height: int, width: int, growth: int, tiles: list[Tile] | None = None
) -> Tensor:
    """Make a picture tile by tile.

    Args:
        make: a tile -> its result (..., growth h, growth w).
        grid: how tiles are cut.
        height, width: of the picture that goes in.
        growth: output size / input size.
        tiles: those of the grid, where they are known already.

    Returns:
        (..., growth H, growth W).
    """
    tiles = grid.tiles(height, width) if tiles is None else tiles
    if len(tiles) == 1:
        return make(tiles[0])
    out: Tensor | None = None
    for tile in tiles:
        part = make(tile)
        if out is None:
            out = part.new_zeros((*part.shape[:-2], growth * height, growth * width))
        if grid.blend:
            rows, columns = (
                _weights(span, side, grid.blend, growth).to(part)
                for span, side in ((tile.rows, height), (tile.columns, width))
            )
            _place(out, tile, growth).add_(part * (rows[:, None] * columns))
        else:
            own, inside = _own(tile, growth)
            out[own] = part[inside]
    return make(tiles[0]) if out is None else out


def _place(out: Tensor, tile: Tile, growth: int) -> Tensor:
    rows, columns = tile.rows, tile.columns
    return out[..., rows.start * growth : rows.stop * growth, columns.start * growth : columns.stop * growth]


def _own(tile: Tile, growth: int) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Where a tile's own part lies in the whole, and in its result."""
    spans = (tile.rows, tile.columns)
    whole = (slice(span.first * growth, span.end * growth) for span in spans)
    inside = (slice((span.first - span.start) * growth, (span.end - span.start) * growth) for span in spans)
    return (..., *whole), (..., *inside)


@lru_cache(maxsize=256)
def _weights(span: Span, length: int, blend: int, growth: int) -> Tensor:
    """How much a tile counts along one side, float32: 1 inside, ramps about its borders; all tiles sum to 1."""
    # Kept for others, whatever device this caller is on.
    at = torch.arange(span.start * growth, span.stop * growth, dtype=torch.float64, device="cpu")
    at = (at + 0.5) / growth
    weights = torch.ones_like(at)
    if span.first > 0:
        weights *= ((at - span.first) / blend + 0.5).clamp(0, 1)
    if span.end < length:
        weights *= ((span.end - at) / blend + 0.5).clamp(0, 1)
    return weights.float()


def halved(grid: Grid, height: int, width: int) -> Iterator[Grid]:
    """Grids with ever smaller tiles, as far as margins allow."""
    side = max(height, width) if not grid.side else min(grid.side, max(height, width))
    while side > grid.smallest:
        side = max(grid.smallest, _up(side // 2, grid.multiple))
        yield Grid(side, grid.halo, grid.blend, grid.multiple)
