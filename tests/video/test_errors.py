"""One line per mistake: it names the file, says what is wrong and what to do next, and FFmpeg stays silent."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import _add_silence, encode, flat_yuv, moving_frames

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import file_sha256, probe, read_frames, read_luma, read_timestamps, write_video

pytestmark = pytest.mark.filterwarnings("ignore::ddsr_bench.video.UntaggedColourWarning")


def complaint(path: Path, capfd: pytest.CaptureFixture[str]) -> str:
    """The one line that every way into the file gives."""
    texts = set()
    for way in (probe, lambda p: list(read_frames(p)), lambda p: list(read_luma(p)), read_timestamps):
        with pytest.raises(DdsrError) as error:
            way(path)
        texts.add(str(error.value))
    assert capfd.readouterr() == ("", "")
    (text,) = texts
    assert "\n" not in text
    assert path.name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace") in text
    return text


def faststart(source: Path, target: Path) -> None:
    """The same packets with the index in front."""
    with (
        av.open(str(source)) as given,
        av.open(str(target), "w", options={"movflags": "faststart"}) as output,
    ):
        stream = output.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                output.mux(packet)


def test_missing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert complaint(tmp_path / "no.mp4", capfd).endswith("no.mp4: no such file or folder; check the path")


def test_empty(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.mp4").touch()
    assert complaint(tmp_path / "empty.mp4", capfd).endswith("the file is empty; copy or download it again")


def test_text_named_as_a_video(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.mp4").write_text("not a video\n" * 100)
    assert "text.mp4: not a video that FFmpeg can read" in complaint(tmp_path / "text.mp4", capfd)


def test_mp4_cut_before_its_index(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    encode(tmp_path / "clip.mp4", moving_frames(8))
    data = (tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: len(data) // 2])
    assert "cut.mp4: MP4 without a readable index (moov), 0 frames can be read" in complaint(
        tmp_path / "cut.mp4", capfd
    )


@pytest.mark.parametrize("kept", [0.5, 0.8, 0.99])
def test_mp4_cut_in_its_data(tmp_path: Path, kept: float, capfd: pytest.CaptureFixture[str]) -> None:
    encode(tmp_path / "clip.mp4", moving_frames(12), options={"g": "1"})
    faststart(tmp_path / "clip.mp4", tmp_path / "fast.mp4")
    data = (tmp_path / "fast.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(data[: int(len(data) * kept)])
    text = complaint(tmp_path / "cut.mp4", capfd)
    found = re.search(r"cut\.mp4: truncated \((\d+) bytes are missing\), (\d+) of 12 frames can be read; copy", text)
    assert found, text
    assert int(found[1]) == len(data) - int(len(data) * kept)
    assert 0 <= int(found[2]) < 12


@pytest.mark.parametrize(("name", "codec"), [("clip.mkv", "ffv1"), ("clip.avi", "mpeg4")])
def test_other_containers_cut_in_their_data(
    tmp_path: Path, name: str, codec: str, capfd: pytest.CaptureFixture[str]
) -> None:
    encode(tmp_path / name, moving_frames(12), codec=codec)
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: len(data) * 7 // 10])
    assert re.search(r"truncated \(\d+ bytes are missing\), \d+ of 12 frames", complaint(tmp_path / name, capfd))


def test_damage_in_a_lossless_clip_is_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "clip.mkv"
    write_video(path, moving_frames(12), 25)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10  # a single bit
    path.write_bytes(data)
    with pytest.raises(DdsrError, match=r"clip\.mkv: damaged, only \d+ frames could be read; re-encode it or copy"):
        list(read_frames(path))
    assert capfd.readouterr() == ("", "")


def test_damage_in_an_mp4_is_found(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "clip.mp4"
    encode(path, moving_frames(12, 72, 128))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    path.write_bytes(data)
    with pytest.raises(DdsrError, match=r"clip\.mp4: (damaged, \d+ of 12 frames could be read|frame \d+ is damaged)"):
        list(read_frames(path))
    assert capfd.readouterr() == ("", "")


def test_folder_without_images(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "frames"
    folder.mkdir()
    (folder / "notes.txt").write_text("x")
    assert "frames: no PNG or JPEG images here" in complaint(folder, capfd)


def test_sound_only(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with av.open(str(tmp_path / "song.mp4"), "w") as output:
        _add_silence(output, output.add_stream("aac", rate=8000, layout="mono"))
    assert "song.mp4: no video stream (sound only?)" in complaint(tmp_path / "song.mp4", capfd)


@pytest.mark.parametrize(("transfer", "name"), [(16, "PQ"), (18, "HLG")])
def test_hdr(tmp_path: Path, transfer: int, name: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "hdr clip.mkv"
    frame = flat_yuv((400, 512, 512), "yuv420p10le")
    encode(path, [frame], codec="ffv1", pix_fmt="yuv420p10le", tags=(9, transfer, 9, 1))
    text = complaint(path, capfd)
    assert f"HDR ({name}) is not read; tone-map it first: ffmpeg -i '{path}' -vf zscale=t=linear" in text
    assert text.endswith(
        f"tonemap=hable,zscale=t=bt709:m=bt709:r=tv,format=yuv420p -c:v libx264 -crf 12 '{tmp_path}/hdr clip_sdr.mp4'"
    )


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("a.mp4", "libx264", {"x264-params": "tff=1"}),
        ("a.mpg", "mpeg2video", {"flags": "+ildct+ilme"}),
        ("a.mkv", "ffv1", {"field_order": "tt"}),
    ],
)
def test_interlaced(
    tmp_path: Path, name: str, codec: str, options: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    encode(path, moving_frames(5, 64, 64), codec=codec, options=options)
    text = complaint(path, capfd)
    assert f"interlaced video is not read; deinterlace it first: ffmpeg -i {path} -vf bwdif=mode=send_frame" in text


@pytest.mark.parametrize(("start", "stop"), [(-1, None), (3, 3), (4, 2)])
def test_empty_ranges(tmp_path: Path, start: int, stop: int | None) -> None:
    encode(tmp_path / "clip.mp4", moving_frames(5))
    with pytest.raises(DdsrError, match=rf"clip\.mp4: frames {start} to {stop} hold nothing; give 0 <= start < stop"):
        next(read_frames(tmp_path / "clip.mp4", start, stop))


def test_ranges_past_the_end(tmp_path: Path) -> None:
    encode(tmp_path / "clip.mp4", moving_frames(5))
    write_video(tmp_path / "folder", moving_frames(5), 25)
    for name in ("clip.mp4", "folder"):
        assert len(list(read_frames(tmp_path / name, 3, 99))) == 2
        with pytest.raises(DdsrError, match=rf"{name}: has 5 frames, none from 5 on; ask for earlier ones"):
            next(read_frames(tmp_path / name, 5))


def test_the_name_that_is_not_utf8_is_printable(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xefve.mp4"))
    path.write_text("text")
    assert "na\\xefve.mp4: not a video" in complaint(path, capfd)


def test_a_clip_that_changes_size(tmp_path: Path) -> None:
    for name, width in (("a.ts", 64), ("b.ts", 96)):
        encode(tmp_path / name, moving_frames(4, 64, width))
    with (tmp_path / "joined.ts").open("wb") as joined:
        for name in ("a.ts", "b.ts"):
            with (tmp_path / name).open("rb") as part:
                shutil.copyfileobj(part, joined)
    with pytest.raises(DdsrError, match=r"joined\.ts: frame 4 is 96x64, the first 64x64; re-encode to one size"):
        list(read_frames(tmp_path / "joined.ts"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_no_permission(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    encode(tmp_path / "clip.mp4", moving_frames(2))
    (tmp_path / "clip.mp4").chmod(0)
    assert "cannot be opened (Permission denied)" in complaint(tmp_path / "clip.mp4", capfd)


def test_hashing_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DdsrError, match=r"no\.mkv: no such file"):
        file_sha256(tmp_path / "no.mkv")


def test_many_errors_leave_no_file_open(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("x" * 100)
    encode(tmp_path / "clip.mp4", moving_frames(9))
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    for _ in range(5):
        with pytest.raises(DdsrError):
            probe(tmp_path / "text.mp4")
        frames = read_frames(tmp_path / "clip.mp4")
        assert isinstance(next(frames), np.ndarray)
        frames.close()  # type: ignore[attr-defined]
    after = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0
    assert after == before
