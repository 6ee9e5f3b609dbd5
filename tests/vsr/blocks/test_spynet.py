"""The flow network: batches against single pairs, sizes that are no multiple of 32, the narrow rule, precision."""

import pytest
import torch

from ddsr_bench.vsr.blocks import spynet
from ddsr_bench.vsr.blocks.spynet import SPyNet


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    return SPyNet().eval()


def frames(height=40, width=50, count=1, length=3):
    return torch.rand(count, length, 3, height, width, generator=torch.Generator().manual_seed(2))


@torch.no_grad()
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("pairs", [1, 2, 8])
def test_both_ways_equal_single_pairs(network, monkeypatch, count, pairs):
    monkeypatch.setattr(spynet, "_PAIRS_ON_CPU", pairs)
    clip = frames(count=count, length=4)
    backward, forward = network.both_ways(clip)
    assert backward.shape == (count, 3, 2, 40, 50)
    for t in range(3):
        assert (backward[:, t] - network(clip[:, t], clip[:, t + 1])).abs().max() < 1e-5
        assert (forward[:, t] - network(clip[:, t + 1], clip[:, t])).abs().max() < 1e-5


@torch.no_grad()
def test_one_frame_has_no_flow(network):
    backward, forward = network.both_ways(frames(length=1))
    assert backward.shape == forward.shape == (1, 0, 2, 40, 50)


@torch.no_grad()
def test_displacements_are_measured_in_the_frame_given(network):
    """A layer that adds a constant at the finest level: 1 px in the resized picture is w / 64 in the frame's width."""
    still = SPyNet().eval()
    for parameter in still.parameters():
        parameter.zero_()
    still.basic_module[5].basic_module[4].conv.bias[:] = torch.tensor([1.0, 2.0])
    flow = still(frames(40, 50)[:, 0], frames(40, 50)[:, 1])
    assert flow[:, 0].flatten().tolist() == pytest.approx([50 / 64] * 2000)
    assert flow[:, 1].flatten().tolist() == pytest.approx([2 * 40 / 64] * 2000)
    still.basic_module[4].basic_module[4].conv.bias[:] = torch.tensor([1.0, 0.0])
    # A level up, a pixel is two of the next.
    assert still(frames(64, 64)[:, 0], frames(64, 64)[:, 1])[0, :, 5, 5].tolist() == pytest.approx([3.0, 2.0])


def test_narrow_pictures_leave_out_the_last_module():
    torch.manual_seed(1)
    network = SPyNet(plain=True, narrow=True)
    network(*frames(64, 32).unbind(1)[:2]).square().sum().backward()
    trained = [level.basic_module[0].weight.grad is not None for level in network.basic_module]
    assert trained == [True] * 5 + [False]
    network.zero_grad()
    network(*frames(32, 64).unbind(1)[:2]).square().sum().backward()
    assert all(level.basic_module[0].weight.grad is not None for level in network.basic_module)


@torch.no_grad()
def test_autocast_changes_no_flow(network):
    clip = frames()
    plain = network.both_ways(clip)
    with torch.autocast("cpu", torch.bfloat16):
        cast = network.both_ways(clip)
    assert cast[0].equal(plain[0])
    assert cast[1].equal(plain[1])


def test_names():
    assert "basic_module.0.basic_module.4.conv.bias" in SPyNet().state_dict()
    assert "basic_module.0.basic_module.8.bias" in SPyNet(plain=True).state_dict()
