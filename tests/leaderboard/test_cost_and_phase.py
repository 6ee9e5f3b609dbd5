"""Times without reading and warm-up, memory, arithmetic; shifts of a picture by parts of a pixel."""

import time

import numpy as np
import pytest
import torch
from board_parts import shifted
from conftest import moving_scene

from ddsr_bench.leaderboard.cost import (
    Stopwatch,
    forget_peak,
    gflops_per_megapixel,
    peak_mib,
    quartiles,
    shared_out,
)
from ddsr_bench.leaderboard.phase import shift_against_bicubic, shift_between
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Method, Settings
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method
from ddsr_bench.vsr.own import from_function
from ddsr_bench.vsr.runner import Upscaler


def slow_reader(frames, seconds):
    for frame in frames:
        time.sleep(seconds)
        yield frame


def test_reading_is_not_the_methods_time():
    def work(frames, scale):
        for frame in frames:
            time.sleep(0.02)
            yield frame.repeat(scale, 0).repeat(scale, 1)

    work.version = "1"
    upscaler = Upscaler(from_function(work, "work"), Settings(), scale=2)
    watch = Stopwatch()
    made = list(watch.timed(upscaler, slow_reader(moving_scene(5, 32, 32), 0.05), "clip"))
    assert len(made) == len(watch.seconds) == 5
    assert 0.02 <= np.median(watch.seconds) < 0.05


def test_bursts_share_their_time():
    assert shared_out([4.0, 0.0, 0.0, 0.0, 8.0, 0.0]) == [1, 1, 1, 1, 4, 4]
    assert shared_out([1.0, 1.2, 0.9]) == [1.0, 1.2, 0.9]
    assert shared_out([]) == []
    seconds = list(np.random.default_rng(0).exponential(size=30))
    assert sum(shared_out(seconds)) == pytest.approx(sum(seconds))


def test_quartiles():
    assert quartiles([1, 2, 3, 4, 5]) == {"median": 3, "low": 2, "high": 4, "n": 5}


def test_peak_is_of_what_came_after():
    large = np.ones(60 * 2**20, np.uint8)
    before = peak_mib()
    del large
    forget_peak()
    after = peak_mib()
    assert after < before - 30
    large = np.ones(40 * 2**20, np.uint8)
    assert peak_mib() > after + 25
    del large


class Tiny(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 12, 3, 1, 1, bias=False)

    def forward(self, x):
        return torch.nn.functional.pixel_shuffle(self.conv(x), 2)


def test_arithmetic_of_one_convolution():
    """3 * 12 * 9 products and as many sums for each LR pixel, which is four pixels of the output."""
    network = Network(build=lambda scale: Tiny(), drive="frame", halo=1)
    method = network_method("tiny", network, scales=(2,), load=lambda settings, scale: Tiny().state_dict())
    upscaler = Upscaler(method, Settings(device="cpu", precision="fp32"))
    assert gflops_per_megapixel(upscaler, moving_scene(3, 80, 70)) == pytest.approx(2 * 3 * 12 * 9 / 4 / 1e3)


def test_classical_methods_have_no_arithmetic_to_count():
    assert gflops_per_megapixel(Upscaler(get_method("bicubic"), scale=2), moving_scene(2, 32, 32)) is None


@pytest.mark.parametrize(("x", "y"), [(2, 0), (0, -1), (1, 3), (0, 0), (-4, 2)])
def test_shifts_are_found(x, y):
    base, moved = shifted(x, y)
    assert shift_between(base, moved) == pytest.approx((x / 4, y / 4), abs=0.05)


def test_pictures_without_structure_or_room_have_no_shift():
    flat = np.full((128, 128, 3), 90, np.uint8)
    assert shift_between(flat, flat) is None
    small = moving_scene(1, 40, 40)[0]
    assert shift_between(small, small) is None


def test_methods_of_the_catalogue_lie_on_bicubic():
    low = moving_scene(1, 48, 40)[0]
    for name in ("lanczos", "back-projection"):
        method: Method = get_method(name)
        made = next(iter(method.start(Settings(scale=4))(iter([low]))))
        assert np.abs(shift_against_bicubic(low, made, 4)).max() < 0.1
