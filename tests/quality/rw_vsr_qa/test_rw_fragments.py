import cv2
import numpy as np
import pytest

from ddsr_bench.quality.rw_vsr_qa.fragments import (
    PATCH,
    SCORING,
    Layout,
    is_key,
    key_fragments,
    motion_between,
    native_count,
    patch_corners,
    unexplained,
)
from ddsr_bench.seeding import generator


def picture(height, width, *address):
    """Smooth random content, so that there is something for the flow to hold on to."""
    noise = generator("fragments test", *address).uniform(0, 255, (height, width, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    return np.clip(128 + 6 * (soft - soft.mean()), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", [(360, 640), (720, 304), (128, 128), (1, 1), (65, 700), (200, 64)])
def test_patches_are_native_pixels_then_half_ones_at_their_boxes(size):
    frame = picture(*size, "boxes")
    patches, boxes, motion = key_fragments(frame, frame)
    assert motion == pytest.approx(0, abs=0.01)
    native = native_count(*size)
    assert patches.shape == (len(boxes), 4, PATCH, PATCH)
    assert patches.dtype == np.uint8
    assert [box.side for box in boxes] == [PATCH] * native + [2 * PATCH] * (len(boxes) - native)
    whole = np.pad(frame, [(0, max(0, 128 - size[0])), (0, max(0, 128 - size[1])), (0, 0)], "wrap")
    for patch, box in zip(patches[:native], boxes, strict=False):
        inside = box.left + PATCH <= size[1] and box.top + PATCH <= size[0]
        cut = whole[box.top : box.top + PATCH, box.left : box.left + PATCH].transpose(2, 0, 1)
        assert not inside or (patch[:3] == cut).all()
    assert (patches[:, 3] == 128).all()


def test_counts_are_about_those_of_the_layout():
    assert native_count(360, 640) == 40
    assert native_count(720, 1280) == 40
    assert 18 <= native_count(360, 640, Layout(24, 8)) <= 30
    assert native_count(64, 64) == 4


def test_patches_lie_evenly_and_inside():
    corners = patch_corners(300, 500, 15)
    tops, lefts = {top for top, _ in corners}, {left for _, left in corners}
    assert (len(tops), len(lefts)) == (3, 5)
    assert max(tops) + PATCH <= 300
    assert max(lefts) + PATCH <= 500
    moved = patch_corners(300, 500, 15, generator("moved"))
    assert moved != corners
    assert all(0 <= top <= 300 - PATCH and 0 <= left <= 500 - PATCH for top, left in moved)
    assert moved == patch_corners(300, 500, 15, generator("moved"))


def test_motion_is_explained_and_noise_is_not():
    wide = picture(200, 340, "motion")
    before, after = wide[:, 4:324], wide[:, :320]
    there = motion_between(before, after)
    still = unexplained(before, after, there)[32:-32, 32:-32].astype(int) - 128
    plain = 2 * (after[32:-32, 32:-32].astype(int).mean(2) - before[32:-32, 32:-32].astype(int).mean(2))
    assert np.abs(still).mean() < 0.25 * np.abs(plain).mean()
    noisy = np.clip(after + generator("noise").normal(0, 10, after.shape), 0, 255).astype(np.uint8)
    # Luma of noise of 10 levels in each channel has 6.7; twice that is what the plane holds.
    assert (
        unexplained(before, noisy, motion_between(before, noisy))[32:-32, 32:-32].astype(int) - 128
    ).std() == pytest.approx(13.4, rel=0.25)


def test_motion_is_how_far_pixels_move():
    wide = picture(200, 340, "motion")
    found = key_fragments(wide[:, 4:324], wide[:, :320]).motion
    assert found == pytest.approx(4, rel=0.1)


def test_key_frames_are_every_sixth_and_never_the_first():
    assert [n for n in range(20) if is_key(n)] == [3, 9, 15]


def test_scoring_layout_is_what_weights_were_made_for():
    assert Layout(40, 12) == SCORING
