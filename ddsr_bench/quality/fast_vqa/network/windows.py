"""Windows of a feature map in time and space: cutting, the places within them, and which of them see each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

Size = tuple[int, int, int]  # time, height, width


@dataclass(frozen=True)
class Grid:
    """How a map is cut into windows.

    Attributes:
        shape: of the map, padded to multiples of the window.
        window: sides of a window.
        shift: by how much the map is rolled before it is cut; zeros where it is not.
        fragments: int64 (windows, n, 2), row and column of the fragment that each place belongs to.
        regions: int64 (windows, n), places of different regions do not see each other; None where all do.
    """

    shape: Size
    window: Size
    shift: Size
    fragments: Tensor
    regions: Tensor | None


def grid(shape: Size, window: Size, shift: Size) -> Grid:
    """How a map of ``shape`` is cut.

    A side that is no longer than the window's becomes the window, and is not shifted. ``shift`` itself is not adapted
    to the window, so it may reach beyond a small one; that is what the published weights were trained with.
    """
    fitted = tuple(min(side, length) for side, length in zip(window, shape, strict=True))
    moved = tuple(0 if length <= side else by for length, side, by in zip(shape, window, shift, strict=True))
    padded = tuple(length + -length % side for length, side in zip(shape, fitted, strict=True))
    return _grid(padded, fitted, moved)  # type: ignore[arg-type]


@lru_cache(maxsize=32)
def _grid(shape: Size, window: Size, shift: Size) -> Grid:
    regions = to_windows(_regions(shape, window, shift), window).squeeze(-1) if any(shift) else None
    rolled = torch.roll(_fragments(shape, window), tuple(-by for by in shift), (1, 2, 3))
    return Grid(shape, window, shift, to_windows(rolled, window), regions)


def to_windows(x: Tensor, window: Size) -> Tensor:
    """(N, D, H, W, C) -> (N windows, d h w, C), windows in order of time, row and column."""
    count, depth, height, width, channels = x.shape
    d, h, w = window
    cut = x.view(count, depth // d, d, height // h, h, width // w, w, channels)
    return cut.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(-1, d * h * w, channels)


def from_windows(x: Tensor, window: Size, shape: Size) -> Tensor:
    """The inverse of :func:`to_windows`, to (N, D, H, W, C)."""
    d, h, w = window
    depth, height, width = shape
    cut = x.view(-1, depth // d, height // h, width // w, d, h, w, x.shape[-1])
    return cut.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(-1, depth, height, width, x.shape[-1])


def position_index(window: Size) -> Tensor:
    """Which entry of a table of position biases belongs to query and key, int64 (d h w, d h w)."""
    places = torch.stack(torch.meshgrid(*(torch.arange(side) for side in window), indexing="ij")).flatten(1)
    apart = places[:, :, None] - places[:, None, :]
    _, height, width = (2 * side - 1 for side in window)
    time, row, column = (apart[axis] + window[axis] - 1 for axis in range(3))
    return (time * height + row) * width + column


def corner(index: Tensor, base: Size, window: Size) -> Tensor:
    """The part of ``index`` (of windows of ``base``) that belongs to windows no larger, (n, n)."""
    d, h, w = window
    part = index.view(*base, *base)[:d, :h, :w, :d, :h, :w]
    return part.reshape(d * h * w, d * h * w)


def _regions(shape: Size, window: Size, shift: Size) -> Tensor:
    """Numbers of the regions that the rolling has brought together, int64 (1, D, H, W, 1)."""
    regions = torch.zeros(1, *shape, 1, dtype=torch.int64, device="cpu")
    number = 0
    bands = [_bands(side, by) for side, by in zip(window, shift, strict=True)]
    for time in bands[0]:
        for row in bands[1]:
            for column in bands[2]:
                # Where a shift is larger than its window, later regions lie over earlier ones.
                regions[:, time, row, column] = number
                number += 1
    return regions


def _bands(window: int, shift: int) -> tuple[slice, ...]:
    return slice(-window), slice(-window, -shift), slice(-shift, None)


def _fragments(shape: Size, window: Size) -> Tensor:
    """Row and column of the fragment at each place, int64 (1, D, H, W, 2): as many along a side as the window has."""
    rows, columns = (
        (torch.arange(length, device="cpu") * side).div(length, rounding_mode="floor")
        for length, side in zip(shape[1:], window[1:], strict=True)
    )
    plane = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), dim=-1)
    return plane.expand(1, shape[0], *plane.shape).contiguous()
