"""The pair analysis: every figure against plain loops, and what the records say where a figure is undefined."""

import itertools
import json

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ddsr_bench.evaluate.pairs import pair_analysis

N = 40


@pytest.fixture
def study():
    """Forty videos of ten inputs, a good and a poor metric with ties, MOS spreads."""
    rng = np.random.default_rng(0)
    mos = np.round(rng.uniform(1, 5, N), 1)
    predictions = np.round(np.stack([mos + rng.normal(0, 0.5, N), mos + rng.normal(0, 2, N)]), 1)
    inputs = [f"lr{k % 10}" for k in range(N)]
    return {
        "names": ["good", "poor"],
        "predictions": predictions,
        "mos": mos,
        "clusters": np.arange(N) % 5,
        "mos_ci95": rng.uniform(0.2, 0.5, N),
        "groups": inputs,
        "counts": rng.multinomial(5, np.full(5, 0.2), size=200),
    }


def plain(mos, spread, score, couples):
    """Krasula's four figures by loops over couples of rows."""
    signed, sizes, labels = [], [], []
    for i, j in couples:
        differ = abs(mos[i] - mos[j]) > np.sqrt(spread[i] ** 2 + spread[j] ** 2)
        labels.append(differ)
        sizes.append(abs(score[i] - score[j]))
        if differ:
            signed.append((score[i] - score[j]) * np.sign(mos[i] - mos[j]))
    signed = np.array(signed)
    both = roc_auc_score([1] * len(signed) + [0] * len(signed), np.concatenate([signed, -signed]))
    accuracy = np.mean((signed > 0) + 0.5 * (signed == 0))
    return len(labels), len(signed), accuracy, roc_auc_score(labels, sizes), both


@pytest.mark.parametrize("scope", ["all", "within_input"])
def test_equals_plain_loops(study, scope):
    couples = list(itertools.combinations(range(N), 2))
    if scope == "within_input":
        couples = [(i, j) for i, j in couples if study["groups"][i] == study["groups"][j]]
    results = pair_analysis(**study)
    for index, name in enumerate(study["names"]):
        part = results.per_metric[name][scope]
        expected = plain(study["mos"], study["mos_ci95"], study["predictions"][index], couples)
        keys = ("pairs", "different", "accuracy", "auc_different_similar", "auc_better_worse")
        assert [part[key] for key in keys] == pytest.approx(expected)
        assert part["cc0"] == part["accuracy"]
        assert part["pairs"] == part["different"] + part["similar"]
        assert not part["sampled"]
        assert part["reasons"] == {}
        for key in ("accuracy", "cc0", "auc_different_similar", "auc_better_worse"):
            low, high = part[f"{key}_ci95"]
            assert low <= part[key] <= high


def test_only_the_order_and_the_differences_matter(study):
    """Scale and offset change nothing; any rising map keeps better/worse accuracy but not the size of differences."""
    base = pair_analysis(**study).per_metric["good"]["all"]
    scaled = pair_analysis(**{**study, "predictions": 4 * study["predictions"] + 8}).per_metric["good"]["all"]
    bent = pair_analysis(**{**study, "predictions": np.exp(study["predictions"])}).per_metric["good"]["all"]
    assert scaled["accuracy"] == bent["accuracy"] == base["accuracy"]
    assert scaled["auc_better_worse"] == pytest.approx(base["auc_better_worse"], abs=1e-3)  # rounding unties a few
    assert bent["auc_different_similar"] != pytest.approx(base["auc_different_similar"], abs=1e-3)


def test_the_better_metric_wins(study):
    tests = pair_analysis(**study).delong
    assert tests["all"]["better_worse"].statistic[0, 1] > 5
    assert tests["all"]["better_worse"].p[0, 1] < 1e-6
    assert tests["within_input"]["better_worse"].p[0, 1] < 0.05


def test_without_groups_there_is_no_inner_view(study):
    results = pair_analysis(**{**study, "groups": None})
    assert results.per_metric["good"]["within_input"] is None
    assert set(results.delong) == {"all"}


def test_undefined_figures_say_why(study):
    """A constant metric, MOS that all tie, MOS that all differ: None with a reason, and JSON takes it."""
    study["predictions"][1] = 3.0
    constant = pair_analysis(**study)
    part = constant.per_metric["poor"]["all"]
    assert part["accuracy"] is part["auc_better_worse"] is part["auc_better_worse_ci95"] is None
    assert set(part["reasons"].values()) == {"constant metric"}
    assert np.isnan(constant.delong["all"]["better_worse"].p[1]).all()

    tied = pair_analysis(**{**study, "mos": np.full(N, 3.0)}).per_metric["good"]["all"]
    assert (tied["different"], tied["accuracy"], tied["auc_better_worse"]) == (0, None, None)
    assert tied["reasons"]["accuracy"] == "no two videos differ"

    apart = pair_analysis(**{**study, "mos": np.arange(N) * 1.0, "mos_ci95": np.zeros(N)}).per_metric["good"]["all"]
    assert apart["similar"] == 0
    assert apart["accuracy"] is not None
    assert apart["reasons"] == {"auc_different_similar": "no two videos are similar"}
    json.dumps([part, tied, apart], allow_nan=False)


def test_missing_predictions(study):
    """Videos that one metric lacks are left out for all; a metric that lacks most is left out itself."""
    study["predictions"][1, :4] = np.nan
    results = pair_analysis(**study)
    assert results.per_metric["good"]["all"]["pairs"] == 36 * 35 // 2
    study["predictions"][1, :30] = np.nan
    results = pair_analysis(**study)
    assert results.per_metric["good"]["all"]["pairs"] == N * (N - 1) // 2
    assert results.per_metric["poor"]["all"]["reasons"]["accuracy"] == "too few predictions"
    assert np.isnan(results.delong["all"]["better_worse"].p[0, 1])
    assert results.delong["all"]["better_worse"].p.shape == (2, 2)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny_tables(n):
    mos = np.arange(n) * 1.0
    results = pair_analysis(["m"], mos[None] * 2, mos, np.arange(n), groups=["a"] * n)
    assert results.per_metric["m"]["all"]["pairs"] == n * (n - 1) // 2


def test_one_cluster_has_no_interval_and_says_so(study):
    part = pair_analysis(**{**study, "clusters": np.zeros(N, int), "counts": None}).per_metric["good"]["all"]
    assert part["accuracy_ci95"] is None
    assert part["reasons"] == {"accuracy_ci95": "fewer than two clusters or pairs to resample"}


def test_sample_is_close_and_seeded():
    """1e5 of 2e6 pairs: within 1 % of all of them, the same twice, marked as a sample."""
    rng = np.random.default_rng(1)
    mos = rng.normal(size=2000)
    study = (["m"], (mos + rng.normal(size=2000))[None], mos, np.arange(2000))
    whole, part, again, other = (
        pair_analysis(*study, seed=seed, limit=limit).per_metric["m"]["all"]
        for seed, limit in ((0, 3_000_000), (0, 100_000), (0, 100_000), (1, 100_000))
    )
    assert part == again != other
    assert (part["pairs"], part["sampled"], whole["sampled"]) == (100_000, True, False)
    for key in ("accuracy", "auc_different_similar", "auc_better_worse"):
        assert part[key] == pytest.approx(whole[key], abs=0.01)
