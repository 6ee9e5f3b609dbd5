"""What ``probe`` says of files whose make-up the test knows."""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from video_clips import encode, moving_frames, numbered_frames

from ddsr_bench.video import UntaggedColourWarning, VideoWriter, probe, read_frames, read_timestamps

pytestmark = pytest.mark.filterwarnings("ignore::ddsr_bench.video.UntaggedColourWarning")


def test_every_field_of_a_plain_clip(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    encode(path, moving_frames(7, 36, 64), rate=Fraction(30000, 1001), tags=(1, 1, 1, 1), audio=True)
    info = probe(str(path))
    assert info.path == path
    assert (info.kind, info.codec, info.pix_fmt, info.bit_depth) == ("file", "h264", "yuv420p", 8)
    assert (info.width, info.height, info.frames, info.fps) == (64, 36, 7, Fraction(30000, 1001))
    assert info.duration == pytest.approx(7 * 1001 / 30000, abs=1e-4)
    assert (info.matrix, info.matrix_tagged, info.full_range) == ("bt709", True, False)
    assert (info.rotation, info.is_vfr, info.has_audio) == (0, False, True)


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {}),
        ("a.ts", "libx264", {}),
        ("a.mkv", "libx265", {"x265-params": "log-level=none"}),
        ("a.avi", "mpeg4", {}),
        ("a.mp4", "mpeg4", {"bf": "2"}),
        ("a.mpg", "mpeg2video", {"bf": "2"}),
        ("a.webm", "libvpx", {"auto-alt-ref": "1", "lag-in-frames": "16"}),
        ("a.webm", "libvpx-vp9", {"auto-alt-ref": "1", "lag-in-frames": "16"}),
        ("a.mkv", "ffv1", {}),
        ("a.mov", "prores_ks", {}),
        ("a.avi", "mjpeg", {}),
    ],
)
def test_the_frame_count_is_that_of_the_decoder(tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    pix_fmt = {"prores_ks": "yuv422p10le", "mjpeg": "yuvj420p"}.get(codec, "yuv420p")
    path = tmp_path / name
    encode(path, moving_frames(40, 48, 64), codec=codec, pix_fmt=pix_fmt, options=options)
    info = probe(path)
    assert info.frames == 40
    assert sum(1 for _ in read_frames(path)) == 40
    assert len(read_timestamps(path)) == 40
    assert info.fps == 25
    assert not info.is_vfr


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_rotation_is_applied_as_opencv_applies_it(tmp_path: Path, turn: int) -> None:
    picture = np.zeros((32, 64, 3), np.uint8)
    picture[:16, :32] = 220  # one bright corner tells the turns apart
    path = tmp_path / "phone.mp4"
    encode(path, [picture] * 3, rotation=turn, tags=(6, 6, 6, 1))
    info, frame = probe(path), next(read_frames(path))
    assert info.rotation == (360 - turn) % 360  # PyAV turns counterclockwise, we say clockwise
    assert (info.height, info.width) == frame.shape[:2] == ((32, 64) if turn % 180 == 0 else (64, 32))
    other = cv2.cvtColor(cv2.VideoCapture(str(path)).read()[1], cv2.COLOR_BGR2RGB)
    assert np.abs(frame.astype(int) - other).max() <= 3


def test_variable_rate_is_seen_and_kept(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.08, 0.2, 0.24, 0.5]
    path = tmp_path / "vfr.mp4"
    with VideoWriter(path, width=64, height=32, fps=10, timestamps=times) as writer:
        for frame in numbered_frames(6):
            writer.write(frame)
    info = probe(path)
    assert info.is_vfr
    assert info.fps == Fraction(5) / Fraction("0.5")
    np.testing.assert_allclose(read_timestamps(path), times, atol=1e-4)
    levels = [int(frame.mean()) for frame in read_frames(path)]
    assert len(levels) == 6  # none repeated to fill the gaps
    assert np.abs(np.array(levels) - [20, 28, 36, 44, 52, 60]).max() <= 2


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), Fraction(30000, 1001), 25, 60, Fraction(15, 2)])
def test_matroska_rounding_is_not_taken_for_a_variable_rate(tmp_path: Path, rate: Fraction) -> None:
    path = tmp_path / "clip.mkv"
    encode(path, moving_frames(20), codec="ffv1", rate=rate)
    info = probe(path)
    assert (info.is_vfr, info.fps) == (False, rate)


