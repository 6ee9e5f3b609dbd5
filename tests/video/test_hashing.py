"""Hashes of frames and files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from video_clips import moving_frames

from ddsr_bench.video import file_sha256, frames_sha256


def test_a_file_has_its_plain_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert file_sha256(tmp_path / "a") == expected


def test_frames_hash_over_shape_and_samples() -> None:
    frame = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    assert frames_sha256([frame]) == hashlib.sha256(b"|u1(2, 2, 3)" + bytes(range(12))).hexdigest()


def test_frames_hash_sees_every_change() -> None:
    frames = moving_frames(4, 8, 8)
    changed = frames[0].copy()
    changed[0, 0, 0] ^= 1
    variants = [
        frames,
        frames[:3],
        frames[::-1],
        [*frames, frames[3]],
        [changed, *frames[1:]],
        [frame.reshape(4, 16, 3) for frame in frames],
        [frame.astype(np.uint16) for frame in frames],
    ]
    assert len({frames_sha256(variant) for variant in variants}) == len(variants)
    assert frames_sha256(np.asfortranarray(frame) for frame in frames) == frames_sha256(frames)
