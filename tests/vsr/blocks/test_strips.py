"""Strips of rows, pixel shuffles in another order, frames written where they belong: all must change nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.strips import in_strips
from ddsr_bench.vsr.blocks.upsample import base_image, last_doubling, shuffled


def layers():
    torch.manual_seed(0)
    return nn.Conv2d(6, 32, 3, 1, 1), nn.Conv2d(8, 8, 3, 1, 1), nn.Conv2d(8, 3, 3, 1, 1)


@settings(max_examples=40, deadline=None)
@given(height=st.integers(1, 40), budget=st.integers(1, 20_000), count=st.integers(1, 2))
def test_strips_equal_the_whole(height, budget, count):
    double, high, last = layers()

    def tail(x):
        return last(high(functional.pixel_shuffle(double(x), 2)))

    x = torch.rand(count, 6, height, 5)
    with torch.inference_mode():
        strips = in_strips(tail, x, scale=2, context=2, channels=8, budget=budget)
        assert (strips - tail(x)).abs().max() < 1e-6


def test_less_context_would_be_noticed():
    double, high, last = layers()
    x = torch.rand(1, 6, 20, 5)
    with torch.inference_mode():
        whole = last(high(functional.pixel_shuffle(double(x), 2)))
        short = in_strips(
            lambda part: last(high(functional.pixel_shuffle(double(part), 2))),
            x,
            scale=2,
            context=1,
            channels=8,
            budget=900,
        )
    assert (short - whole).abs().max() > 1e-4


def test_strips_bound_the_rows_that_are_seen():
    seen = []

    def spy(x):
        seen.append(x.shape[2])
        return functional.interpolate(x, scale_factor=2)

    x = torch.rand(1, 3, 100, 10)
    with torch.inference_mode():
        out = in_strips(spy, x, scale=2, context=2, channels=8, budget=8 * 4 * 10 * 14)
    assert out.equal(functional.interpolate(x, scale_factor=2))
    assert max(seen) == 14
    assert len(seen) == 10
    seen.clear()
    in_strips(spy, x, scale=2, context=2, channels=8, budget=8 * 4 * 10 * 14)
    assert seen == [100], "with gradients, and for those who call without inference mode, nothing is cut"


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_shuffle_equals_torch(layout):
    conv, _, _ = layers()
    x = torch.rand(2, 6, 5, 7).contiguous(memory_format=layout)
    assert (shuffled(conv, x) - functional.pixel_shuffle(conv(x), 2)).abs().max() < 1e-6


def test_shuffle_passes_gradients():
    conv, _, _ = layers()
    x = torch.rand(1, 6, 5, 7).contiguous(memory_format=torch.channels_last)
    shuffled(conv, x).square().sum().backward()
    mine = conv.weight.grad.clone()
    conv.zero_grad()
    functional.pixel_shuffle(conv(x), 2).square().sum().backward()
    assert (mine - conv.weight.grad).abs().max() < 1e-4


def test_tail_is_the_same_in_inference_mode():
    double, high, last = layers()
    x = torch.rand(1, 6, 30, 8).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        whole = last_doubling(x, double, high, last)
    with torch.inference_mode():
        assert (last_doubling(x, double, high, last) - whole).abs().max() < 1e-6


def test_base_stays_float32_under_autocast():
    frame = torch.rand(1, 3, 4, 4)
    with torch.autocast("cpu", torch.bfloat16):
        assert base_image(frame).equal(functional.interpolate(frame, scale_factor=4, mode="bilinear"))


@pytest.mark.parametrize("grad", [False, True])
def test_frames_are_stacked(grad):
    frames = [torch.rand(2, 3, 4, 5) for _ in range(3)]
    with torch.set_grad_enabled(grad):
        assert stacked(iter(frames), 3).equal(torch.stack(frames, 1))
