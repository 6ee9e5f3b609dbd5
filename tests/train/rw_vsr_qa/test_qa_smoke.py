"""``make train-smoke``: its judgement, and (slow) that it passes where there is something to learn and only there."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[3] / "reports" / "rw-vsr-qa" / "smoke.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("rw_vsr_qa_smoke", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_chance_is_small_for_the_right_order_and_large_for_any_other(script, monkeypatch):
    monkeypatch.setattr(script, "RANDOM_ORDERS", 199)
    labels = np.tile(np.arange(7.0), 4)
    groups = [f"s{k // 7}" for k in range(28)]
    rng = np.random.default_rng(0)
    assert script.chance(labels + rng.normal(0, 0.5, 28), labels, groups) == 1 / 200
    assert script.chance(-labels, labels, groups) == 1
    found = [script.chance(rng.normal(size=28), labels, groups) for _ in range(12)]
    assert 0.2 < np.mean(found) < 0.8
    # That sources differ is nothing that a model is praised for.
    means = np.repeat(np.arange(4.0), 7)
    assert script.chance(means + rng.normal(0, 0.01, 28), means, groups) == 1


def test_damages_are_what_their_names_say(script):
    rng = np.random.default_rng(1)
    clip = rng.integers(0, 256, (2, script.HEIGHT, script.WIDTH, 3), np.uint8)
    versions = {name: script.damaged(clip, name, 0) for name in script.MOS}
    assert all(one.shape == clip.shape and one.dtype == np.uint8 for one in versions.values())
    away = {name: float(np.abs(one.astype(int) - clip).mean()) for name, one in versions.items()}
    assert away["sharp"] == 0
    for kind in ("blur", "noise", "coarse"):
        assert 0 < away[f"{kind}-1"] < away[f"{kind}-2"]
        assert script.MOS["sharp"] > script.MOS[f"{kind}-1"] > script.MOS[f"{kind}-2"]


@pytest.mark.slow
@pytest.mark.parametrize(("options", "code"), [([], 0), (["--shuffled"], 1)])
def test_training_works_and_shuffled_scores_teach_nothing(options, code):
    environment = {**os.environ, "OMP_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *options], env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "held-out sources (56 videos, simulated scores): SROCC " in done.stdout
    assert done.stdout.endswith("training works\n" if code == 0 else "nothing was learnt that beats chance clearly\n")
