"""VMAF through ffmpeg: agreement with a run on files, batches, faults; most need the extra ``vmaf``."""

import builtins
import gc
import importlib.util
import json
import subprocess
import sys
from dataclasses import replace

import cv2
import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import ffmpeg_vmaf
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metrics import vmaf, vmaf_neg

needs_ffmpeg = pytest.mark.skipif(
    importlib.util.find_spec("imageio_ffmpeg") is None,
    reason="imageio-ffmpeg is absent; pip install 'ddsr-bench[vmaf]'",
)
METRICS = (vmaf.METRIC, vmaf_neg.METRIC)


def scene(frames=5, height=90, width=131):
    wide = np.random.default_rng(0).uniform(0, 255, (height, width + 20, 3)).astype(np.float32)
    wide = np.clip((cv2.GaussianBlur(wide, (0, 0), 2) - 127) * 5 + 127, 0, 255).astype(np.uint8)
    return np.stack([wide[:, 2 * t : 2 * t + width] for t in range(frames)])


def blurred(clip, sigma=1.2):
    return np.stack([cv2.GaussianBlur(frame, (0, 0), sigma) for frame in clip])


def sharpened(clip):
    return np.stack([cv2.addWeighted(frame, 1.8, cv2.GaussianBlur(frame, (0, 0), 2), -0.8, 0) for frame in clip])


def run(metric, clip, reference, batch=100):
    scorer = metric.start()
    early = [
        scorer.add(Frames(clip[i : i + batch], i), Frames(reference[i : i + batch], i))
        for i in range(0, len(clip), batch)
    ]
    assert not any(len(values) for values in early)
    return scorer.finish()


@needs_ffmpeg
@pytest.mark.parametrize("model", ["vmaf_v0.6.1", "vmaf_v0.6.1neg"])
def test_it_is_ffmpegs_figure_for_two_files(tmp_path, model):
    """The plain way that the manual gives: two files, two inputs; ours sends both through one pipe."""
    clip, reference = blurred(scene()), scene()
    for name, frames in (("a.yuv", clip), ("b.yuv", reference)):
        luma = np.rint(Frames(frames).plane("luma")).astype(np.uint8)
        chroma = np.full((2, 45, 66), 128, np.uint8)
        (tmp_path / name).write_bytes(b"".join(plane.tobytes() + chroma.tobytes() for plane in luma))
    source = ["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "131x90", "-i"]
    measure = f"libvmaf=log_fmt=json:log_path=log.json:model='version={model}'"
    subprocess.run(
        [ffmpeg_vmaf.find_ffmpeg(), *source, "a.yuv", *source, "b.yuv", "-lavfi", measure, "-f", "null", "-"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    expected = [frame["metrics"]["vmaf"] for frame in json.loads((tmp_path / "log.json").read_text())["frames"]]
    metric = METRICS[model.endswith("neg")]
    assert run(metric, clip, reference) == pytest.approx(expected, abs=1e-5)


@needs_ffmpeg
def test_batches_do_not_matter_and_leave_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg_vmaf.tempfile, "tempdir", str(tmp_path))
    whole = run(vmaf.METRIC, blurred(scene()), scene())
    assert np.array_equal(run(vmaf.METRIC, blurred(scene()), scene(), batch=2), whole)
    assert not list(tmp_path.iterdir())


@needs_ffmpeg
def test_it_points_the_right_way_and_neg_ignores_sharpening():
    reference = scene()
    good, bad = (run(vmaf.METRIC, blurred(reference, sigma), reference).mean() for sigma in (0.6, 2))
    assert 100 >= good > bad >= 0
    soft = blurred(reference, 0.8)
    gain, gain_neg = (
        run(metric, sharpened(soft), reference).mean() - run(metric, soft, reference).mean() for metric in METRICS
    )
    assert gain > gain_neg


@needs_ffmpeg
def test_a_scorer_that_is_dropped_takes_its_process_and_folder_along(tmp_path, monkeypatch):
    monkeypatch.setattr(ffmpeg_vmaf.tempfile, "tempdir", str(tmp_path))
    scorer = vmaf.METRIC.start()
    scorer.add(Frames(scene(2)), Frames(scene(2)))
    process = scorer._process
    assert process.poll() is None
    assert list(tmp_path.iterdir())
    del scorer
    gc.collect()
    assert process.poll() is not None
    assert not list(tmp_path.iterdir())


@needs_ffmpeg
def test_a_fault_of_ffmpeg_is_told_in_one_line():
    broken = replace(vmaf.METRIC, start=lambda: ffmpeg_vmaf.VmafScorer("vmaf", "no_such_model"))
    # Few frames: the fault shows at the end. Many: ffmpeg is gone before all are sent.
    for clip in (scene(1), np.concatenate([scene()] * 40)):
        with pytest.raises(DdsrError, match=r"^vmaf: ffmpeg gave no scores for 131x90 frames \(.*\)$"):
            run(broken, clip, clip)


@needs_ffmpeg
def test_frames_that_do_not_fit_are_told():
    with pytest.raises(DdsrError, match=r"^vmaf-neg: frames are 131x16, it needs 17x17; leave vmaf-neg out$"):
        vmaf_neg.METRIC.start().add(Frames(scene(height=16)), Frames(scene(height=16)))
    with pytest.raises(DdsrError, match=r"^vmaf: needs the sharp clip"):
        vmaf.METRIC.start().add(Frames(scene()), None)
    with pytest.raises(DdsrError, match=r"^vmaf: no frames; leave the clip out$"):
        vmaf.METRIC.start().finish()


@needs_ffmpeg
@pytest.mark.parametrize("level", [0, 255])
def test_constant_and_smallest_frames_have_scores(level):
    clip = np.full((3, 17, 18, 3), level, np.uint8)
    assert ((values := run(vmaf.METRIC, clip, clip)) > 90).all()
    assert len(values) == 3


def test_without_the_package_the_extra_is_named(monkeypatch):
    imports = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name == "imageio_ffmpeg":
            raise ImportError(name)
        return imports(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "imageio_ffmpeg", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    for metric in METRICS:
        with pytest.raises(DdsrError) as caught:
            metric.start()
        assert str(caught.value) == (
            "vmaf: the package imageio-ffmpeg is not installed; install it with: pip install 'ddsr-bench[vmaf]'"
        )


def test_a_program_without_libvmaf_is_told(monkeypatch):
    class Package:
        get_ffmpeg_exe = staticmethod(lambda: sys.executable)

    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", Package)
    with pytest.raises(DdsrError, match=r"^vmaf: .* has no libvmaf of today; update imageio-ffmpeg, or set IMAGEIO_"):
        vmaf.METRIC.start()


def test_a_package_without_a_program_is_told(monkeypatch):
    class Package:
        @staticmethod
        def get_ffmpeg_exe():
            raise RuntimeError("No ffmpeg exe could be found.")

    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", Package)
    with pytest.raises(DdsrError, match=r"^vmaf: imageio-ffmpeg has no ffmpeg for this machine; set IMAGEIO_FFMPEG"):
        vmaf.METRIC.start()
