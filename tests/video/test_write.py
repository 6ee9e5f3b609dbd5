"""The writer: lossless where it says so, the same bytes each time, whole or not at all."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from video_clips import moving_frames, numbered_frames

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import (
    VideoWriter,
    file_sha256,
    frames_sha256,
    probe,
    read_frames,
    read_timestamps,
    write_video,
)

NAMES = ["clip.mkv", "clip.mp4", "clip-hevc.mp4", "frames"]


def settings_of(name: str) -> dict[str, str]:
    return {"format": "hevc"} if "hevc" in name else {}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(height=st.integers(1, 40), width=st.integers(1, 40), count=st.integers(1, 4), seed=st.integers(0, 99))
def test_lossless_formats_return_every_bit(tmp_path: Path, height: int, width: int, count: int, seed: int) -> None:
    frames = moving_frames(count, height, width, seed)
    for name in ("clip.mkv", "frames"):
        write_video(tmp_path / name, frames, 25)
        back = list(read_frames(tmp_path / name))
        assert frames_sha256(back) == frames_sha256(frames)
        info = probe(tmp_path / name)
        assert (info.height, info.width, info.frames) == (height, width, count)


def test_frames_are_the_callers_own(tmp_path: Path) -> None:
    frames = moving_frames(4, 35, 61)
    write_video(tmp_path / "clip.mkv", frames, 25)
    for frame in read_frames(tmp_path / "clip.mkv"):
        assert frame.flags.c_contiguous
        assert frame.flags.writeable
        frame[:] = 0  # must not reach the frames that follow
    assert frames_sha256(read_frames(tmp_path / "clip.mkv")) == frames_sha256(frames)


@pytest.mark.parametrize("format_", ["h264", "hevc"])
@pytest.mark.parametrize("size", [(64, 48), (63, 47), (33, 50)])
def test_lossy_formats_keep_size_number_and_rate(tmp_path: Path, format_: str, size: tuple[int, int]) -> None:
    frames = numbered_frames(7, size[1], size[0])
    path = tmp_path / "clip.mp4"
    write_video(path, frames, Fraction(24000, 1001), format=format_)
    info = probe(path)
    assert (info.width, info.height, info.frames, info.fps) == (*size, 7, Fraction(24000, 1001))
    assert info.pix_fmt == ("yuv420p" if size == (64, 48) else "yuv444p")
    means = [frame.mean() for frame in read_frames(path)]
    np.testing.assert_allclose(means, [frame.mean() for frame in frames], atol=2)


def test_colour_tags_are_all_written(tmp_path: Path) -> None:
    for matrix, tags in (("bt601", (6, 6, 6)), ("bt709", (1, 1, 1)), ("bt2020", (9, 14, 9))):
        for format_ in ("h264", "hevc"):
            path = tmp_path / "clip.mp4"
            write_video(path, moving_frames(2), 25, format=format_, matrix=matrix)
            with av.open(str(path)) as container:
                context = container.streams.video[0].codec_context
                assert (context.color_primaries, context.color_trc, context.colorspace) == tags
                assert context.color_range == 1


def test_crf_decides_the_size(tmp_path: Path) -> None:
    frames = moving_frames(5, 64, 96)
    for format_ in ("h264", "hevc"):
        sizes = []
        for crf in (5, 40):
            write_video(tmp_path / "clip.mp4", frames, 25, crf=crf, format=format_)
            sizes.append((tmp_path / "clip.mp4").stat().st_size)
        assert sizes[0] > 2 * sizes[1]


@pytest.mark.parametrize("name", NAMES)
def test_equal_frames_give_equal_bytes(tmp_path: Path, name: str) -> None:
    # Each in a process of its own whose heap is filled with another value, so that an encoder that reads
    # memory it never wrote gives itself away (x264's macroblock tree does, at just this size).
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from video_clips import moving_frames\n"
        "from ddsr_bench.video import write_video, file_sha256\n"
        "import cv2, numpy as np\n"
        "frames = [cv2.GaussianBlur(f, (0, 0), 3) for f in moving_frames(24, 180, 320)]\n"
        "kw = {'format': 'hevc'} if 'hevc' in sys.argv[2] else {}\n"
        "write_video(sys.argv[2], frames, 25, **kw); print(file_sha256(sys.argv[2]))\n"
    )
    hashes = set()
    for index, fill in enumerate(("0", "85", "255")):
        (tmp_path / str(index)).mkdir()
        command = [
            sys.executable,
            "-c",
            script,
            str(Path(__file__).parent),
            str(tmp_path / str(index) / name),
        ]
        environment = {**os.environ, "MALLOC_PERTURB_": fill}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
        assert done.stderr == ""
        hashes.add(done.stdout)
    assert len(hashes) == 1


@pytest.mark.parametrize("name", ["clip.mkv", "clip.mp4"])
def test_time_stamps_come_back(tmp_path: Path, name: str) -> None:
    times = [1.5, 1.533, 1.6, 2.25, 2.251]
    write_video(tmp_path / name, numbered_frames(5), 10, timestamps=times)
    tick = 0.0006 if name.endswith("mkv") else 0.00001
    np.testing.assert_allclose(read_timestamps(tmp_path / name), np.array(times) - 1.5, atol=tick)
    assert probe(tmp_path / name).is_vfr


def test_a_folder_has_the_layout_of_reds(tmp_path: Path) -> None:
    frames = moving_frames(3)
    write_video(tmp_path / "000", frames, 24)
    assert sorted(p.name for p in (tmp_path / "000").iterdir()) == [f"{i:08d}.png" for i in range(3)]
    for index, frame in enumerate(frames):
        image = cv2.imread(str(tmp_path / "000" / f"{index:08d}.png"))
        np.testing.assert_array_equal(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), frame)


@pytest.mark.parametrize("name", NAMES)
def test_an_error_leaves_the_old_clip_and_nothing_else(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_video(path, moving_frames(2), 25, **settings_of(name))
    before = file_sha256(path)
    frames = moving_frames(3, seed=1)

    def failing() -> Iterator[np.ndarray]:
        yield frames[0]
        assert [p.suffix for p in tmp_path.iterdir() if p != path] == [".part"]  # beside the old clip
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_video(path, failing(), 25, **settings_of(name))
    assert [p.name for p in tmp_path.iterdir()] == [name]
    assert file_sha256(path) == before

    write_video(path, frames, 25, **settings_of(name))
    assert probe(path).frames == 3
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_a_full_disk(tmp_path: Path, name: str) -> None:
    # A limit on the size of files fails the same calls as a full disk does.
    script = (
        "import sys, os, resource; sys.path.insert(0, sys.argv[1])\n"
        "from video_clips import moving_frames\n"
        "from ddsr_bench.video import write_video\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
        "kw = {'format': 'hevc'} if 'hevc' in sys.argv[2] else {}\n"
        "try: write_video(sys.argv[2], moving_frames(20, 64, 96), 25, **kw)\n"
        "except Exception as error: print(type(error).__name__, error)\n"
        "print(os.listdir(os.path.dirname(sys.argv[2])))\n"
    )
    command = [sys.executable, "-c", script, str(Path(__file__).parent), str(tmp_path / name)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    error, left = done.stdout.splitlines()
    assert error == (
        f"DdsrError {tmp_path / name}: cannot be written (File too large); nothing was left behind, check disk "
        "space, permissions and settings"
    )
    assert left == "[]"
    assert done.stderr == ""


def test_mistakes_are_told(tmp_path: Path) -> None:
    frames = moving_frames(3)
    cases = [
        ("a.mkv", [], {}, "a.mkv: no frames to write; give at least one"),
        ("a.gif", frames, {}, "a.gif: no format known for '.gif'; use .mkv, .mp4 or a folder name"),
        ("a.mp4", frames, {"format": "ffv1"}, "a.mp4: ffv1 is written to .mkv; change the name"),
        ("a.mp4", frames, {"crf": 60}, "a.mp4: crf 60 is outside 0..51"),
        ("a.mp4", frames, {"matrix": "bt2100"}, "a.mp4: unknown matrix 'bt2100'; use bt601, bt709 or bt2020"),
        ("a.mp4", frames, {"preset": "quick"}, "a.mp4: cannot be written ("),
        ("a.mp4", frames, {"timestamps": [0, 1, 1]}, "a.mp4: time stamps must increase from frame to frame"),
        ("a.mp4", frames, {"timestamps": [0, 1]}, "a.mp4: more frames than the 2 time stamps; give one each"),
        ("a.mp4", frames, {"timestamps": [0, 1, 2, 3]}, "a.mp4: 3 frames, but 4 time stamps; give one each"),
        ("a.mp4", [f[:9] for f in frames], {"format": "hevc"}, "a.mp4: hevc needs at least 16x16 pixels"),
        ("no/a.mkv", frames, {}, "a.mkv: its folder does not exist; create "),
        (
            "a.mkv",
            [*frames, frames[0][:9]],
            {},
            "a.mkv: frame 3 is uint8 (9, 64, 3), expected uint8 (36, 64, 3)",
        ),
        (
            "a.mkv",
            [f.astype(np.float32) for f in frames],
            {},
            "a.mkv: frame 0 is float32 (36, 64, 3), expected",
        ),
    ]
    for name, given_frames, kw, text in cases:
        with pytest.raises(DdsrError) as error:
            write_video(tmp_path / name, given_frames, 25, **kw)
        assert text in str(error.value)
        assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "frames").write_text("mine")
    with pytest.raises(DdsrError, match="frames: a file is in the way of the folder of PNG frames; remove it"):
        write_video(tmp_path / "frames", moving_frames(1), 25)
    assert (tmp_path / "frames").read_text() == "mine"


def test_a_writer_without_its_block(tmp_path: Path) -> None:
    writer = VideoWriter(tmp_path / "a.mkv", width=64, height=36, fps=25)
    with pytest.raises(DdsrError, match=r"a\.mkv: the writer is not open; write inside its with block"):
        writer.write(moving_frames(1)[0])
    assert list(tmp_path.iterdir()) == []


def test_no_frames_written(tmp_path: Path) -> None:
    for name in NAMES:
        with (
            pytest.raises(DdsrError, match="no frames were written; write at least one"),
            VideoWriter(tmp_path / name, width=64, height=36, fps=25, **settings_of(name)),
        ):
            pass
        assert list(tmp_path.iterdir()) == []
