"""Folders of images as clips."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from video_clips import moving_frames

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import FOLDER_FPS, file_sha256, probe, read_frames, read_luma, read_timestamps


def save(path: Path, image: np.ndarray) -> None:
    """An image in OpenCV's order (grey, BGR or BGRA)."""
    assert cv2.imwrite(str(path), image)


def test_images_come_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 100, 2):
        save(tmp_path / f"frame{number}.png", np.full((8, 12, 3), number, np.uint8))
    save(tmp_path / ".hidden.png", np.zeros((4, 4, 3), np.uint8))
    (tmp_path / "notes.txt").write_text("x")
    assert [int(frame[0, 0, 0]) for frame in read_frames(tmp_path)] == [2, 9, 10, 100]
    assert [int(frame[0, 0, 0]) for frame in read_frames(tmp_path, 1, 3)] == [9, 10]


def test_what_is_said_of_a_folder(tmp_path: Path) -> None:
    for index, frame in enumerate(moving_frames(6, 20, 30)):
        save(tmp_path / f"{index:08d}.png", frame)
    info = probe(tmp_path)
    assert (info.kind, info.codec, info.pix_fmt, info.bit_depth) == ("folder", "png", "rgb24", 8)
    assert (info.width, info.height, info.frames, info.fps) == (30, 20, 6, FOLDER_FPS)
    assert (info.matrix, info.full_range, info.has_audio, info.is_vfr) == ("rgb", True, False, False)
    assert info.duration == pytest.approx(6 / 24)
    assert probe(tmp_path, fps=Fraction(30)).duration == pytest.approx(0.2)
    np.testing.assert_allclose(read_timestamps(tmp_path), np.arange(6) / 24)


def test_grey_alpha_and_16_bit(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    cases = {
        "grey": rng.integers(0, 256, (9, 7), np.uint8),
        "alpha": rng.integers(0, 256, (9, 7, 4), np.uint8),
        "deep": rng.integers(0, 65536, (9, 7, 3), np.uint16),
        "deep-grey": rng.integers(0, 65536, (9, 7), np.uint16),
    }
    depths = {"grey": ("gray", 8), "alpha": ("rgb24", 8), "deep": ("rgb48", 16), "deep-grey": ("gray16", 16)}
    for name, image in cases.items():
        (tmp_path / name).mkdir()
        save(tmp_path / name / "0.png", image)
        info = probe(tmp_path / name)
        assert (info.pix_fmt, info.bit_depth) == depths[name]
        (frame,) = read_frames(tmp_path / name)
        eight = np.rint(image / 257) if image.dtype == np.uint16 else image
        expected = np.repeat(eight[:, :, None], 3, 2) if image.ndim == 2 else eight[:, :, 2::-1]
        np.testing.assert_array_equal(frame, expected)
        assert frame.dtype == np.uint8
    (luma,) = read_luma(tmp_path / "deep-grey")
    np.testing.assert_array_equal(luma, cases["deep-grey"])


def test_jpeg_frames(tmp_path: Path) -> None:
    image = np.full((16, 16, 3), (40, 80, 200), np.uint8)
    save(tmp_path / "0.jpg", image)
    assert probe(tmp_path).codec == "mjpeg"
    (frame,) = read_frames(tmp_path)
    assert np.abs(frame.astype(int) - (200, 80, 40)).max() <= 2


def test_mixed_sizes_name_the_odd_one_out(tmp_path: Path) -> None:
    save(tmp_path / "0.png", np.zeros((8, 12, 3), np.uint8))
    save(tmp_path / "1.png", np.zeros((8, 10, 3), np.uint8))
    frames = read_frames(tmp_path)
    next(frames)
    with pytest.raises(DdsrError, match=r"1\.png: 10x8, but 0\.png is 12x8; one folder must hold one size"):
        next(frames)


@pytest.mark.parametrize("damage", ["cut", "flip", "text", "empty"])
def test_a_broken_image_is_named_in_silence(tmp_path: Path, damage: str, capfd: pytest.CaptureFixture[str]) -> None:
    for index, frame in enumerate(moving_frames(3)):
        save(tmp_path / f"{index}.png", frame)
    data = bytearray((tmp_path / "1.png").read_bytes())
    if damage == "flip":
        data[len(data) // 2] ^= 1
    broken = {"cut": data[: len(data) // 2], "flip": data, "text": b"hello", "empty": b""}[damage]
    (tmp_path / "1.png").write_bytes(broken)
    with pytest.raises(DdsrError, match=r"1\.png: not an 8 or 16 bit PNG or JPEG image; export the frame again"):
        list(read_frames(tmp_path))
    assert capfd.readouterr() == ("", "")


def test_the_hash_of_a_folder_tells_names_and_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "0.png").write_bytes(b"one")
    (folder / "1.png").write_bytes(b"two")
    seen = {file_sha256(folder)}
    (folder / "1.png").rename(folder / "2.png")
    seen.add(file_sha256(folder))
    (folder / "2.png").write_bytes(b"three")
    seen.add(file_sha256(folder))
    assert len(seen) == 3
    (folder / ".part").write_bytes(b"x")
    assert file_sha256(folder) in seen
