"""Differences between windowed and whole results, by hand and through the real networks."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import moving_scene

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.methods import basicvsr, realbasicvsr
from ddsr_bench.vsr.networked import network_method
from ddsr_bench.vsr.seams import compare_frames, window_difference

sys.path.insert(0, str(Path(__file__).parent / "drive"))
from fake_networks import BothWays


def fading(fade, **facts):
    network = replace(basicvsr.NETWORK, build=lambda scale: BothWays(fade=fade), **facts)
    return network_method("fading", network, scales=(2,), load=lambda settings, scale: network.build(scale).eval())


def test_by_hand():
    exact = [np.full((2, 2, 3), level, np.uint8) for level in (10, 20, 30)]
    made = [exact[0], exact[1] + 6, exact[2]]
    found = compare_frames(iter(made), iter(exact))
    assert found.by_frame == (0, 6, 0)
    assert (found.frames, found.largest, found.motion, found.flicker) == (3, 6, 10, 6)
    assert found.psnr == pytest.approx(10 * np.log10(255**2 / 12))
    assert compare_frames(iter(exact), iter(exact)).psnr == float("inf")


def test_memories_that_fade_leave_no_difference_and_others_do():
    frames = list(moving_scene(50, 24, 16))
    assert window_difference(fading(0.05, overlap=4), frames, Settings(precision="fp32", window=12)).largest <= 1
    lasting = window_difference(fading(0.9, overlap=4), frames, Settings(precision="fp32", window=12))
    assert lasting.largest > 5
    assert lasting.flicker > 0.2


def test_methods_without_windows():
    with pytest.raises(DdsrError, match=r"method 'bicubic': has no windows in time \(frame\); its result is exact"):
        window_difference(get_method("bicubic"), [])


@pytest.mark.slow
@pytest.mark.parametrize("module", [basicvsr, realbasicvsr], ids=lambda m: m.METHOD.name)
def test_a_thousand_frames_without_seams(module):
    """Networks of few channels, drawn so that memories fade: 1000 frames in windows against the whole clip."""
    from ddsr_bench.vsr.archs.basicvsr import BasicVSR
    from ddsr_bench.vsr.archs.realbasicvsr import RealBasicVSR

    torch.manual_seed(0)
    network = BasicVSR(8, 1) if module is basicvsr else RealBasicVSR(8, 1, 1, 5, per_frame=True)
    method = network_method("n", module.NETWORK, scales=(4,), load=lambda settings, scale: network.eval())
    scene = moving_scene(40, 32, 32)
    frames = [scene[abs(t % 78 - 39)] for t in range(1000)]
    found = window_difference(method, frames, Settings(precision="fp32"))
    assert found.frames == 1000
    assert found.psnr > 50
    assert found.flicker < 0.01 * found.motion
