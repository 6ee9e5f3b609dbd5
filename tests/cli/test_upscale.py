"""``upscale`` as a user types it: files, times, sound, exit codes, the text of errors."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
import torch
from click.testing import CliRunner
from conftest import moving_scene

from ddsr_bench.cli import main
from ddsr_bench.video import VideoWriter, frames_sha256, probe, read_frames, read_timestamps, write_video

NETWORK = """
import torch
from torch import nn
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 12, 3, 1, 1)

    def forward(self, x):
        return torch.sigmoid(nn.functional.pixel_shuffle(self.conv(x), 2))


NETWORK = Network(build=lambda scale: Tiny(), drive="frame", halo=1)
tiny = network_method("tiny", NETWORK, scales=(2,), smallest=(16, 16), fewest=2)
"""

PLAIN = """
import time


def slow(frames, scale):
    for frame in frames:
        time.sleep(0.2)
        yield frame.repeat(scale, 0).repeat(scale, 1)


def picky(frames, scale):
    for frame in frames:
        if frame.shape[0] != 64:
            raise RuntimeError("only 64 rows")
        yield frame.repeat(scale, 0).repeat(scale, 1)
"""


def run(*arguments):
    return CliRunner().invoke(main, ["upscale", *map(str, arguments)])


def frames_of(path):
    return np.stack(list(read_frames(path)))


def left(folder):
    """Files under temporary names."""
    return [path for path in folder.rglob("*") if ".part" in path.name or path.suffix == ".tmp"]


@pytest.fixture
def sources(tmp_path, make_video):
    for index, name in enumerate("abc"):
        make_video(f"src/{name}.mkv", moving_scene(5, 96, 64, seed=index))
    return tmp_path / "src"


@pytest.fixture
def own(tmp_path):
    (tmp_path / "own.py").write_text(PLAIN)
    return tmp_path / "own.py"


@pytest.fixture
def network(tmp_path):
    (tmp_path / "network.py").write_text(NETWORK)
    return tmp_path / "network.py"


@pytest.fixture
def weights(tmp_path):
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(3, 12, 3, 1, 1)
    state = {"conv.weight": conv.weight.detach(), "conv.bias": conv.bias.detach()}
    torch.save({"params": state}, tmp_path / "tiny.pth")
    return tmp_path / "tiny.pth"


def test_a_folder_run_is_complete(sources, tmp_path):
    out = tmp_path / "out"
    result = run(sources, "--method", "nearest", "--scale", 2, "--out", out)
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in out.iterdir()) == ["records", "results.json", "sr"]
    for name in "abc":
        expected = frames_of(sources / f"{name}.mkv").repeat(2, 1).repeat(2, 2)
        made = frames_of(out / "sr" / f"{name}.mkv")
        assert np.array_equal(made, expected)
        record = json.loads((out / "records" / f"{name}.json").read_text())
        assert record["sr"]["frames_sha256"] == frames_sha256(made)
        assert (record["sr"]["width"], record["sr"]["height"], record["sr"]["frames"]) == (192, 128, 5)
    results = json.loads((out / "results.json").read_text())
    assert results["method"] == {"asked": "nearest", "name": "nearest", "version": "1"}
    assert [clip["id"] for clip in results["clips"]] == ["a", "b", "c"]
    assert results["failures"] == []
    assert results["command"] == "upscale"
    assert "upscale, frames: 15/15" in result.output
    assert left(tmp_path) == []


def test_one_file_formats_frames_and_scales(sources, tmp_path):
    for name, options, shape in (
        ("x.mp4", ("--crf", 30), (5, 256, 384, 3)),
        ("y.mkv", ("--scale", 1.5, "--frames", "1:4"), (3, 96, 144, 3)),
        ("z.mov", ("--scale", 2, "--frames", "4:99"), (1, 128, 192, 3)),
    ):
        result = run(sources / "a.mkv", "--method", "bicubic", "--out", tmp_path / name, *options)
        assert result.exit_code == 0, result.output
        assert frames_of(tmp_path / name).shape == shape
    assert run(sources / "a.mkv", "--method", "nearest", "--out", tmp_path / "p", "--format", "png").exit_code == 0
    assert len(list((tmp_path / "p" / "sr" / "a").glob("*.png"))) == 5


def test_resume_and_overwrite(sources, tmp_path):
    out = tmp_path / "out"
    command = (sources, "--method", "nearest", "--scale", 2, "--out", out)
    assert run(*command).exit_code == 0
    again = run(*command)
    assert again.exit_code == 1
    assert "not empty; add --resume to go on, --overwrite to make it anew" in again.output
    stamps = {path.name: path.stat().st_mtime_ns for path in (out / "sr").iterdir()}
    (out / "sr" / "b.mkv").write_bytes(b"torn")
    resumed = run(*command, "--resume")
    assert "2 clips are there already" in resumed.output
    assert (out / "sr" / "a.mkv").stat().st_mtime_ns == stamps["a.mkv"]
    assert frames_of(out / "sr" / "b.mkv").shape == (5, 128, 192, 3)
    assert "there already" not in run(*command[:-4], "--scale", 3, "--out", out, "--resume").output
    assert run(*command, "--overwrite").exit_code == 0
    assert (out / "sr" / "a.mkv").stat().st_mtime_ns != stamps["a.mkv"]
    assert "exclude each other" in run(*command, "--resume", "--overwrite").output
    single = (sources / "a.mkv", "--method", "nearest", "--out", tmp_path / "a.mp4")
    assert run(*single).exit_code == 0
    assert "is there already; add --overwrite" in run(*single).output
    assert run(*single, "--overwrite").exit_code == 0


def test_workers_give_the_same_bytes(sources, tmp_path, own):
    for name, workers in (("one", 1), ("two", 2)):
        command = [sys.executable, "-m", "ddsr_bench", "upscale", str(sources), "--method", f"{own}:picky"]
        command += ["--out", str(tmp_path / name), "--workers", str(workers)]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    for name in "abc":
        one, two = ((tmp_path / run_ / "sr" / f"{name}.mkv").read_bytes() for run_ in ("one", "two"))
        assert one == two


def test_a_bad_clip_stops_nothing_else(sources, tmp_path, own, make_video):
    make_video("src/odd.mkv", moving_scene(3, 40, 30))
    (sources / "torn.mp4").write_bytes(b"\0\0\0\x20ftypisom" + b"\0" * 200)
    out = tmp_path / "out"
    result = run(sources, sources / "gone.mkv", "--method", f"{own}:picky", "--scale", 2, "--out", out)
    assert result.exit_code == 1
    assert "Failed (3):" in result.output
    assert "gone.mkv: no such file or folder" in result.output
    assert "torn.mp4: MP4 without a readable index" in result.output
    assert "RuntimeError: only 64 rows" in result.output
    assert "3 clips upscaled (15 frames), 3 failed" in result.output
    assert sorted(path.stem for path in (out / "sr").iterdir()) == ["a", "b", "c"]
    assert len(json.loads((out / "results.json").read_text())["failures"]) == 3
    assert left(tmp_path) == []


def test_sound_and_variable_times_are_kept(tmp_path):
    frames = moving_scene(20, 48, 32)
    times = list(np.cumsum([0, *np.tile([0.03, 0.07], 10)])[:20])
    with VideoWriter(tmp_path / "silent.mkv", width=48, height=32, fps=20, timestamps=times) as writer:
        for frame in frames:
            writer.write(frame)
    with av.open(str(tmp_path / "silent.mkv")) as source, av.open(str(tmp_path / "in.mkv"), "w") as output:
        video = output.add_stream_from_template(source.streams.video[0])
        sound = output.add_stream("aac", rate=8000, layout="mono")
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = video
                output.mux(packet)
        for index in range(8):
            part = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            part.sample_rate, part.pts = 8000, 1024 * index
            output.mux(sound.encode(part))
        output.mux(sound.encode())
    assert probe(tmp_path / "in.mkv").is_vfr
    result = run(tmp_path / "in.mkv", "--method", "nearest", "--scale", 2, "--out", tmp_path / "out.mkv")
    assert result.exit_code == 0, result.output
    assert probe(tmp_path / "out.mkv").has_audio
    assert np.allclose(read_timestamps(tmp_path / "out.mkv"), times, atol=0.002)
    part = run(tmp_path / "in.mkv", "--method", "nearest", "--frames", "4:9", "--out", tmp_path / "part.mp4")
    assert part.exit_code == 0, part.output
    assert np.allclose(read_timestamps(tmp_path / "part.mp4"), np.subtract(times[4:9], times[4]), atol=0.002)
    with av.open(str(tmp_path / "part.mp4")) as clip:
        ends = [float((p.pts + p.duration) * p.time_base) for p in clip.demux(audio=0) if p.pts is not None]
    assert max(ends) < times[9] - times[4] + 0.15


def test_a_network_with_the_users_weights(sources, tmp_path, network, weights):
    command = ("--method", f"{network}:tiny", "--weights", weights)
    result = run(sources / "a.mkv", *command, "--out", tmp_path / "a.mkv")
    assert result.exit_code == 0, result.output
    tiled = run(sources / "a.mkv", *command, "--tile", 16, "--out", tmp_path / "b.mkv", "--precision", "fp32")
    assert tiled.exit_code == 0, tiled.output
    assert np.abs(frames_of(tmp_path / "a.mkv").astype(int) - frames_of(tmp_path / "b.mkv")).max() <= 1


class Payload:
    """A pickle that would make a file if it were trusted."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (open, (self.path, "w"))


