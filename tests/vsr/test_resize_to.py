"""The final resize against torch's antialiased bicubic, which agrees with MATLAB's imresize."""

import numpy as np
import pytest
import torch

from ddsr_bench.vsr.resize_to import resize_to


@pytest.mark.parametrize("size", [(30, 44), (23, 31), (80, 120), (40, 60), (7, 90), (1, 1), (41, 59)])
def test_against_torch(size):
    frame = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    tensor = torch.from_numpy(frame).permute(2, 0, 1)[None].double()
    expected = torch.nn.functional.interpolate(tensor, size, mode="bicubic", antialias=True, align_corners=False)
    made = resize_to(frame, *size)
    inside = np.abs(made - expected[0].permute(1, 2, 0).clamp(0, 255).numpy())[4:-4, 4:-4]
    assert made.shape == (*size, 3)
    # Rounding, and nothing else; borders differ, since torch leaves out what MATLAB mirrors.
    assert not inside.size or inside.max() <= 0.501


def test_borders_are_mirrored():
    frame = np.tile(np.arange(0, 240, 20, dtype=np.uint8)[None, :, None], (6, 1, 3))
    both = np.concatenate([frame[:, ::-1], frame, frame[:, ::-1]], 1)
    assert np.array_equal(resize_to(frame, 6, 18), resize_to(both, 6, 54)[:, 18:36])


def test_its_own_size_is_the_frame_itself():
    frame = np.zeros((4, 5, 3), np.uint8)
    assert resize_to(frame, 4, 5) is frame
    assert resize_to(np.full((9, 9, 3), 77, np.uint8), 5, 31).tolist() == np.full((5, 31, 3), 77).tolist()
