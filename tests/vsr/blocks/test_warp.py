"""Warping against scipy's map_coordinates, which knows the same two borders."""

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from ddsr_bench.vsr.blocks import warp
from ddsr_bench.vsr.blocks.warp import flow_warp

MODES = {"zeros": "grid-constant", "border": "nearest"}


def case(channels=20, height=9, width=13, dtype=torch.float64, reach=4.0, count=2):
    generator = torch.Generator().manual_seed(channels + height)
    x = torch.rand((count, channels, height, width), generator=generator, dtype=dtype)
    flow = (torch.rand((count, 2, height, width), generator=generator, dtype=dtype) * 2 - 1) * reach
    return x, flow


def by_scipy(x, flow, padding):
    rows, columns = np.mgrid[: x.shape[2], : x.shape[3]]
    out = np.empty(x.shape)
    for n, c in np.ndindex(*x.shape[:2]):
        places = [rows + flow[n, 1].numpy(), columns + flow[n, 0].numpy()]
        out[n, c] = map_coordinates(x[n, c].numpy(), places, order=1, mode=MODES[padding])
    return out


@pytest.mark.parametrize("padding", ["zeros", "border"])
@pytest.mark.parametrize("channels", [3, 20], ids=["few-channels", "many-channels"])
@pytest.mark.parametrize("reach", [0.6, 4.0, 40.0])
def test_equals_scipy(padding, channels, reach):
    x, flow = case(channels, reach=reach)
    assert np.abs(flow_warp(x, flow, padding).numpy() - by_scipy(x, flow, padding)).max() < 1e-12


def test_whole_pixels_fetch_the_neighbour():
    x = torch.arange(12.0).view(1, 1, 3, 4).repeat(1, 16, 1, 1)
    flow = torch.zeros(1, 2, 3, 4)
    flow[:, 0] = 1
    assert flow_warp(x, flow)[0, 0].tolist() == [[1, 2, 3, 0], [5, 6, 7, 0], [9, 10, 11, 0]]
    flow[:, 0], flow[:, 1] = 0, -1
    assert flow_warp(x, flow)[0, 15].tolist() == [[0, 0, 0, 0], [0, 1, 2, 3], [4, 5, 6, 7]]


def test_both_ways_of_sampling_agree():
    x, flow = case(24, 30, 40, torch.float32)
    grid = torch.nn.functional.grid_sample(x, warp._grid(flow), align_corners=True)
    # grid_sample's detour over -1..1 costs it some 1e-5 of a pixel.
    assert (flow_warp(x, flow) - grid).abs().max() < 2e-5


@pytest.mark.parametrize("channels", [3, 16])
def test_gradients(channels):
    x, flow = case(channels, 4, 5, count=1)
    x.requires_grad_()
    flow.requires_grad_()
    assert torch.autograd.gradcheck(flow_warp, (x[:, :], flow), fast_mode=True)


def test_one_row_and_one_column():
    x, flow = case(16, 1, 1)
    assert flow_warp(x, flow * 0).equal(x)
    x, flow = case(3, 1, 5)
    assert flow_warp(x, flow * 0).equal(x)


def test_autocast_leaves_it_in_float32():
    x, flow = case(16, 8, 8, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        out = flow_warp(x.bfloat16(), flow)
    assert out.dtype == torch.float32
    assert out.equal(flow_warp(x.bfloat16().float(), flow))
