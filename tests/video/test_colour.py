"""Colours against a float64 conversion written from the equations of BT.601, BT.709 and BT.2020."""

from __future__ import annotations

import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest
from video_clips import SPACE_CODES, encode, flat_yuv, moving_frames, numbered_frames

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import UntaggedColourWarning, probe, read_frames, read_luma, write_video

COEFFICIENTS = {
    "bt601": (0.299, 0.587, 0.114),
    "bt709": (0.2126, 0.7152, 0.0722),
    "bt2020": (0.2627, 0.678, 0.0593),
}
PATCHES = [
    (0, 0, 0),
    (255, 255, 255),
    (128, 128, 128),
    (200, 30, 40),
    (20, 180, 60),
    (30, 40, 220),
    (250, 230, 20),
]


def quantised_yuv(rgb: tuple[int, int, int], matrix: str, full: bool, depth: int) -> tuple[int, int, int]:
    """Y'CbCr codes of an 8-bit R'G'B' colour (BT.709-6 section 3, with each standard's coefficients)."""
    kr, kg, kb = COEFFICIENTS[matrix]
    red, green, blue = (np.float64(value) / 255 for value in rgb)
    luma = kr * red + kg * green + kb * blue
    chroma = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    top, step = 2**depth - 1, 2 ** (depth - 8)
    middle = 128 * step
    if full:
        codes = (luma * top, *(middle + c * top for c in chroma))
    else:
        codes = (16 * step + luma * 219 * step, *(middle + c * 224 * step for c in chroma))
    y, cb, cr = (int(np.clip(np.rint(code), 0, top)) for code in codes)
    return y, cb, cr


def exact_rgb(yuv: tuple[int, int, int], matrix: str, full: bool, depth: int) -> np.ndarray:
    """R'G'B' in 0..255 (float64, clipped) of Y'CbCr codes."""
    kr, kg, kb = COEFFICIENTS[matrix]
    top, step = 2**depth - 1, 2 ** (depth - 8)
    y, cb, cr = (np.float64(code) for code in yuv)
    if full:
        luma, blue_diff, red_diff = y / top, (cb - 128 * step) / top, (cr - 128 * step) / top
    else:
        luma, blue_diff, red_diff = (
            (y - 16 * step) / (219 * step),
            *((c - 128 * step) / (224 * step) for c in (cb, cr)),
        )
    red = luma + 2 * (1 - kr) * red_diff
    blue = luma + 2 * (1 - kb) * blue_diff
    return np.clip(np.array([red, (luma - kr * red - kb * blue) / kg, blue]) * 255, 0, 255)


@pytest.mark.parametrize(("precise", "tolerance"), [(False, 2.6), (True, 1.2)])
@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le"])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
def test_flat_colours_match_the_standard(
    tmp_path: Path, matrix: str, full: bool, pix_fmt: str, precise: bool, tolerance: float
) -> None:
    # The quick path for 8 bit truncates by design of swscale; the exact one rounds (full-range 10 bit
    # is scaled by 256/1024 for 255/1023, hence 1.2 and not 0.5).
    depth = 10 if "10" in pix_fmt else 8
    codes = [quantised_yuv(rgb, matrix, full, depth) for rgb in PATCHES]
    space = SPACE_CODES[matrix]
    path = tmp_path / "patches.mkv"
    tags = (space if matrix != "bt2020" else 9, 14 if matrix == "bt2020" else space, space, 2 if full else 1)
    encode(path, [flat_yuv(c, pix_fmt) for c in codes], codec="ffv1", pix_fmt=pix_fmt, tags=tags)

    info = probe(path)
    assert (info.matrix, info.matrix_tagged, info.full_range, info.bit_depth) == (matrix, True, full, depth)
    for code, frame in zip(codes, read_frames(path, precise=precise), strict=True):
        worst = np.abs(frame - exact_rgb(code, matrix, full, depth)).max()
        assert worst <= tolerance, (code, frame[0, 0])


@pytest.mark.parametrize("format_", ["h264", "hevc"])
@pytest.mark.parametrize("matrix", ["bt601", "bt709", "bt2020"])
@pytest.mark.parametrize("size", [(64, 32), (63, 33)])
def test_written_colours_come_back(tmp_path: Path, matrix: str, format_: str, size: tuple[int, int]) -> None:
    width, height = size
    frames = [np.full((height, width, 3), colour, np.uint8) for colour in PATCHES]
    path = tmp_path / "clip.mp4"
    write_video(path, frames, 25, format=format_, crf=1, matrix=matrix, preset="ultrafast")
    info = probe(path)
    assert (info.matrix, info.matrix_tagged, info.full_range) == (matrix, True, False)
    for expected, frame in zip(frames, read_frames(path, precise=True), strict=True):
        assert np.abs(frame.astype(int) - expected).max() <= 4  # CRF 1 and two roundings at 8 bit


def test_written_luma_is_that_of_the_matrix(tmp_path: Path) -> None:
    frames = [np.full((32, 64, 3), colour, np.uint8) for colour in PATCHES]
    write_video(tmp_path / "clip.mp4", frames, 25, crf=0, matrix="bt709")
    for rgb, luma in zip(PATCHES, read_luma(tmp_path / "clip.mp4"), strict=True):
        assert np.abs(luma.astype(int) - quantised_yuv(rgb, "bt709", False, 8)[0]).max() <= 1


