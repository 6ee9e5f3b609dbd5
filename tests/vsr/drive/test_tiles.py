"""Tiles: every pixel belongs to one, and what comes out does not show where they were cut."""

import pytest
import torch
from fake_networks import Enlarge
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.drive.tiles import Grid, Span, _weights, halved, stitched


@given(
    length=st.integers(1, 200),
    side=st.integers(28, 96),
    halo=st.integers(0, 5),
    blend=st.integers(0, 6),
    multiple=st.sampled_from([1, 2, 4]),
)
@settings(max_examples=80, deadline=None)
def test_tiles_part_the_picture_and_their_weights_sum_to_one(length, side, halo, blend, multiple):
    length = -(-length // multiple) * multiple
    grid = Grid(side, halo, blend, multiple)
    rows = [tile.rows for tile in grid.tiles(length, 8) if tile.columns.first == 0]
    assert [span.first for span in rows] == [0, *(span.end for span in rows[:-1])]
    assert rows[-1].end == length
    for span in rows:
        assert span.start % multiple == span.stop % multiple == 0
        assert span.start == 0 or span.first - span.start >= halo
        assert span.stop == length or span.stop - span.end >= halo
        assert span.stop - span.start <= max(side, 1) or len(rows) == 1
    x = torch.rand(1, 1, length, 8)
    whole = stitched(lambda tile: tile.cut(x), grid, length, 8, 1)
    assert torch.allclose(whole, x, atol=1e-6)


@pytest.mark.parametrize("blend", [0, 4])
def test_tiles_with_the_whole_halo_change_nothing(blend):
    network = Enlarge(3).eval()
    x = torch.rand(1, 3, 50, 70)
    with torch.no_grad():
        parts = stitched(lambda tile: network(tile.cut(x)), Grid(24, 1, blend), 50, 70, 3)
        assert torch.allclose(parts, network(x), atol=1e-6)


def test_a_halo_that_is_too_small_shows_and_blending_softens_it():
    torch.manual_seed(0)
    network = torch.nn.Sequential(Enlarge(1), Enlarge(1, seed=2), Enlarge(1, seed=3)).eval()
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        whole = network(x)
        hard = stitched(lambda tile: network(tile.cut(x)), Grid(24, 0), 64, 64, 1)
        soft = stitched(lambda tile: network(tile.cut(x)), Grid(24, 0, 4), 64, 64, 1)
    worst_hard, worst_soft = (float((made - whole).abs().max()) for made in (hard, soft))
    assert worst_hard > 1e-3
    assert worst_soft < worst_hard / 2


def test_tiles_too_small_for_their_margins_are_refused():
    with pytest.raises(DdsrError, match=r"tile 20: too small for this method; give 24 or more, or 0 for none"):
        Grid(20, halo=8, multiple=8).tiles(64, 64)


def test_halving_ends_at_the_margins():
    sides = [grid.side for grid in halved(Grid(0, halo=8, multiple=8), 300, 200)]
    assert sides == [152, 80, 40, 24]


def test_weights_of_tiles_are_of_the_processor_whoever_asks_first():
    _weights.cache_clear()
    with torch.device("meta"):
        assert _weights(Span(0, 12, 0, 10), 20, 4, 2).tolist()[-1] == pytest.approx(0.0625)
