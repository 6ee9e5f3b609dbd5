"""Rating a dataset by a simulated panel: measures, spread, variance split, and the command."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest
from small_set import make_set

from ddsr_bench.data.manifest.check import check
from ddsr_bench.data.manifest.read import read_parquet, read_rows
from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.data.rate import rate, variance_split
from ddsr_bench.data.rate_measure import FRAMES, Clip, Flicker, measure, penalty
from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.srq_fr import FEATURES, MOTION

needs_ffmpeg = pytest.mark.skipif(
    importlib.util.find_spec("imageio_ffmpeg") is None,
    reason="imageio-ffmpeg is absent; pip install 'ddsr-bench[vmaf]'",
)


def measured(count=60):
    rng = np.random.default_rng(0)
    rows = []
    for k in range(count):
        left = 1 - 0.6 * k / count
        features = dict.fromkeys(FEATURES, left)
        rows.append({"video_id": f"v{k:02d}", **features, MOTION: 3.0, "flicker": float(rng.uniform(0, 1))})
    return rows


def test_scores_are_spread_simulated_and_in_order():
    found = rate(measured())
    mos = np.array([found.scores[f"v{k:02d}"]["mos"] for k in range(60)])
    assert {one["score_origin"] for one in found.scores.values()} == {"simulated"}
    assert np.corrcoef(np.arange(60), mos)[0, 1] < -0.85
    assert mos.min() < 1.7
    assert mos.max() > 4.3
    assert found.stretched is not None
    assert all(one["n_ratings"] <= 24 for one in found.scores.values())


def test_the_same_seed_gives_the_same_votes_in_any_order():
    rows = measured()
    assert rate(rows, seed=3).ratings == rate(rows[::-1], seed=3).ratings
    assert rate(rows, seed=3).ratings != rate(rows, seed=4).ratings


def test_small_sets_are_not_stretched():
    assert rate(measured(12)).stretched is None


def test_flicker_is_the_error_that_changes_where_nothing_is_to_be_seen():
    rng = np.random.default_rng(0)
    sharp = np.full((64, 64, 3), 120, np.uint8)
    still, noisy = Flicker(), Flicker()
    pattern = rng.normal(0, 5, (64, 64, 1))
    for _ in range(6):
        still.add(np.clip(sharp + pattern, 0, 255).astype(np.uint8), sharp)
        noisy.add(np.clip(sharp + rng.normal(0, 5, (64, 64, 1)), 0, 255).astype(np.uint8), sharp)
    assert still.value() == 0
    assert noisy.value() == pytest.approx(5 * np.sqrt(2), rel=0.05)
    edges = Flicker()
    busy = rng.integers(0, 255, (64, 64, 3)).astype(np.uint8)
    for _ in range(3):
        edges.add(busy, np.roll(busy, 1, axis=1))
    assert edges.value() == 0


def test_the_penalty_begins_late_and_ends():
    assert penalty(0.0) == penalty(1.5) == 0.0
    assert 0.3 < penalty(6.0) < 0.6
    assert penalty(500.0) == pytest.approx(0.8)


def test_the_variance_split_by_hand():
    rows = [
        {
            "mos": 2.0 + 2 * (lr == "b") + 1.0 * (method == "y"),
            "lr_id": lr,
            "method": method,
            "scale": 2,
            "source_set": "s",
        }
        for lr in "ab"
        for method in "xy"
    ]
    found = variance_split(rows)
    assert found["lr_clip"] == pytest.approx(0.8)
    assert found["condition"] == pytest.approx(0.2)
    assert found["interaction"] == pytest.approx(0, abs=1e-12)
    assert found["scale"] == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("count", [1, 3])
def test_equal_scores_have_no_variance_to_split(count):
    row = {"mos": 3.3, "lr_id": "a", "method": "x", "scale": 2, "source_set": "s"}
    assert set(variance_split([{**row, "method": str(n)} for n in range(count)]).values()) == {0.0}


@needs_ffmpeg
def test_the_command_rates_resumes_and_says_simulated(tmp_path):
    root = tmp_path / "set"
    made = make_set(root, sources=3, width=192, height=176)
    nothing = {"mos": None, "mos_ci95": None, "n_ratings": None, "score_origin": "none"}
    write_tables(root, [{**one, **nothing} for one in made])
    command = [sys.executable, "-m", "ddsr_bench", "dataset", "rate", str(root), "--workers", "1"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "6 videos, " in run.stdout
    assert "simulated votes" in run.stdout
    first = read_rows(root)
    assert {one["score_origin"] for one in first} == {"simulated"}
    assert json.loads((root / "rating.json").read_text())["score_origin"] == "simulated"
    assert check(root).violations == []
    assert "**The scores are simulated.**" in (root / "README.md").read_text()
    table = read_parquet(root / "ratings.parquet")
    assert {"video_id", "file_name", "subject", "rating", "session", "shown_at"} <= set(table.column_names)
    again = subprocess.run(command, capture_output=True, text=True, check=False)
    assert again.returncode == 0, again.stderr
    assert "dataset rate: 1/" not in again.stderr
    assert read_rows(root) == first


def test_scores_of_people_are_not_replaced(tmp_path):
    root = tmp_path / "set"
    made = make_set(root, sources=2)
    write_tables(root, [{**one, "score_origin": "subjective"} for one in made])
    run = subprocess.run(
        [sys.executable, "-m", "ddsr_bench", "dataset", "rate", str(root)], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "4 videos have scores by people; a simulated panel shall not replace them" in run.stderr


@needs_ffmpeg
def test_a_video_of_another_length_is_named(tmp_path, make_video):
    from conftest import moving_scene

    short, long = make_video("a.mkv", moving_scene(3, 192, 176)), make_video("b.mkv", moving_scene(FRAMES, 192, 176))
    with pytest.raises(DdsrError, match=r"a\.mkv: differs in length or size from .*b\.mkv; build the dataset again"):
        measure(Clip("x", short, long))
