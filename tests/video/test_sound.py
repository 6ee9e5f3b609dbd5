"""Sound is copied packet by packet and stays with the pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import encode, moving_frames

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import SoundOf, VideoWriter, file_sha256, probe, read_timestamps

RATE = 48_000


def with_tone(path: Path, seconds: float = 3.0, codec: str = "aac", fps: int = 20, delay: float = 0.0) -> Path:
    """A clip whose sound is silent but for a click at each half second; pictures begin after ``delay`` seconds."""
    samples = np.zeros((1, int(seconds * RATE)), np.float32)
    for half in range(1, int(seconds * 2)):
        samples[0, half * RATE // 2 : half * RATE // 2 + 200] = 0.9
    with av.open(str(path), "w") as output:
        video = output.add_stream("libx264", rate=fps)
        video.width, video.height, video.pix_fmt = 48, 32, "yuv420p"
        sound = output.add_stream(codec, rate=RATE, layout="mono")
        for index, picture in enumerate(moving_frames(int(seconds * fps), 32, 48)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = index + round(delay * fps), Fraction(1, fps)
            output.mux(video.encode(frame))
        output.mux(video.encode())
        for start in range(0, samples.shape[1] - 1023, 1024):
            output.mux(sound.encode(_audio(samples[:, start : start + 1024], codec, start)))
        output.mux(sound.encode())
    return path


def _audio(part: np.ndarray, codec: str, start: int) -> av.AudioFrame:
    floats = codec == "aac"
    data = part if floats else (part * 32767).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(data, format="fltp" if floats else "s16", layout="mono")
    frame.sample_rate, frame.pts = RATE, start
    return frame


def clicks(path: Path) -> list[float]:
    """Seconds after the first picture at which the sound clicks."""
    with av.open(str(path)) as source:
        video = source.streams.video[0]
        origin = next(packet.pts for packet in source.demux(video)) * video.time_base
    found: list[float] = []
    with av.open(str(path)) as source:
        for frame in source.decode(audio=0):
            samples = np.abs(frame.to_ndarray().astype(np.float64))
            samples = samples[0] / (32768 if frame.format.name.startswith("s16") else 1)
            for index in np.flatnonzero(samples > 0.3):
                at = float(frame.pts * frame.time_base - origin) + index / RATE
                if not found or at > found[-1] + 0.1:
                    found.append(at)
    return found


def rewritten(source: Path, target: Path, first: int = 0, last: int | None = None, fps: int = 20) -> Path:
    frames = moving_frames(60, 32, 48)[first:last]
    stop = None if last is None else last / fps
    with VideoWriter(target, width=48, height=32, fps=fps, sound=SoundOf(source, first / fps, stop)) as writer:
        for frame in frames:
            writer.write(frame)
    return target


@pytest.mark.parametrize("name", ["out.mp4", "out.mkv"])
def test_the_whole_sound_is_kept_with_its_times(tmp_path: Path, name: str) -> None:
    source = with_tone(tmp_path / "in.mp4")
    out = rewritten(source, tmp_path / name)
    info = probe(out)
    assert (info.has_audio, info.frames) == (True, 60)
    assert np.allclose(clicks(out), clicks(source), atol=0.002)
    assert np.allclose(clicks(out), [0.5, 1, 1.5, 2, 2.5], atol=0.03)
    assert file_sha256(rewritten(source, tmp_path / f"again-{name}")) == file_sha256(out)


def test_a_part_begins_and_ends_with_its_pictures(tmp_path: Path) -> None:
    out = rewritten(with_tone(tmp_path / "in.mp4"), tmp_path / "out.mkv", 15, 45)
    assert np.allclose(clicks(out), [0.25, 0.75, 1.25], atol=0.03)
    with av.open(str(out)) as source:
        ends = [float((p.pts + p.duration) * p.time_base) for p in source.demux(audio=0) if p.pts is not None]
    assert 1.45 < max(ends) < 1.53


def test_pictures_that_begin_late_in_the_file(tmp_path: Path) -> None:
    source = with_tone(tmp_path / "in.mkv", delay=0.3)
    out = rewritten(source, tmp_path / "out.mkv")
    assert np.allclose(clicks(out), clicks(source), atol=0.03)
    assert clicks(out)[0] == pytest.approx(0.2, abs=0.03)


def test_uncompressed_sound(tmp_path: Path) -> None:
    source = with_tone(tmp_path / "in.mkv", codec="pcm_s16le")
    assert np.allclose(clicks(rewritten(source, tmp_path / "out.mkv")), [0.5, 1, 1.5, 2, 2.5], atol=0.03)


def test_a_silent_source_and_a_folder(tmp_path: Path) -> None:
    encode(tmp_path / "mute.mp4", moving_frames(60, 32, 48), rate=20)
    assert not probe(rewritten(tmp_path / "mute.mp4", tmp_path / "out.mp4")).has_audio
    assert probe(rewritten(with_tone(tmp_path / "in.mp4"), tmp_path / "frames")).frames == 60


def test_a_source_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(DdsrError, match="no such file or folder"):
        rewritten(tmp_path / "nope.mp4", tmp_path / "out.mp4")
    assert list(tmp_path.iterdir()) == []


def test_times_of_a_variable_rate_with_sound(tmp_path: Path) -> None:
    source = with_tone(tmp_path / "in.mp4")
    times = np.cumsum([0, *np.tile([0.03, 0.07], 30)])[:60]
    sound = SoundOf(source)
    with VideoWriter(tmp_path / "v.mkv", width=48, height=32, fps=20, timestamps=list(times), sound=sound) as writer:
        for frame in moving_frames(60, 32, 48):
            writer.write(frame)
    assert np.allclose(read_timestamps(tmp_path / "v.mkv"), times, atol=0.001)
    assert np.allclose(clicks(tmp_path / "v.mkv"), clicks(source), atol=0.002)