def test_bad_weights(sources, tmp_path, network, weights):
    def told(file, method=f"{network}:tiny"):
        result = run(sources / "a.mkv", "--method", method, "--weights", file, "--out", tmp_path / "out.mkv")
        assert result.exit_code == 1
        assert result.output.count("\n") == 1, result.output
        assert not (tmp_path / "out.mkv").exists()
        return result.output

    bad = tmp_path / "bad.pth"
    torch.save({"conv.weight": torch.zeros(12, 3, 5, 5), "other.bias": torch.zeros(3)}, bad)
    text = told(bad)
    assert "wrong checkpoint for the method, it lacks 1: conv.bias; has unknown 1: other.bias" in text
    assert "has other shapes 1: conv.weight (12, 3, 5, 5) for (12, 3, 3, 3)" in text
    assert "lacks 144: conv_first.weight, conv_first.bias" in told(weights, "edvr")
    bad.write_bytes(pickle.dumps(Payload(tmp_path / "touched")))
    assert "not a checkpoint of plain tensors" in told(bad)
    assert not (tmp_path / "touched").exists()
    bad.write_bytes(weights.read_bytes()[:500])
    assert "not a checkpoint of plain tensors" in told(bad)
    assert "no such file; give the checkpoint" in told(tmp_path / "nope.pth")


