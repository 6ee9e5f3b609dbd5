"""A whole evaluation, from a table to what results.json says."""

import json
from dataclasses import replace

import numpy as np
import pytest
from rated_scores import rated
from scipy import stats

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.protocol import parse_protocol
from ddsr_bench.evaluate.run import evaluate
from ddsr_bench.evaluate.settings import Settings

VIEWS = ("pooled", "within_source", "within_method", "within_input")
QUICK = Settings(resamples=300)


def run(table, **options):
    return evaluate(table, replace(QUICK, **options))


def plain(evaluation):
    return json.loads(json.dumps(evaluation.results, allow_nan=False))


def test_the_results_have_the_documented_shape():
    table = rated(mos_ci95=np.full(60, 0.3), inputs=tuple(f"i{i // 5}" for i in range(60)))
    results = plain(run(table))
    assert list(results) == ["schema_version", "kind", "data", "settings", "metrics", "comparisons"]
    assert results["data"]["n_sources"] == 12
    assert (results["settings"]["cluster"], results["settings"]["n_clusters"]) == ("source", 12)
    for part in results["metrics"].values():
        assert list(part["views"]) == list(VIEWS)
        for view in part["views"].values():
            for name in ("srocc", "plcc_raw", "plcc", "krocc", "rmse"):
                low, high = view[f"{name}_ci95"]
                assert low < view[name] < high
    assert results["metrics"]["good"]["views"]["pooled"]["outlier_ratio"] < 1
    assert set(results["comparisons"]["tests"]) >= {"bootstrap_srocc", "meng_srocc", "steiger_srocc", "f_residuals"}


def test_the_pooled_values_are_scipys_and_signs_are_turned():
    table = rated()
    metrics = plain(run(table))["metrics"]
    assert metrics["good"]["views"]["pooled"]["srocc"] == pytest.approx(
        stats.spearmanr(table.metrics["good"], table.mos).statistic
    )
    lower = metrics["lower"]
    assert (lower["higher_is_better"], lower["direction"]) == (False, "detected")
    assert lower["views"]["pooled"]["srocc"] == pytest.approx(
        -stats.spearmanr(table.metrics["lower"], table.mos).statistic
    )
    assert lower["views"]["pooled"]["plcc"] > 0.5
    assert lower["views"]["within_source"]["plcc"] > 0.5


def test_directions_given_go_before_cards_and_cards_before_the_data():
    table = rated()
    metrics = plain(run(table, given={"lower": True}, cards={"lower": False, "good": True, "noise": False}))["metrics"]
    assert [metrics[name]["direction"] for name in table.metrics] == ["card", "given", "card"]
    assert metrics["lower"]["views"]["pooled"]["srocc"] < 0


def test_threads_do_not_change_a_bit():
    table = rated()
    protocol = parse_protocol("random:12")
    assert plain(run(table, workers=1, protocol=protocol)) == plain(run(table, workers=3, protocol=protocol))


def test_another_seed_draws_other_resamples():
    ends = [plain(run(rated(), seed=seed))["metrics"]["good"]["views"]["pooled"]["srocc_ci95"] for seed in (0, 1)]
    assert ends[0] != ends[1]


def test_more_metrics_do_not_change_the_others():
    table = rated()
    alone = replace(table, metrics={"good": table.metrics["good"]})
    assert plain(run(alone))["metrics"]["good"]["views"] == plain(run(table))["metrics"]["good"]["views"]


def test_splits_are_scored_on_their_test_rows():
    table = rated()
    protocol = parse_protocol("random:15")
    found = plain(run(table, protocol=protocol))
    assert (found["settings"]["splits"], found["settings"]["source_disjoint"]) == (15, True)
    splits = protocol.splits(len(table.mos), sources=table.sources, seed=0)
    x = table.metrics["lower"]
    expected = [-stats.spearmanr(x[s.test], table.mos[s.test]).statistic for s in splits]
    row = found["metrics"]["lower"]["protocol"]["srocc"]
    assert row["median"] == pytest.approx(np.median(expected))
    assert row["std"] == pytest.approx(np.std(expected, ddof=1))
    assert row["n_splits"] == 15


def test_plain_splits_and_left_out_methods():
    table = rated()
    free = plain(run(table, protocol=parse_protocol("random:10"), disjoint=False))
    assert free["settings"]["source_disjoint"] is False
    left = plain(run(table, protocol=parse_protocol("leave-method-out")))
    assert left["settings"]["splits"] == 5
    rows = np.array(table.methods) == "m0"
    values = [
        stats.kendalltau(table.metrics["good"][np.array(table.methods) == m], table.mos[np.array(table.methods) == m])
        for m in sorted(set(table.methods))
    ]
    assert rows.sum() == 12
    assert left["metrics"]["good"]["protocol"]["krocc"]["mean"] == pytest.approx(np.mean([v.statistic for v in values]))


