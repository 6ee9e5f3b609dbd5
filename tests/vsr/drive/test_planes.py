"""Colours and ranges on the way in and out."""

import cv2
import numpy as np
import pytest
import torch
from fake_networks import made_frames

from ddsr_bench.vsr.classical.simple import bicubic
from ddsr_bench.vsr.drive.planes import Planes
from ddsr_bench.vsr.network import Network

CPU = torch.device("cpu")


def planes(scale=1, **facts):
    return Planes(Network(build=lambda scale: None, drive="frame", **facts), scale, CPU)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"peak": 255.0},
        {"mean": (0.5, 0.4, 0.3), "std": (0.2, 0.3, 0.4)},
        {"colour": "ycbcr"},
        {"colour": "y"},
        {"multiple": 16},
        {"multiple": 16, "pad_at": "start"},
        {"enlarged_first": True},
    ],
    ids=str,
)
def test_what_goes_in_comes_out(facts):
    (frame,) = made_frames(1)
    way = planes(**facts)
    assert np.abs(way.frame(way.tensor(frame), frame).astype(int) - frame).max() <= 1


def test_ranges():
    frame = np.full((2, 2, 3), 255, np.uint8)
    assert float(planes(peak=255.0).tensor(frame).max()) == 255
    assert float(planes(mean=(0.5,) * 3, std=(0.25,) * 3).tensor(frame).max()) == 2
    assert planes().tensor(frame).is_contiguous(memory_format=torch.channels_last)


def test_studio_range_of_bt601():
    frame = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255]]], np.uint8)
    values = planes(colour="ycbcr").tensor(frame)[0].permute(1, 2, 0).numpy()[0] * 255
    # ITU-R BT.601: black and white at 16 and 235, the extremes of a colour difference at 240.
    assert np.allclose(values[:2], [[16, 128, 128], [235, 128, 128]], atol=1e-3)
    assert values[2, 2] == pytest.approx(240, abs=1e-3)
    assert values[3, 1] == pytest.approx(240, abs=1e-3)
    assert planes(colour="y").tensor(frame).shape == (1, 1, 1, 4)


def test_luma_alone_leaves_colours_to_bicubic():
    frame = cv2.GaussianBlur(made_frames(1, 24, 24)[0], (0, 0), 3)
    way = planes(2, colour="y")
    luma = torch.from_numpy(np.asarray(bicubic(frame, 2))).float()
    ours = planes(1, colour="y").tensor(luma.to(torch.uint8).numpy())
    assert np.abs(way.frame(ours, frame).astype(int) - bicubic(frame, 2)).max() <= 2


def test_enlarged_before_it_goes_in():
    frame = cv2.GaussianBlur(made_frames(1, 24, 24)[0], (0, 0), 2)
    way = planes(3, enlarged_first=True, multiple=16)
    x = way.tensor(frame)
    assert x.shape[-2:] == (80, 80)
    assert way.growth == 1
    assert np.abs(way.frame(x, frame).astype(int) - bicubic(frame, 3)).max() <= 1


def test_values_beyond_the_range_are_cut_off_not_wrapped():
    frame = np.zeros((1, 2, 3), np.uint8)
    out = torch.tensor([-0.2, 1.3]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    assert planes().frame(out, frame)[0].tolist() == [[0, 0, 0], [255, 255, 255]]
