"""Streaming: ranges, order, flat memory, files closed, damage inside FFV1 packets."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from video_clips import encode, moving_frames, numbered_frames

from ddsr_bench.video import frames_sha256, read_frames, read_luma, write_video
from ddsr_bench.video.ahead import ahead
from ddsr_bench.video.ffv1 import _remainder

pytestmark = pytest.mark.filterwarnings("ignore::ddsr_bench.video.UntaggedColourWarning")


@pytest.fixture(scope="module")
def numbered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("read") / "clip.mp4"
    encode(path, numbered_frames(24), options={"bf": "3", "g": "12"}, tags=(1, 1, 1, 1))
    return path


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(start=st.integers(0, 23), length=st.integers(1, 30), threads=st.sampled_from([None, 1, 2]))
def test_a_range_is_a_slice(numbered: Path, start: int, length: int, threads: int | None) -> None:
    levels = [
        int(np.rint((frame.mean() - 20) / 8)) for frame in read_frames(numbered, start, start + length, threads=threads)
    ]
    assert levels == list(range(24))[start : start + length]


def test_threads_do_not_change_a_bit(tmp_path: Path) -> None:
    encode(tmp_path / "clip.mp4", moving_frames(20, 72, 128), options={"bf": "3"}, tags=(1, 1, 1, 1))
    hashes = {frames_sha256(read_frames(tmp_path / "clip.mp4", threads=n)) for n in (None, 1, 2, 5)}
    assert len(hashes) == 1


def test_luma_ranges(numbered: Path) -> None:
    planes = list(read_luma(numbered, 4, 7))
    assert [plane.shape for plane in planes] == [(32, 64)] * 3
    assert np.abs(np.array([p.mean() for p in planes]) - [16 + (20 + 8 * i) * 219 / 255 for i in (4, 5, 6)]).max() < 2


def test_memory_stays_flat(tmp_path: Path) -> None:
    import resource

    write_video(tmp_path / "clip.mp4", (f for f in moving_frames(2, 270, 480) * 100), 25, preset="ultrafast")
    for _ in read_frames(tmp_path / "clip.mp4", 0, 30):
        pass
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in read_frames(tmp_path / "clip.mp4")) == 200
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 200 * 270 * 480 * 3 / 1024 / 4  # KiB: less than a quarter of the decoded clip


def test_closing_early_ends_the_thread(numbered: Path) -> None:
    frames = read_frames(numbered)
    next(frames)
    assert any(thread.name == "ddsr-decode" for thread in threading.enumerate())
    frames.close()  # type: ignore[attr-defined]
    assert not any(thread.name == "ddsr-decode" for thread in threading.enumerate())


def test_ahead_keeps_order_errors_and_closes() -> None:
    closed = []

    def source() -> Iterator[int]:
        try:
            yield from range(5)
            raise KeyError("late")
        finally:
            closed.append(True)

    got = []
    with pytest.raises(KeyError, match="late"):
        got.extend(ahead(source(), 2))
    assert got == [0, 1, 2, 3, 4]
    assert closed == [True]


@given(st.binary(min_size=1, max_size=60))
def test_the_ffv1_sum_is_the_crc_of_rfc_9043(data: bytes) -> None:
    remainder = 0
    for byte in data:  # bit by bit, most significant first, start 0
        remainder ^= byte << 24
        for _ in range(8):
            remainder = (remainder << 1) ^ (0x04C11DB7 if remainder & 0x80000000 else 0)
            remainder &= 0xFFFFFFFF
    mirrored = int(f"{_remainder(data):032b}"[::-1], 2)
    assert mirrored == remainder
    assert zlib.crc32(data) != mirrored or len(data) == 0
