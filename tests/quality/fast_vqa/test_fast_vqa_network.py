"""The network beside a plain writing-out of its attention; vsr/test_parity_goldens.py holds it to the official one."""

import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.fast_vqa.network import attention
from ddsr_bench.quality.fast_vqa.network.attention import WindowAttention
from ddsr_bench.quality.fast_vqa.network.blocks import Block, Merging
from ddsr_bench.quality.fast_vqa.network.evaluator import FastVqa, official_evaluator, window_for
from ddsr_bench.quality.fast_vqa.network.windows import from_windows, grid, position_index, to_windows


def slow_attended(block, x, window, shift):
    """Place by place, without windows being cut: who sees whom, and with which bias."""
    attn = block.attn
    normed = block.norm1(x)[0]
    depth, height, width, channels = normed.shape
    heads, each = attn._heads, channels // attn._heads
    qkv = attn.qkv(normed).view(depth, height, width, 3, heads, each)
    sides, base = (depth, height, width), attn._window
    out = torch.zeros(depth, height, width, heads, each)

    def rolled(place):
        return [(p - s) % side for p, s, side in zip(place, shift, sides, strict=True)]

    def region(place):
        at = rolled(place)
        return [(a >= n - w) + (s > 0 and a >= n - s) for a, n, w, s in zip(at, sides, window, shift, strict=True)]

    def fragment(place):
        return [place[axis] * window[axis] // sides[axis] for axis in (1, 2)]

    places = list(np.ndindex(*sides))
    for query in places:
        logits, values = [], []
        for key in places:
            if any(a // w != b // w for a, b, w in zip(rolled(query), rolled(key), window, strict=True)):
                continue
            apart = [a - b for a, b in zip(rolled(query), rolled(key), strict=True)]
            t, r, c = (a + n - 1 for a, n in zip(apart, base, strict=True))
            entry = (t * (2 * base[1] - 1) + r) * (2 * base[2] - 1) + c
            bias = attn.relative_position_bias_table[entry]
            if attn.fragment_position_bias_table is not None:
                gate = sum(abs(a - b) for a, b in zip(fragment(query), fragment(key), strict=True))
                bias = gate * bias + (1 - gate) * attn.fragment_position_bias_table[entry]
            masked = any(shift) and region(query) != region(key)
            logits.append((qkv[query][0] * qkv[key][1]).sum(-1) * each**-0.5 + bias - 100.0 * masked)
            values.append(qkv[key][2])
        weights = torch.stack(logits).softmax(0)
        out[query] = (weights.unsqueeze(-1) * torch.stack(values)).sum(0)
    return attn.proj(out.flatten(3))[None]


@pytest.mark.parametrize("shift", [(0, 0, 0), (1, 1, 1)])
@pytest.mark.parametrize("gated", [True, False])
def test_attention_follows_the_definition(shift, gated, monkeypatch):
    torch.manual_seed(0)
    window, shape = (2, 3, 3), (4, 6, 6)
    block = Block(8, 2, window, gated).eval()
    for table in (block.attn.relative_position_bias_table, block.attn.fragment_position_bias_table):
        if table is not None:
            torch.nn.init.normal_(table, std=2.0)
    x = torch.randn(1, *shape, 8)
    with torch.no_grad():
        expected = slow_attended(block, x, window, shift)
        ours = block._attended(block.norm1(x), grid(shape, window, shift))
        assert (ours - expected).abs().max() < 1e-5
        # However few windows are dealt with at once, and however many clips.
        monkeypatch.setattr(attention, "_AT_ONCE", 1)
        both = block._attended(block.norm1(torch.cat([x, x.flip(1)])), grid(shape, window, shift))
        assert (both[:1] - expected).abs().max() < 1e-5


def test_windows_are_cut_and_put_back():
    x = torch.arange(2 * 4 * 6 * 6).view(2, 4, 6, 6, 1)
    cut = to_windows(x, (2, 3, 2))
    assert cut.shape == (2 * 2 * 2 * 3, 12, 1)
    assert cut[1, :, 0].tolist() == x[0, :2, :3, 2:4, 0].flatten().tolist()
    assert torch.equal(from_windows(cut, (2, 3, 2), (4, 6, 6)), x)


def test_a_side_within_the_window_is_not_shifted_and_others_are_padded():
    cut = grid((16, 7, 10), (8, 7, 7), (4, 3, 3))
    assert (cut.shape, cut.window, cut.shift) == ((16, 7, 14), (8, 7, 7), (4, 0, 3))
    assert grid((4, 4, 4), (8, 7, 7), (4, 3, 3)).regions is None


def test_the_index_is_that_of_the_base_window():
    index = position_index((2, 3, 4))
    assert index.min() == 0
    assert index.max() == 3 * 5 * 7 - 1
    assert (index.diagonal() == (1 * 5 + 2) * 7 + 3).all()


def test_windows_grow_with_the_clip():
    assert window_for((32, 224, 224)) == (8, 7, 7)
    assert window_for((8, 64, 96)) == (2, 2, 3)
    assert window_for((2, 16, 16)) == (1, 1, 1)


def test_four_neighbours_are_merged_column_by_column():
    x = torch.arange(4.0).view(1, 1, 2, 2, 1)
    merging = Merging(1)
    seen = []
    merging.norm.register_forward_pre_hook(lambda _, given: seen.append(given[0].flatten().tolist()))
    assert merging(x).shape == (1, 1, 1, 1, 2)
    assert merging(torch.zeros(1, 2, 3, 5, 1)).shape == (1, 2, 2, 3, 2)
    assert seen[0] == [0, 2, 1, 3]


def test_odd_clips_have_a_score_and_a_gradient():
    torch.manual_seed(0)
    network = FastVqa().train()
    x = torch.randn(2, 3, 3, 70, 36)
    scores = network.score(x)
    assert scores.shape == (2,)
    scores[0].backward()
    without = {name for name, value in network.named_parameters() if value.grad is None}
    assert without == set()
    with torch.no_grad():
        assert (network.score(x[:1]) - scores[:1]).abs().max() < 1e-5


def test_attention_keeps_one_table_where_fragments_do_not_count():
    names = {name for name, _ in WindowAttention(8, 2, (2, 3, 3), gated=False).named_parameters()}
    assert "fragment_position_bias_table" not in names


def test_other_official_networks_are_refused():
    with pytest.raises(DdsrError, match=r"only swin_tiny_grpb with one head of 64 is built here, not 'swin_small'"):
        official_evaluator(backbone_size="swin_small")
