"""Splits from a table: which rows they take, what trained metrics predict by them, and what is refused."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rated_scores import rated
from scipy import stats

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.given_splits import read_splits
from ddsr_bench.evaluate.protocol import GIVEN, Protocol
from ddsr_bench.evaluate.run import evaluate
from ddsr_bench.evaluate.settings import Settings

table = rated(features=True)
source = np.repeat(np.arange(12), 5)
method = np.tile(np.arange(5), 12)


def sides(test, train=None):
    return np.where(test, "test", np.where(~test if train is None else train, "train", ""))


@pytest.fixture
def frame():
    """Splits by source of which none holds out the last three, and folds; in another order than the scores."""
    columns = {f"split_{k:02d}": sides(np.isin(source, (3 * k, 3 * k + 1))) for k in range(3)}
    return pd.DataFrame({"video_id": table.video_ids, **columns, "fold": source % 4}).iloc[::-1]


def run(frame, path, table=table):
    frame.to_parquet(path)
    given = read_splits(path, table.video_ids)
    chosen = Settings(resamples=300, regressor="ridge", protocol=Protocol(GIVEN), given_splits=given)
    return evaluate(table, chosen)


def test_coefficients_are_of_the_splits_and_predictions_of_the_folds(frame, tmp_path):
    found = run(frame, tmp_path / "splits.parquet")
    settings = found.results["settings"]
    assert (settings["protocol"], settings["splits"], settings["folds"], settings["source_disjoint"]) == (
        "given", 3, 4, True,
    )  # fmt: skip
    tests = [np.isin(source, (3 * k, 3 * k + 1)) for k in range(3)]
    good = table.metrics["good"]
    wanted = np.median([stats.spearmanr(good[test], table.mos[test]).statistic for test in tests])
    assert found.results["metrics"]["good"]["protocol"]["srocc"]["median"] == pytest.approx(wanted)
    assert found.results["metrics"]["mine"]["protocol"]["srocc"]["n_splits"] == 3
    assert np.isfinite(found.predictions["mine"]).all()
    # What the folds hold out does not depend on the splits beside them.
    other = frame.drop(columns=["split_01", "split_02"])
    again = run(other, tmp_path / "other.parquet")
    assert again.results["settings"]["splits"] == 1
    assert stats.spearmanr(again.predictions["mine"], found.predictions["mine"]).statistic > 0.95


def test_rows_on_neither_side_count_nowhere(tmp_path):
    # Source and method left out together: a source's other methods are on neither side.
    columns = {
        f"split_{part}_{m}": sides((source % 2 == part) & (method == m), (source % 2 != part) & (method != m))
        for part in range(2)
        for m in range(5)
    }
    found = run(pd.DataFrame({"video_id": table.video_ids, **columns}), tmp_path / "splits.parquet")
    assert found.results["settings"]["source_disjoint"] is True
    tests = [(source % 2 == part) & (method == m) for part in range(2) for m in range(5)]
    good = table.metrics["good"]
    wanted = np.mean([stats.spearmanr(good[test], table.mos[test]).statistic for test in tests])
    assert found.results["metrics"]["good"]["protocol"]["srocc"]["mean"] == pytest.approx(wanted)
    assert np.isfinite(found.predictions["mine"]).all()


def test_without_folds_every_video_must_be_held_out(frame, tmp_path):
    with pytest.raises(DdsrError, match=r"^metric 'mine': the protocol holds out all but 30 of 60 videos; use kfold, "):
        run(frame.drop(columns="fold"), tmp_path / "splits.parquet")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda f: f[["video_id", "fold"]], "columns video_id, fold; a table of splits has video_id and split_00, "),
        (lambda f: f[f.video_id != "v007"], "has no row for video 'v007' (1 such videos); give this table's"),
        (lambda f: pd.concat([f, f[:2]]), "2 videos stand in it twice; give each one row"),
        (lambda f: f.assign(split_01="train"), "column 'split_01' has 60 rows of train and 0 of test; it needs both"),
        (lambda f: f.assign(fold=f.fold.where(f.video_id != "v003")), "column 'fold' is empty for video 'v003'; fill "),
    ],
)
def test_faults_are_told_in_one_line(frame, tmp_path, change, told):
    path = tmp_path / "splits.parquet"
    change(frame).to_parquet(path)
    with pytest.raises(DdsrError) as error:
        read_splits(path, table.video_ids)
    assert str(error.value).startswith(f"{path}: {told}")


def test_a_table_of_splits_needs_no_metric_of_its_own(frame, tmp_path):
    found = run(frame, tmp_path / "splits.parquet", replace(table, metrics={}))
    assert list(found.results["metrics"]) == ["mine"]
