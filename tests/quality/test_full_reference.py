"""Full-reference measures: official figures, definitions by the letter, closed forms, odd frames, error texts."""

import csv
import os
from pathlib import Path

import by_definition
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_limits

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metrics import gmsd, ms_ssim, ms_ssim_sum, psnr, psnr_y, ssim, vif, vifp
from ddsr_bench.quality.steerable import bands

METRICS = {module.METRIC.name: module.METRIC for module in (psnr, psnr_y, ssim, ms_ssim, ms_ssim_sum, gmsd, vif, vifp)}
OFFICIAL = {"psnr": "psnr", "ssim": "ssim", "ms-ssim-sum": "ms_ssim", "gmsd": "gmsd", "vif": "vif"}
BEST = {name: 0.0 if name == "gmsd" else 100.0 if name.startswith("psnr") else 1.0 for name in METRICS}


def run(name, pictures, reference):
    scorer = METRICS[name].start()
    values = scorer.add(Frames(np.asarray(pictures)), Frames(np.asarray(reference)))
    return np.concatenate([values, scorer.finish()])


def scene(height=180, width=200, seed=0):
    """Texture with edges and a flat part; uint8 (H, W, 3)."""
    rng = np.random.default_rng(seed)
    picture = cv2.GaussianBlur(rng.uniform(0, 255, (height, width, 3)).astype(np.float32), (0, 0), 2)
    picture = np.clip((picture - 127) * 5 + 127, 0, 255).astype(np.uint8)
    picture[height // 4 : height // 2, width // 4 : width // 2] = (200, 30, 90)
    return picture


def noisy(picture, sigma, seed=1):
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(np.rint(picture + noise), 0, 255).astype(np.uint8)


def blurred(picture, sigma=1.5):
    return cv2.GaussianBlur(picture, (0, 0), sigma)


def grey(picture):
    return Frames(picture[None]).plane("gray")[0].astype(np.float64)


@pytest.fixture(scope="session")
def calibration():
    """Folder of official scores; beside or in it, ``ref_dir`` with the references of the pictures' names."""
    shared = Path(os.environ.get("DDSR_BENCH_SHARED", Path(__file__).parents[3] / "shared"))
    folder = Path(os.environ.get("DDSR_BENCH_CALIBRATION", shared / "data" / "calibration"))
    places = [Path(os.environ["DDSR_BENCH_REFERENCES"])] if "DDSR_BENCH_REFERENCES" in os.environ else []
    places += [folder / "ref_dir", folder.parent / "ref_dir"]
    references = next((place for place in places if place.is_dir()), None)
    if not (folder / "official_scores.csv").is_file():
        pytest.skip(f"no official_scores.csv in {folder}; set DDSR_BENCH_CALIBRATION")
    if references is None:
        pytest.skip("no reference pictures; set DDSR_BENCH_REFERENCES to ResultsCalibra/ref_dir of pyiqa's source")
    return folder, references


def printed_half(text):
    """Half a unit of the last place of a printed figure."""
    return 0.5 * 10.0 ** -len(text.partition(".")[2])


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_figures(calibration, name):
    """Within .1 % of what the authors' programs gave for the TID2013 pairs, beyond the rounding of the figure."""
    folder, references = calibration
    with (folder / "official_scores.csv").open() as file:
        official = next(row for row in csv.DictReader(file) if row.pop("Method") == OFFICIAL[name])
    pairs = [file for file in official if (folder / file).is_file() and (references / file).is_file()]
    assert pairs
    for file in pairs:
        picture, reference = (cv2.imread(str(place / file))[..., ::-1] for place in (folder, references))
        assert run(name, [picture], [reference])[0] == pytest.approx(
            float(official[file]), rel=1e-3, abs=printed_half(official[file])
        ), file


CASES = {
    "blur": blurred(scene()),
    "noise": noisy(scene(), 20),
    "little noise": noisy(scene(), 0.6),
    "odd size": blurred(scene(177, 183)),
    "other scene": scene(seed=5),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("name", ["ssim", "ms-ssim", "ms-ssim-sum", "gmsd", "vifp"])
def test_by_definition(case, name):
    picture = CASES[case]
    reference = scene(*picture.shape[:2])
    function = getattr(by_definition, name.replace("-sum", "").replace("-", "_"))
    extra = ["sum"] if name.endswith("sum") else []
    expected = function(grey(picture), grey(reference), *extra)
    assert run(name, [picture], [reference])[0] == pytest.approx(expected, rel=2e-5, abs=1e-7)


@pytest.mark.parametrize("case", CASES)
def test_vif_by_loops(case):
    picture = CASES[case]
    reference = scene(*picture.shape[:2])
    expected = by_definition.vif(grey(picture), grey(reference), bands)
    assert run("vif", [picture], [reference])[0] == pytest.approx(expected, rel=2e-5)


def test_the_pyramid_is_derivative_and_low_pass():
    """The bands of the filter set: no response to a constant, odd, rotated into each other; low-passes of gain 1, 2."""
    impulse = np.zeros((65, 65))
    impulse[32, 32] = 1
    (across, along), *_ = bands(impulse, 1)
    assert np.allclose(across, along.T, atol=1e-12)
    assert np.allclose(across, -across[::-1], atol=1e-12)
    flat = bands(np.full((65, 65), 10.0), 4)
    assert max(np.abs(band).max() for pair in flat for band in pair) < 1e-10
    ramp = bands(np.tile(np.arange(64.0)[:, None], (1, 64)), 3)
    # Each further level sees the ramp through a low-pass of gain 2 and at half the samples: four times the slope.
    slopes = [abs(pair[0][pair[0].shape[0] // 2, pair[0].shape[1] // 2]) for pair in ramp]
    assert slopes[1] / slopes[0] == pytest.approx(4, rel=1e-3)
    assert slopes[2] / slopes[1] == pytest.approx(4, rel=1e-3)


def test_psnr_is_opencvs_and_luma_is_worked_by_hand():
    picture, reference = noisy(scene(), 5), scene()
    assert run("psnr", [picture], [reference])[0] == pytest.approx(cv2.PSNR(picture, reference), abs=1e-9)
    # Green one level up: Y goes up by 128.553 / 255.
    raised = reference.copy()
    raised[..., 1] = np.clip(raised[..., 1], 0, 254) + 1
    even = reference.copy()
    even[..., 1] = np.clip(even[..., 1], 0, 254)
    assert run("psnr-y", [raised], [even])[0] == pytest.approx(20 * np.log10(255 / (128.553 / 255)), abs=1e-3)
    assert run("psnr", [raised], [even])[0] == pytest.approx(10 * np.log10(3 * 255**2), abs=1e-9)


@given(st.integers(0, 255), st.integers(0, 255))
@settings(max_examples=20, deadline=None)
def test_ssim_of_constants_is_its_luminance_term(a, b):
    planes = [np.full((1, 16, 16), value, np.float32) for value in (a, b)]
    expected = (2 * a * b + 2.55**2) / (a * a + b * b + 2.55**2)
    assert ssim.ssim(*planes)[0] == pytest.approx(expected, abs=1e-6)


def test_contrast_against_structure_scores_no_ms_ssim():
    """The power of a negative mean has no value; inverted texture has one at every scale."""
    picture = scene(200, 200)
    assert run("ms-ssim", [255 - picture], [picture])[0] == 0
    assert run("ms-ssim-sum", [255 - picture], [picture])[0] < 0


def test_vifp_of_raised_contrast_is_above_one():
    picture = (scene().astype(np.float32) - 128) * 0.5 + 128
    stronger = np.clip((picture - 128) * 1.2 + 128, 0, 255)
    for name in ("vif", "vifp"):
        assert run(name, [stronger.astype(np.uint8)], [picture.astype(np.uint8)])[0] > 1.02


@pytest.mark.parametrize("name", METRICS)
def test_equal_frames_have_the_best_score_exactly(name):
    assert run(name, [scene()], [scene()])[0] == pytest.approx(BEST[name], abs=2e-7)


@pytest.mark.parametrize("name", METRICS)
@pytest.mark.parametrize("worse", [noisy, blurred])
def test_scores_fall_with_every_step(name, worse):
    steps = (2, 6, 12, 25) if worse is noisy else (0.6, 1, 2, 4)
    values = run(name, [worse(scene(), step) for step in steps], [scene()] * 4)
    assert (np.diff(values) < 0).all() == METRICS[name].higher_is_better
    assert (np.diff(values) > 0).all() != METRICS[name].higher_is_better


@pytest.mark.parametrize("name", METRICS)
def test_a_score_depends_on_its_frame_alone(name):
    """Alone, in a batch, with OpenCV's or BLAS's threads: the same bits."""
    pictures, reference = [noisy(scene(seed=k), 5 * k + 1) for k in range(3)], [scene(seed=k) for k in range(3)]
    together = run(name, pictures, reference)
    alone = np.concatenate([run(name, [a], [b]) for a, b in zip(pictures, reference, strict=True)])
    threads = cv2.getNumThreads()
    try:
        cv2.setNumThreads(4)
        with threadpool_limits(1):
            other = run(name, pictures, reference)
    finally:
        cv2.setNumThreads(threads)
    assert np.array_equal(together, alone)
    assert np.array_equal(together, other)


def degenerate(size):
    height, width = size
    checker = np.indices((height, width)).sum(axis=0) % 2 * 255
    levels = [np.full((height, width), level) for level in (0, 128, 255)]
    return [np.repeat(plane[..., None], 3, axis=2).astype(np.uint8) for plane in (*levels, checker)]


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (9, 200), (41, 65), (65, 66), (177, 179)])
@pytest.mark.parametrize("name", METRICS)
def test_degenerate_frames_have_a_score_or_one_clear_error(name, size):
    metric, frames = METRICS[name], degenerate(size)
    for picture in frames:
        for reference in frames:
            if min(size) < metric.smallest[0]:
                message = f": frames are {size[1]}x{size[0]}, it needs {metric.smallest[1]}x{metric.smallest[0]}; leave"
                with pytest.raises(DdsrError, match=message):
                    run(name, [picture], [reference])
                continue
            value = run(name, [picture], [reference])[0]
            assert np.isfinite(value)
            if picture is reference:
                assert value == pytest.approx(BEST[name], abs=2e-7)


@pytest.mark.parametrize("name", ["ssim", "ms_ssim", "gmsd", "vif", "vifp", "psnr"])
def test_bad_samples_are_told_and_wide_ranges_scored(name):
    function = getattr(globals()[name], name)
    good = np.stack([grey(scene())]).astype(np.float32)
    for bad_value in (np.nan, np.inf, -np.inf):
        bad = good.copy()
        bad[0, 5, 7] = bad_value
        for pair in ((bad, good), (good, bad)):
            with pytest.raises(DdsrError, match=r"^\S+: frames hold NaN or infinite samples; repair them"):
                function(*pair)
    assert np.isfinite(function(good * 4, good)).all()
    with pytest.raises(DdsrError, match=r"^\S+: pictures of shape \(1, 180, 200\), reference of \(1, 180, 199\); give"):
        function(good, good[..., 1:])


@pytest.mark.parametrize("name", METRICS)
def test_what_does_not_fit_together_is_told(name):
    frames = Frames(np.stack([scene()] * 2), first=4)
    with pytest.raises(DdsrError, match=f"^{name}: needs the sharp clip to compare with; name it as the reference or"):
        METRICS[name].start().add(frames, None)
    with pytest.raises(DdsrError, match=f"^{name}: frames are 200x180, those of the reference 100x180; give clips of"):
        METRICS[name].start().add(frames, Frames(frames.rgb[:, :, :100]))
    with pytest.raises(DdsrError, match=f"^{name}: 6 frames, but 5 of the reference; give clips of one length"):
        METRICS[name].start().add(frames, Frames(frames.rgb[:1], first=4))