def test_frames_hidden_by_an_edit_list_do_not_count(tmp_path: Path) -> None:
    # Cutting by stream copy keeps the packets from the key frame on and hides them by an edit list.
    whole, cut = tmp_path / "whole.mp4", tmp_path / "cut.mp4"
    encode(whole, numbered_frames(12), options={"g": "100", "bf": "0"}, tags=(1, 1, 1, 1))
    with av.open(str(whole)) as source, av.open(str(cut), "w") as output:
        stream = output.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                shift = 5 * packet.duration
                packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
                output.mux(packet)
    with av.open(str(cut)) as container:
        expected = sum(1 for _ in container.decode(video=0))
    assert 0 < expected < 12
    assert probe(cut).frames == expected == sum(1 for _ in read_frames(cut))


@pytest.mark.parametrize(("default", "expected"), [(0, (48, 32, 4)), (1, (96, 64, 6)), (None, (96, 64, 6))])
def test_of_several_streams_the_default_or_the_largest_is_taken(
    tmp_path: Path, default: int | None, expected: tuple[int, int, int]
) -> None:
    path = tmp_path / "two.mkv"
    with av.open(str(path), "w", options={"default_mode": "passthrough"}) as output:
        streams = []
        for index, frames in enumerate((moving_frames(4, 32, 48), moving_frames(6, 64, 96))):
            stream = output.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = frames[0].shape[1], frames[0].shape[0], "yuv420p"
            stream.disposition = av.stream.Disposition.default if index == default else av.stream.Disposition(0)
            streams.append((stream, frames))
        for stream, frames in streams:
            for frame in frames:
                output.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
            output.mux(stream.encode())
    info = probe(path)
    assert (info.width, info.height, info.frames) == expected
    assert [frame.shape for frame in read_frames(path)] == [(expected[1], expected[0], 3)] * expected[2]


def test_a_cover_picture_is_not_the_clip(tmp_path: Path) -> None:
    path = tmp_path / "covered.mp4"
    jpeg = cv2.imencode(".jpg", moving_frames(1, 96, 128)[0])[1].tobytes()
    with av.open(str(path), "w") as output:
        cover = output.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 128, 96, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        clip = output.add_stream("libx264", rate=25)
        clip.width, clip.height, clip.pix_fmt = 64, 32, "yuv420p"
        for frame in moving_frames(5, 32, 64):
            output.mux(clip.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        output.mux(clip.encode())
        picture = av.Packet(jpeg)
        picture.stream, picture.pts, picture.dts = cover, 0, 0
        output.mux(picture)
    with av.open(str(path)) as container:
        covers = [bool(s.disposition & av.stream.Disposition.attached_pic) for s in container.streams.video]
    assert sorted(covers) == [False, True]  # else this test shows nothing
    info = probe(path)
    assert (info.width, info.height, info.frames, info.codec) == (64, 32, 5, "h264")
    assert len(list(read_frames(path))) == 5


def test_a_single_frame(tmp_path: Path) -> None:
    path = tmp_path / "one.mp4"
    encode(path, moving_frames(1), tags=(1, 1, 1, 1), rate=10)
    info = probe(path)
    assert (info.frames, info.fps, info.is_vfr) == (1, 10, False)
    assert info.duration == pytest.approx(0.1)
    assert len(list(read_frames(path))) == 1


def test_a_name_that_is_not_utf8_works(tmp_path: Path) -> None:
    import os

    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve.mp4"))
    encode(tmp_path / "plain.mp4", moving_frames(3), tags=(1, 1, 1, 1))
    os.rename(tmp_path / "plain.mp4", path)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UntaggedColourWarning)
        assert probe(path).frames == 3
        assert len(list(read_frames(path))) == 3
