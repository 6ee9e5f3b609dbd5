"""Every measure of the catalogue on odd pictures, and whether its values depend on anything but the frames."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.catalogue import get_metric, metric_names
from ddsr_bench.quality.models import PARAMETERS, adopt
from ddsr_bench.quality.runner import score_frames

SHARED = Path(os.environ.get("DDSR_BENCH_SHARED", Path(__file__).parents[3] / "shared"))
# Run in a program of their own, or take long; see test_vmaf.py, fast_vqa/.
ELSEWHERE = {"vmaf", "vmaf-neg", "rw-vsr-qa-fast"}
NAMES = [name for name in metric_names() if name not in ELSEWHERE]
PER_CLIP = {"viideo", "st-nss"}


@pytest.fixture(scope="module")
def metrics(tmp_path_factory):
    """All measures; those whose parameter files are not at hand are left out."""
    folder = SHARED / "data" / "params"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DDSR_BENCH_HOME", str(tmp_path_factory.mktemp("home")))
        for name in set(PARAMETERS) - ELSEWHERE if folder.is_dir() else ():
            adopt(folder, name)
        yield {name: get_metric(name) for name in NAMES if folder.is_dir() or name not in PARAMETERS}


def textured(frames=9, height=184, width=200, seed=0):
    rng = np.random.default_rng(seed)
    base = cv2.GaussianBlur(rng.uniform(0, 255, (height + 20, width + 20, 3)).astype(np.float32), (0, 0), 1.2)
    base = np.clip((base - 127) * 3 + 127, 0, 255)
    clip = [base[t : t + height, 2 * t : 2 * t + width] + rng.normal(0, 4, (height, width, 3)) for t in range(frames)]
    return np.clip(np.rint(clip), 0, 255).astype(np.uint8)


def odd(kind):
    shape = (9, 192, 192, 3)
    if kind == "checker":
        checker = (np.indices(shape[1:3]).sum(0) % 2 * 255).astype(np.uint8)
        return np.broadcast_to(checker[None, :, :, None], shape).copy()
    if kind == "grey":
        return np.repeat(textured()[..., :1], 3, axis=3)
    if kind == "half flat":
        clip = textured()
        clip[:, :, :100] = (10, 200, 90)
        return clip
    sizes = {"1x1": (1, 1), "8x8": (8, 8), "odd": (181, 193), "tall": (200, 1)}
    if kind in sizes:
        return textured(9, *sizes[kind])
    return np.full(shape, {"black": 0, "white": 255, "constant": 97}[kind], np.uint8)


@pytest.mark.parametrize(
    "kind", ["black", "white", "constant", "checker", "grey", "half flat", "1x1", "8x8", "odd", "tall"]
)
def test_odd_pictures_have_a_finite_score_or_one_clear_line(metrics, kind):
    clip = odd(kind)
    sharp = np.clip(clip.astype(int) + textured(len(clip), *clip.shape[1:3], seed=3) // 8, 0, 255).astype(np.uint8)
    scores = score_frames(clip, list(metrics.values()), reference=sharp)
    assert set(scores.values) | set(scores.errors) == set(metrics)
    for name, values in scores.values.items():
        assert np.isfinite(values).all(), name
    for name, line in scores.errors.items():
        assert line.startswith(f"{name}: ") or name in line, line
        assert "\n" not in line
        assert "Traceback" not in line
        assert "internal" not in line
    if kind in ("grey", "half flat", "odd"):
        assert not scores.errors, scores.errors


def test_scores_depend_on_nothing_but_the_frames(metrics):
    clip = textured()
    sharp = np.clip(clip.astype(int) + 5, 0, 255).astype(np.uint8)
    whole = score_frames(clip, list(metrics.values()), reference=sharp, threads=2, batch=9)
    assert not whole.errors
    for name, metric in metrics.items():
        alone = score_frames(clip, [metric], reference=sharp, threads=1, batch=2)
        assert np.array_equal(alone.values[name], whole.values[name]), name


def test_equal_clips_reach_the_best_score(metrics):
    clip = textured()
    full = [metric for metric in metrics.values() if metric.reference == "FR"]
    scores = score_frames(clip, full, reference=clip)
    best = {"psnr": 100, "psnr-y": 100, "gmsd": 0, "tof": 0, "srq-fr": 4.23}  # the sources' MOS
    for metric in full:
        assert scores.values[metric.name] == pytest.approx(best.get(metric.name, 1.0), abs=1e-6), metric.name


def test_a_reference_of_another_size_is_one_line(metrics):
    clip = textured()
    with pytest.raises(DdsrError) as error:
        score_frames(clip, [metrics["psnr"]], reference=clip[:, :-2])
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("value", [np.nan, 1e6, -3.0])
def test_floats_are_refused_where_bytes_are_meant(metrics, value):
    clip = textured(2).astype(np.float32)
    clip[1, 5, 5] = value
    with pytest.raises(DdsrError, match=r"^frames of float32 \(.*\): measures are defined on 8-bit RGB; give uint8"):
        score_frames(clip, [metrics["piqe"], metrics["niqe-fit"]])


def test_every_measure_has_a_card_or_is_a_set_of_features(metrics):
    cards = {path.stem for path in (Path(__file__).parents[2] / "baselines" / "qa").glob("*.toml")}
    without = {name for name in metrics if name not in cards}
    assert without == {"brisque-features", "ms-ssim-sum", "niqe-fit", "psnr-y"}