def test_missing_weights_name_the_command(sources, tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    result = run(sources, "--method", "realbasicvsr", "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "are not here; fetch them with: ddsr-bench weights fetch realbasicvsr" in result.output
    assert "clips upscaled" not in result.output


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--method", "bicubic", "--scale", 8), "method 'bicubic': has no x8; it makes x2, x3, x4"),
        (("--method", "bicubik"), "did you mean 'bicubic'"),
        (("--method", "bicubic-unsharp", "--option", "amount=9"), "option amount is 9; give 0 to 5"),
        (("--method", "bicubic-unsharp", "--option", "amuont=1"), "has no option 'amuont'; it knows amount, radius"),
        (("--method", "bicubic", "--option", "amount"), "'amount' is no option; write name=number"),
        (("--method", "bicubic", "--frames", "7:"), "has 5 frames, none from 7 on; ask for earlier"),
        (("--method", "bicubic", "--crf", 20), "--crf 20: only lossy files have one; write MP4"),
        (("--method", "nope.py:f"), "nope.py: no such Python file"),
        (("--method", "folder:nope"), "folder:nope: no such folder"),
    ],
)
def test_mistakes_are_told_in_one_line(sources, tmp_path, options, text):
    result = run(sources / "a.mkv", "--out", tmp_path / "out", *options)
    assert result.exit_code != 0
    assert text in result.output