def test_features_are_trained_inside_the_splits():
    table = rated(features=True)
    found = run(table, protocol=parse_protocol("kfold:4"), regressor="ridge")
    part = plain(found)["metrics"]["mine"]
    assert part["trained"] == {"regressor": "ridge", "n_features": 3}
    assert part["direction"] == "trained"
    assert part["views"]["pooled"]["srocc"] > 0.4
    assert part["protocol"]["srocc"]["n_splits"] == 4
    assert np.isfinite(found.predictions["mine"]).all()
    # Predictions come from rows that were held out: features of pure chance predict nothing.
    chance = replace(table, features={"mine": np.random.default_rng(0).normal(size=(60, 30))})
    assert (
        plain(run(chance, protocol=parse_protocol("kfold:4"), regressor="ridge"))["metrics"]["mine"]["views"]["pooled"][
            "srocc"
        ]
        < 0.35
    )


def test_features_need_splits_that_hold_out_every_video():
    table = rated(features=True)
    with pytest.raises(DdsrError, match=r"^metric 'mine': features are trained inside splits and --protocol is none"):
        run(table)
    with pytest.raises(DdsrError, match=r"^metric 'mine': the protocol holds out all but \d+ of 60 videos; use kfold"):
        run(table, protocol=parse_protocol("random:1"), regressor="ridge")


@pytest.mark.parametrize("mapping", ["logistic4", "logistic5", "linear", "none"])
@pytest.mark.parametrize("interval", ["t", "percentile", "bca"])
def test_every_mapping_with_every_interval(mapping, interval):
    view = plain(run(rated(), mapping=mapping, interval=interval))["metrics"]["good"]["views"]["pooled"]
    for name in ("srocc", "plcc", "krocc"):
        low, high = view[f"{name}_ci95"]
        assert -1 <= low < high <= 1
    assert (view["rmse"] > 1) == (mapping == "none"), "an unmapped metric is not on the scale of MOS"


def test_constants_ties_and_one_source_give_reasons_not_crashes():
    table = rated()
    metrics = {**table.metrics, "flat": np.full(60, 4.0)}
    found = plain(run(replace(table, metrics=metrics), protocol=parse_protocol("random:5")))
    part = found["metrics"]["flat"]
    assert part["protocol"]["rmse"] == {**dict.fromkeys(("median", "mean", "std", "q25", "q75")), "n_splits": 0}
    for test in found["comparisons"]["tests"].values():
        assert test["p"][3] == test["better"][3] == [None] * 4
    assert part["views"]["pooled"]["srocc"] is None
    assert part["views"]["pooled"]["reasons"]["srocc"] == "constant metric"
    assert part["mapping"]["used"] == "none"
    tied = plain(run(replace(table, mos=np.full(60, 3.0))))["metrics"]["good"]["views"]["pooled"]
    assert (tied["plcc"], tied["reasons"]["plcc"]) == (None, "all MOS are equal")
    single = plain(run(replace(table, sources=("s",) * 60)))["metrics"]["good"]["views"]["pooled"]
    assert single["srocc"] is not None
    assert single["srocc_ci95"] is None
    assert single["reasons"]["srocc_ci95"].startswith("1 independent group cannot tell the spread")


def test_small_groups_are_skipped_by_name():
    table = rated(sources=4, methods=5)
    sources = ("lone", *table.sources[1:])
    view = plain(run(replace(table, sources=sources)))["metrics"]["good"]["views"]["within_source"]
    assert view["skipped"] == {"lone": "1 video"}
    assert view["groups"] == 4
    assert sorted(view["per_group"]) == ["s00", "s01", "s02", "s03"]


def test_long_tables_use_first_order_draws_and_agree(monkeypatch):
    table = rated(60, 8)
    exact = plain(run(table))
    monkeypatch.setattr("ddsr_bench.evaluate.context.EXACT_ROWS", 100)
    linear = plain(run(table, protocol=parse_protocol("random:5")))
    assert (exact["settings"]["resampling"], linear["settings"]["resampling"]) == ("exact", "linearised")
    for name in ("good", "lower"):
        for view in ("pooled", "within_source", "within_method"):
            for key in ("srocc", "plcc", "krocc", "rmse"):
                ends = [part["metrics"][name]["views"][view][f"{key}_ci95"] for part in (exact, linear)]
                width = ends[0][1] - ends[0][0]
                assert ends[1] == pytest.approx(ends[0], abs=0.2 * width), (name, view, key)


def test_settings_out_of_range_are_named():
    for options, text in [
        ({"resamples": 50}, "50 resamples are too few for an interval; give 200 or more"),
        ({"confidence": 1.5}, "confidence 1.5: give a level above 0.5 and below 1, such as 0.95"),
        ({"alpha": 0.0}, "alpha 0: give a level above 0 and below 0.5, such as 0.05"),
        ({"interval": "x"}, "interval 'x': unknown; choose one of: t, percentile, bca"),
        ({"mapping": "x"}, "mapping 'x': unknown; choose one of: logistic4, logistic5, linear, none"),
    ]:
        with pytest.raises(DdsrError, match=f"^{text}$"):
            run(rated(), **options)
