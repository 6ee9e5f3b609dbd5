"""Draws of all views; the oracles are explicit resampling, and exact against first-order draws."""

import numpy as np
import pytest
from rated_scores import rated

from ddsr_bench.evaluate.bootstrap import bootstrap_counts, clusters_of
from ddsr_bench.evaluate.coefficients import COEFFICIENTS
from ddsr_bench.evaluate.draws import Sampler
from ddsr_bench.evaluate.groups import Groups, mean_of_groups, within
from ddsr_bench.evaluate.influence import LinearSampler, influences
from ddsr_bench.evaluate.mapping import fit_mapping


def setting(sources=12, methods=5, resamples=25, **options):
    table = rated(sources, methods, **options)
    clusters = clusters_of(table.sources, len(table.mos), "source")
    return table, clusters, bootstrap_counts(clusters.count, resamples, 0)


@pytest.mark.parametrize("view", ["methods", "sources"])
def test_group_means_equal_those_of_repeated_rows(view):
    table, clusters, counts = setting(ties=True)
    x = table.metrics["good"]
    mapped = fit_mapping(x, table.mos)(x)
    groups = Groups.of(getattr(table, view))
    found = Sampler(table.mos, clusters, counts).within(x, mapped, groups, within(x, mapped, table.mos, groups))
    codes = np.empty(len(x), int)
    codes[clusters.order] = clusters.codes
    for index, row in enumerate(counts):
        taken = np.repeat(np.arange(len(x)), row[codes].astype(int))
        # A source drawn twice is two groups of its view, and twice the rows of a method's.
        names = np.array(getattr(table, view))[taken]
        if view == "sources":
            copy = np.concatenate([np.repeat(np.arange(int(c)), 5) for c in row if c])
            names = np.array([f"{n}-{c}" for n, c in zip(names[np.argsort(names, kind="stable")], copy, strict=True)])
            taken = taken[np.argsort(np.array(table.sources)[taken], kind="stable")]
            taken = np.concatenate([np.tile(np.flatnonzero(codes == g), int(c)) for g, c in enumerate(row) if c])
        again = Groups.of(names)
        values = within(x[taken], mapped[taken], table.mos[taken], again)
        for name in COEFFICIENTS:
            assert found[name][index] == pytest.approx(mean_of_groups(values[name], again.sizes, name)[0], abs=1e-9)


def test_a_lower_better_metric_turns_its_correlations_only():
    table, clusters, counts = setting()
    x = table.metrics["lower"]
    mapping = fit_mapping(x, table.mos)
    draws = Sampler(table.mos, clusters, counts).pooled(x, mapping, -1.0).values
    turned = Sampler(table.mos, clusters, counts).pooled(-x, fit_mapping(-x, table.mos), 1.0).values
    for name in COEFFICIENTS:
        assert draws[name] == pytest.approx(turned[name], abs=2e-3), name
        assert (draws[name] > 0).all()


@pytest.mark.parametrize("kind", ["linear", "none"])
def test_simple_mappings(kind):
    table, clusters, counts = setting()
    x = table.metrics["good"]
    draws = Sampler(table.mos, clusters, counts).pooled(x, fit_mapping(x, table.mos, kind), 1.0).values
    assert draws["plcc"] == pytest.approx(draws["plcc_raw"])
    codes = np.array([int(s[1:]) for s in table.sources])
    taken = np.repeat(np.arange(len(x)), counts[0][codes].astype(int))
    predicted = fit_mapping(x[taken], table.mos[taken], kind)(x[taken])
    assert draws["rmse"][0] == pytest.approx(np.sqrt(np.mean((predicted - table.mos[taken]) ** 2)))


def test_first_order_draws_follow_the_exact_ones():
    table, clusters, counts = setting(80, 9, 400)
    x = table.metrics["good"]
    mapping = fit_mapping(x, table.mos)
    exact, linear = (kind(table.mos, clusters, counts) for kind in (Sampler, LinearSampler))
    pooled = [sampler.pooled(x, mapping, 1.0).values for sampler in (exact, linear)]
    for name in COEFFICIENTS:
        assert np.corrcoef(pooled[0][name], pooled[1][name])[0, 1] > 0.94, name
        assert pooled[1][name].std() == pytest.approx(pooled[0][name].std(), rel=0.06), name
    for labels in (table.methods, table.sources):
        groups = Groups.of(labels)
        inside = within(x, mapping(x), table.mos, groups)
        means = [sampler.within(x, mapping(x), groups, inside) for sampler in (exact, linear)]
        for name in COEFFICIENTS:
            assert np.corrcoef(means[0][name], means[1][name])[0, 1] > 0.95, name
            assert means[1][name].std() == pytest.approx(means[0][name].std(), rel=0.1), name


def test_influence_is_what_leaving_a_row_out_does():
    rng = np.random.default_rng(0)
    y = rng.normal(size=400)
    x = y + rng.normal(size=400)
    mapped = 0.6 * x
    whole, moved = influences(x, mapped, y)
    for name in ("srocc", "plcc_raw", "plcc", "krocc", "rmse"):
        left_out = [influences(*(np.delete(v, i) for v in (x, mapped, y)))[0][name] for i in range(0, 400, 8)]
        assert np.corrcoef(whole[name] - np.array(left_out), moved[name][::8])[0, 1] > 0.97, name
        assert abs(moved[name].sum()) < 0.01


def test_constant_metrics_draw_nan_either_way():
    table, clusters, counts = setting()
    x = np.full(len(table.mos), 2.0)
    mapping = fit_mapping(x, table.mos)
    for kind in (Sampler, LinearSampler):
        draws = kind(table.mos, clusters, counts).pooled(x, mapping, 1.0).values
        assert all(np.isnan(draws[name]).all() for name in ("srocc", "krocc", "plcc", "plcc_raw"))


def test_too_many_groups_across_clusters_have_no_draws(monkeypatch):
    table, clusters, counts = setting()
    monkeypatch.setattr("ddsr_bench.evaluate.draws.MOST_CROSSED", 3)
    x, groups = table.metrics["good"], Groups.of(table.methods)
    draws = Sampler(table.mos, clusters, counts).within(x, x, groups, within(x, x, table.mos, groups))
    assert np.isnan(draws["srocc"]).all()