def test_clips_that_a_method_cannot_take(tmp_path, network, weights, make_video):
    command = ("--method", f"{network}:tiny", "--weights", weights)
    make_video("one.mkv", moving_scene(1, 32, 32))
    make_video("small.mkv", moving_scene(3, 20, 12))
    one, small = (run(tmp_path / f"{name}.mkv", *command, "--out", tmp_path / "out.mkv") for name in ("one", "small"))
    assert "one: 1 frames, but method 'tiny' needs 2; use a longer clip or another method" in one.output
    assert "small: 20x12, but method 'tiny' needs 16x16; use larger frames or another method" in small.output
    assert (one.exit_code, small.exit_code) == (1, 1)


def test_one_frame_grey_and_alpha(tmp_path):
    picture = moving_scene(1, 32, 24)[0]
    for name, image in (
        ("grey", picture[..., 0]),
        ("alpha", np.dstack([picture, np.full((24, 32), 9, np.uint8)])),
    ):
        (tmp_path / name).mkdir()
        cv2.imwrite(str(tmp_path / name / "0.png"), image)
        result = run(tmp_path / name, "--method", "nearest", "--scale", 2, "--out", tmp_path / f"{name}.mkv")
        assert result.exit_code == 0, result.output
        expected = np.dstack([image] * 3) if image.ndim == 2 else image[..., 2::-1]
        assert np.array_equal(frames_of(tmp_path / f"{name}.mkv")[0], expected.repeat(2, 0).repeat(2, 1))


def test_frames_that_change_size(tmp_path):
    (tmp_path / "frames").mkdir()
    for index, width in enumerate((32, 32, 40)):
        cv2.imwrite(str(tmp_path / "frames" / f"{index}.png"), np.zeros((24, width, 3), np.uint8))
    result = run(tmp_path / "frames", "--method", "nearest", "--out", tmp_path / "out.mkv")
    assert result.exit_code == 1
    assert "2.png: 40x24, but 0.png is 32x24" in result.output
    assert not (tmp_path / "out.mkv").exists()
    assert left(tmp_path) == []


def test_a_folder_of_sr_clips_stands_for_a_method(sources, tmp_path):
    assert run(sources, "--method", "bicubic", "--scale", 2, "--out", tmp_path / "one").exit_code == 0
    result = run(sources, "--method", f"folder:{tmp_path / 'one' / 'sr'}", "--out", tmp_path / "two")
    assert result.exit_code == 0, result.output
    for name in "abc":
        assert np.array_equal(*(frames_of(tmp_path / run_ / "sr" / f"{name}.mkv") for run_ in ("one", "two")))
    write_video(tmp_path / "one" / "sr" / "b.mkv", moving_scene(4, 192, 128), Fraction(24))
    short = run(sources, "--method", f"folder:{tmp_path / 'one' / 'sr'}", "--out", tmp_path / "three")
    assert short.exit_code == 1
    assert "b.mkv: the SR clip ends at frame 4; both need as many frames" in short.output


@pytest.mark.parametrize("target", ["out", "out.mkv"])
def test_interrupted_runs_leave_nothing_half_made(tmp_path, own, make_video, target):
    make_video("in.mkv", moving_scene(60, 48, 32))
    command = [sys.executable, "-m", "ddsr_bench", "upscale", str(tmp_path / "in.mkv"), "--method", f"{own}:slow"]
    with subprocess.Popen([*command, "--out", str(tmp_path / target)], stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not left(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        os.kill(process.pid, signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "nothing half-made was left" in errors
    assert "Traceback" not in errors
    assert left(tmp_path) == []
    assert not list(tmp_path.rglob("out*/sr/*.mkv"))
    assert not (tmp_path / "out.mkv").exists()


def test_files_that_cannot_be_made(sources, tmp_path):
    both = run(sources, "--method", "nearest", "--out", tmp_path / "all.mp4")
    assert "all.mp4: one file, but 3 clips; give a folder as --out" in both.output
    itself = run(sources / "a.mkv", "--method", "nearest", "--out", sources / "a.mkv", "--overwrite")
    assert "a.mkv: is the input itself; choose another --out" in itself.output
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "letter.txt").write_text("mine")
    foreign = run(sources, "--method", "nearest", "--out", tmp_path / "used", "--overwrite")
    assert "holds other files (letter.txt); choose an empty folder for --out" in foreign.output