@pytest.mark.parametrize(("height", "guess"), [(720, "bt709"), (480, "bt601")])
def test_untagged_files_are_guessed_by_size_with_one_warning(tmp_path: Path, height: int, guess: str) -> None:
    path = tmp_path / "untagged.mkv"
    frame = flat_yuv((81, 90, 240), "yuv420p", 64, height)
    encode(path, [frame], codec="ffv1", pix_fmt="yuv420p")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        info = probe(path)
        probe(path)
        shown = next(read_frames(path, precise=True))
    assert (info.matrix, info.matrix_tagged) == (guess, False)
    texts = [str(w.message) for w in caught if w.category is UntaggedColourWarning]
    assert len(texts) == 1  # however often the file is looked at
    assert texts[0] == f"{path}: no colour matrix in the file, {guess} assumed from its size"
    assert np.abs(shown - exact_rgb((81, 90, 240), guess, False, 8)).max() <= 1


def test_info_overrules_the_tags(tmp_path: Path) -> None:
    import dataclasses

    path = tmp_path / "clip.mkv"
    encode(path, [flat_yuv((81, 90, 240), "yuv420p")], codec="ffv1", pix_fmt="yuv420p", tags=(1, 1, 1, 1))
    info = dataclasses.replace(probe(path), matrix="bt601", full_range=True)
    frame = next(read_frames(path, info=info, precise=True))
    assert np.abs(frame - exact_rgb((81, 90, 240), "bt601", True, 8)).max() <= 1


@pytest.mark.parametrize("code", [8, 10, 14])
def test_matrices_without_a_matrix_are_refused(tmp_path: Path, code: int) -> None:
    path = tmp_path / "odd.mkv"
    encode(path, [flat_yuv((81, 90, 240), "yuv420p")], codec="ffv1", pix_fmt="yuv420p", tags=(9, 14, code, 1))
    with pytest.raises(
        DdsrError, match=rf"odd\.mkv: colour matrix code {code} is not read; .*ffmpeg -i .*zscale=m=bt709"
    ):
        probe(path)


@pytest.mark.parametrize(("full", "expected"), [(True, (0, 128, 255)), (False, (0, 130, 255))])
def test_grey_video(tmp_path: Path, full: bool, expected: tuple[int, int, int]) -> None:
    levels = (0, 128, 255) if full else (16, 128, 235)
    path = tmp_path / "grey.mkv"
    frames = [flat_yuv((level,), "gray") for level in levels]  # type: ignore[arg-type]
    encode(path, frames, codec="ffv1", pix_fmt="gray", tags=(1, 1, 1, 2 if full else 1))
    assert probe(path).matrix == "gray"
    got = [frame for frame in read_frames(path)]
    assert all(np.ptp(frame[0, 0]) == 0 for frame in got)
    assert np.abs(np.array([frame[0, 0, 0] for frame in got], int) - expected).max() <= 1
    assert [int(luma[0, 0]) for luma in read_luma(path)] == list(levels)


def test_rgb_of_more_than_8_bits_is_rounded(tmp_path: Path) -> None:
    path = tmp_path / "deep.mkv"
    encode(path, [flat_yuv((512, 100, 1023), "gbrp10le")], codec="ffv1", pix_fmt="gbrp10le", tags=(1, 13, 0, 2))
    info = probe(path)
    assert (info.matrix, info.bit_depth) == ("rgb", 10)
    frame = next(read_frames(path))
    assert np.abs(frame[0, 0] - np.array([1023, 512, 100]) * 255 / 1023).max() <= 1


def test_agrees_with_opencv_on_a_tagged_bt601_clip(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    encode(path, numbered_frames(5), tags=(6, 6, 6, 1))
    capture = cv2.VideoCapture(str(path))
    for frame in read_frames(path):
        other = cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB)
        assert np.abs(frame.astype(int) - other).max() <= 3


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p10le", "yuv444p"])
def test_luma_is_the_stored_plane(tmp_path: Path, pix_fmt: str) -> None:
    path = tmp_path / "clip.mkv"
    code = (700, 512, 300) if "10" in pix_fmt else (77, 128, 200)
    encode(path, [flat_yuv(code, pix_fmt, 35, 17)], codec="ffv1", pix_fmt=pix_fmt, tags=(1, 1, 1, 1))
    (plane,) = read_luma(path)
    assert plane.dtype == (np.uint16 if "10" in pix_fmt else np.uint8)
    assert plane.shape == (17, 35)
    assert (plane == code[0]).all()


@pytest.mark.parametrize("matrix", ["bt601", "bt709"])
def test_luma_of_rgb_clips_is_computed(tmp_path: Path, matrix: str) -> None:
    frames = moving_frames(2)
    write_video(tmp_path / "clip.mkv", frames, 25)
    write_video(tmp_path / "folder", frames, 25)
    weights = np.array(COEFFICIENTS[matrix])
    for name in ("clip.mkv", "folder"):
        for frame, luma in zip(frames, read_luma(tmp_path / name, matrix=matrix), strict=True):  # type: ignore[arg-type]
            assert np.abs(luma - (16 + 219 / 255 * (frame @ weights))).max() <= 0.501
