"""Patches from tensors are those that the measure itself cuts, and gradients come through."""

import numpy as np
import pytest
import torch

from ddsr_bench.quality.rw_vsr_qa.fragments import key_fragments
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape
from ddsr_bench.quality.rw_vsr_qa.network_tensors import flows_between, key_patches, moved


def pair(height=160, width=192, shift=3):
    rng = np.random.default_rng(0)
    wide = torch.from_numpy(rng.uniform(0, 255, (1, 3, height // 8, width // 8 + 2))).float()
    wide = torch.nn.functional.interpolate(wide, (height, width + 16), mode="bicubic").clamp(0, 255).round()
    return wide[..., :width], wide[..., shift : shift + width]


def bytes_of(frame):
    return np.ascontiguousarray(frame[0].permute(1, 2, 0).numpy().astype(np.uint8))


def test_patches_are_the_measures_own():
    before, now = pair()
    expected = key_fragments(bytes_of(before), bytes_of(now)).patches
    patches, native = key_patches(before / 255, now / 255, flows_between(now / 255, before / 255))
    assert patches.shape == (1, 1, *expected.shape)
    found = patches[0, 0].numpy()
    assert native == 6
    # Native colours are the same bytes; halves and changes are not rounded on their way.
    np.testing.assert_allclose(found[:native, :3], expected[:native, :3], atol=1e-3)
    assert np.abs(found[native:, :3] - expected[native:, :3]).max() <= 0.51
    assert np.abs(found[:, 3] - expected[:, 3]).max() <= 3
    assert np.abs(found[:, 3] - expected[:, 3]).mean() < 1


def test_flow_points_to_where_a_pixel_was():
    before, now = pair(shift=4)
    flows = flows_between(now / 255, before / 255)
    assert flows.shape == (1, 2, 160, 192)
    assert flows[0, 0, 40:-40, 40:-40].median() == pytest.approx(4, abs=0.3)
    error = (moved(before, flows) - now).abs()[..., 30:-30, 30:-30].mean()
    assert error < (before - now).abs()[..., 30:-30, 30:-30].mean() / 4


def test_moving_by_whole_pixels_and_past_the_border():
    picture = torch.arange(12.0).view(1, 1, 3, 4)
    flows = torch.zeros(1, 2, 3, 4)
    flows[:, 0] = 1
    assert moved(picture, flows)[0, 0, 0].tolist() == [1, 2, 3, 3]


def test_a_gradient_reaches_both_frames():
    before, now = (frame.clone().requires_grad_() for frame in pair(128, 128))
    flows = flows_between(now.detach() / 255, before.detach() / 255)
    patches, native = key_patches(before / 255, now / 255, flows)
    network = RwVsrQa(Shape(width=4, features=8)).eval()
    network(patches, native).frames.sum().backward()
    assert before.grad.abs().sum() > 0
    assert now.grad.abs().sum() > 0


def test_small_frames_are_refused():
    frame = torch.zeros(1, 3, 100, 200)
    with pytest.raises(ValueError, match="200x100; at least 128"):
        key_patches(frame, frame, torch.zeros(1, 2, 100, 200))
