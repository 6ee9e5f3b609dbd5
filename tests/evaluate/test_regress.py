"""Regressors inside splits: they see the training rows only, learn what is there, and repeat exactly."""

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.regress import Inner, scaled, train_predict
from ddsr_bench.evaluate.ridge import ridge_path
from ddsr_bench.evaluate.splits import Split, kfold, random_splits
from ddsr_bench.evaluate.svr import BENCHMARK_C, BENCHMARK_GAMMA, squared_distances, svr_benchmark_predict

SOURCES = [f"s{index // 6}" for index in range(90)]


def curved(n=90, noise=0.05, seed=0):
    """Features in which MOS is a curved surface; float64 (n, 4) and (n,)."""
    rng = np.random.default_rng(seed)
    features = rng.uniform(-3, 5, (n, 4)) * [1, 10, 0.1, 1000]
    unit = (features / [1, 10, 0.1, 1000] + 3) / 8
    mos = 3 + np.sin(4 * unit[:, 0]) + 2 * unit[:, 1] * unit[:, 2] + noise * rng.standard_normal(n)
    return features, mos


@pytest.mark.parametrize("regressor", ["svr", "svr-benchmark", "ridge"])
def test_predictions_are_where_the_test_rows_are_and_follow_mos(regressor):
    features, mos = curved()
    splits = kfold(90, 5, SOURCES)
    predicted = train_predict(features, mos, splits, regressor=regressor, groups=SOURCES)
    assert predicted.shape == (5, 90)
    for row, split in zip(predicted, splits, strict=True):
        assert np.array_equal(np.flatnonzero(np.isfinite(row)), split.test)
    together = np.nansum(predicted, axis=0)
    assert np.corrcoef(together, mos)[0, 1] > (0.75 if regressor == "ridge" else 0.97)


@pytest.mark.parametrize("regressor", ["svr", "svr-benchmark", "ridge"])
def test_nothing_of_a_test_row_is_seen(regressor):
    """Neither its MOS nor, for the others, its features move a prediction."""
    features, mos = curved()
    split = random_splits(90, 1, SOURCES)[0]
    before = train_predict(features, mos, [split], regressor=regressor)[0, split.test]
    other_mos, other_features = mos.copy(), features.copy()
    other_mos[split.test] = 100.0
    other_features[split.test[1:]] += 50
    after = train_predict(other_features, other_mos, [split], regressor=regressor)[0, split.test]
    assert after[0] == before[0]
    assert not np.allclose(after[1:], before[1:])


@pytest.mark.parametrize("regressor", ["svr", "svr-benchmark", "ridge"])
def test_any_number_of_workers_and_any_order_give_the_same_bits(regressor):
    features, mos = curved(60)
    splits = random_splits(60, 4, SOURCES[:60])
    one = train_predict(features, mos, splits, regressor=regressor, seed=3)
    three = train_predict(features, mos, splits, regressor=regressor, seed=3, workers=3)
    assert np.array_equal(one, three, equal_nan=True)
    few = train_predict(features, mos, splits[:2], regressor=regressor, seed=3)
    assert np.array_equal(one[:2], few, equal_nan=True)


def test_the_scale_of_mos_and_features_does_not_matter_to_svr():
    features, mos = curved(60)
    split = random_splits(60, 1)[0]
    plain = train_predict(features, mos, [split])
    stretched = train_predict(7 * features - 2, 20 * mos + 5, [split])
    # The solver stops within 0.001 standard deviations, along another path for other roundings.
    assert np.nanmax(np.abs(stretched - (20 * plain + 5))) < 20 * 0.005


def test_benchmark_svr_equals_scikit_learn_at_the_point_it_chose():
    """Oracle: scikit-learn's own RBF kernel, search and refit on the same 10 points and folds."""
    from sklearn.model_selection import GridSearchCV
    from sklearn.svm import SVR

    features, mos = curved(80)
    train, test = scaled(features, np.arange(60))[:60], scaled(features, np.arange(60))[60:]
    inner = Inner(60, None, (0, "test"))
    drawn = inner.generator("points").choice(100, 10, replace=False)
    points = [(BENCHMARK_C[index // 10], BENCHMARK_GAMMA[index % 10]) for index in drawn]
    folds = [(fold.train, fold.test) for fold in inner.folds(3)]
    search = GridSearchCV(SVR(tol=1e-2), [{"C": [2.0**c], "gamma": [2.0**g]} for c, g in points], cv=folds)
    best = search.fit(train, mos[:60]).best_params_
    expected = SVR(**best).fit(train, mos[:60]).predict(test)
    # Either solver stops when no gradient is off by more than 0.001.
    assert np.allclose(svr_benchmark_predict(train, mos[:60], test, inner), expected, rtol=0, atol=2e-3)


def test_ridge_equals_scikit_learn():
    """Oracle: ``sklearn.linear_model.Ridge``, whose alpha is ours times the number of rows; n > d and n < d."""
    from sklearn.linear_model import Ridge

    features, mos = curved(40)
    for x in (features / 100, np.random.default_rng(1).standard_normal((40, 90))):
        for alpha in (1e-4, 0.1, 10.0):
            expected = Ridge(alpha=30 * alpha).fit(x[:30], mos[:30]).predict(x[30:])
            ours = ridge_path(x[:30], mos[:30], x[30:], np.array([alpha]))[0]
            assert np.allclose(ours, expected, rtol=0, atol=1e-8)


def test_distances_by_hand():
    a, b = np.array([[0.0, 0.0], [1.0, 2.0]]), np.array([[3.0, 4.0]])
    assert squared_distances(a, b).tolist() == [[25.0], [8.0]]


def test_scaling_knows_the_training_rows_only_and_bears_constant_features():
    features = np.array([[0.0, 7.0], [2.0, 7.0], [4.0, 9.0]])
    assert scaled(features, np.array([0, 1])).tolist() == [[0, 0], [1, 0], [2, 0]]


def test_inner_folds_keep_sources_apart_where_there_are_several():
    inner = Inner(12, ("a",) * 5 + ("b",) * 4 + ("c",) * 3, (0,))
    folds = inner.folds(5)
    assert sorted(len(fold.test) for fold in folds) == [3, 4, 5]
    alone = Inner(12, ("a",) * 12, (0,)).folds(5)
    assert sorted(len(fold.test) for fold in alone) == [2, 2, 2, 3, 3]


def test_useless_features_and_equal_mos_are_no_crash():
    split = [Split(np.arange(8), np.arange(8, 12))]
    flat = train_predict(np.ones((12, 3)), np.arange(12.0), split)
    assert np.isfinite(flat[0, 8:]).all()
    assert train_predict(np.random.default_rng(0).random((12, 3)), np.full(12, 4.0), split)[0, 8:].tolist() == [4.0] * 4


def test_errors():
    features, mos = curved(12)
    split = [Split(np.arange(8), np.arange(8, 12), "split 1")]
    with pytest.raises(DdsrError, match="regressor 'forest': unknown; choose one of svr, svr-benchmark, ridge"):
        train_predict(features, mos, split, regressor="forest")
    few = [Split(np.arange(3), np.arange(3, 12), "fold 2")]
    with pytest.raises(DdsrError, match="fold 2: 3 videos to train on, a regressor needs 6; use another protocol"):
        train_predict(features, mos, few)
    features[4, 2] = np.nan
    with pytest.raises(DdsrError, match="feature 3 of video 5 is missing or infinite"):
        train_predict(features, mos, split)
