"""eval-qa on a dataset's folder: its videos are scored first."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from ddsr_bench.cli import main

OWN = """
import numpy as np

def level(frames):
    return frames.mean(axis=(1, 2, 3))
level.higher_is_better = True

def distance(frames, reference):
    return np.abs(frames.astype(float) - reference).mean(axis=(1, 2, 3))
distance.higher_is_better = False
"""


@pytest.fixture
def dataset(make_video, tmp_path, monkeypatch):
    """Twelve clips of four sources and three methods whose MOS follows their level; as in a built dataset."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    Path("own.py").write_text(OWN)
    rng = np.random.default_rng(0)
    rows = []
    for i in range(12):
        frames = rng.integers(0, 60 + 16 * i, (3, 20, 24, 3), np.uint8)
        source, method = f"s{i % 4}", f"m{i // 4}"
        make_video(f"{source}-{method}.mkv", frames, tmp_path / "set" / "sr")
        make_video(f"{source}.mkv", np.zeros((3, 20, 24, 3), np.uint8), tmp_path / "set" / "hr")
        rows.append(
            {
                "video_id": f"v{i:03d}",
                "file_name": f"sr/{source}-{method}.mkv",
                "source_id": source,
                "lr_id": f"{source}-a",
                "method": method,
                "mos": 1.5 + 0.2 * i,
                "mos_ci95": 0.2,
                "n_ratings": 24,
                "score_origin": "simulated",
                "hr_file_name": f"hr/{source}.mkv",
                "external": 3.0 - 0.1 * i + 0.3 * (i % 2),
                "width": 24 + i,
            }
        )
    return pd.DataFrame(rows)


def write(frame, name="metadata.parquet"):
    path = Path("set") / name
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)


def run(*arguments):
    given = ["eval-qa", "--manifest", "set", "--resamples", "200", *map(str, arguments)]
    return CliRunner().invoke(main, given, prog_name="ddsr-bench")


def failed(result, code=1):
    assert result.exit_code == code, result.output
    return result.stderr.strip().splitlines()[-1]


def results(folder="eval-set"):
    return json.loads((Path(folder) / "results.json").read_text("utf-8"))


@pytest.mark.parametrize("name", ["metadata.parquet", "metadata.csv"])
def test_videos_are_scored_and_evaluated(dataset, name):
    write(dataset, name)
    result = run("--metric", "own.py:level", "--metric", "own.py:distance", "--metrics", "siti,external")
    assert result.exit_code == 0, result.output
    found = results()
    assert sorted(found["metrics"]) == ["distance", "external", "level", "siti-si", "siti-ti"]
    assert found["metrics"]["level"]["views"]["pooled"]["srocc"] == pytest.approx(1)
    assert (found["metrics"]["level"]["direction"], found["metrics"]["level"]["higher_is_better"]) == ("card", True)
    # Against black clips the distance is the level, said to be lower-better.
    assert found["metrics"]["distance"]["views"]["pooled"]["srocc"] == pytest.approx(-1)
    assert found["data"]["score_origin"] == "simulated"
    assert (found["data"]["n_sources"], found["data"]["n_methods"]) == (4, 3)
    assert found["data"]["manifest"]["table"] == name
    assert found["data"]["manifest"]["metrics"]["siti"] == "1"
    table = pd.read_parquet("eval-set/scores.parquet")
    np.testing.assert_allclose(table["distance"], table["level"])
    assert table["video_id"].tolist() == dataset["video_id"].tolist()


def test_a_table_with_the_same_scores_gives_the_same_results(dataset):
    write(dataset)
    run("--metric", "own.py:level", "--metrics", "siti")
    again = CliRunner().invoke(
        main,
        ["eval-qa", "--scores", "eval-set/scores.parquet", "--metrics", "siti-si,siti-ti,level", "--resamples", "200",
         "--higher-better", "level", "--out", "again"],
    )  # fmt: skip
    assert again.exit_code == 0, again.output
    computed, read = results()["metrics"], results("again")["metrics"]
    assert {name: part["views"] for name, part in computed.items()} == {n: part["views"] for n, part in read.items()}


def test_features_are_trained_inside_each_split(dataset):
    write(dataset)
    result = run("--metrics", "brisque-features,siti", "--regressor", "ridge", "--protocol", "leave-source-out")
    assert result.exit_code == 0, result.output
    found = results()["metrics"]
    assert found["brisque-features"]["trained"]["n_features"] == 36
    assert found["siti-si"]["trained"] is None


def test_a_dataset_s_own_splits_take_the_place_of_a_protocol(dataset):
    write(dataset)
    sides = ["test" if row % 4 == 0 else "train" for row in range(12)]
    table = pd.DataFrame({"video_id": dataset.video_id, "split_00": sides, "fold": dataset.source_id})
    table.to_parquet("set/splits.parquet")
    options = ("--metrics", "brisque-features,siti", "--regressor", "ridge", "--splits", "set/splits.parquet")
    result = run(*options)
    assert result.exit_code == 0, result.output
    found = results()
    assert (found["settings"]["protocol"], found["settings"]["splits"], found["settings"]["folds"]) == ("given", 1, 4)
    assert "given, 1 split; no source is on both sides of a split." in Path("eval-set/report.md").read_text("utf-8")
    told = failed(run(*options, "--protocol", "kfold"), code=2)
    assert told == "Error: --splits takes the place of --protocol and --plain-splits; leave these out"
    told = failed(run("--metrics", "siti", "--splits", "gone.csv", "--out", "other"))
    assert told == "Error: gone.csv: cannot be read (No such file or directory)"


def test_a_second_run_takes_scores_from_the_store(dataset, monkeypatch):
    write(dataset)
    run("--metric", "own.py:level", "--store", "kept")
    from ddsr_bench.quality import batch

    monkeypatch.setattr(batch, "score_clip", lambda *_, **__: pytest.fail("computed again"))
    result = run("--metric", "own.py:level", "--store", "kept", "--pooling", "hysteresis", "--out", "again")
    assert result.exit_code == 0, result.output


def test_a_video_that_cannot_be_scored_stops_or_is_left_out(dataset):
    write(dataset)
    Path("set/sr/s1-m0.mkv").write_bytes(b"nothing")
    arguments = ("--metric", "own.py:level", "--out", "o")
    result = run(*arguments)
    assert "  v001  set/sr/s1-m0.mkv: " in result.stderr
    assert "--drop-missing" in failed(result)
    assert not Path("o/results.json").exists()
    result = run(*arguments, "--drop-missing")
    assert result.exit_code == 0, result.output
    assert results("o")["data"]["n"] == 11
    assert [failure["id"] for failure in results("o")["data"]["manifest"]["failures"]] == ["v001"]


def test_unrated_videos_are_told_before_any_is_scored(dataset):
    dataset.loc[[2, 5], "mos"] = np.nan
    write(dataset)
    line = failed(run("--metric", "own.py:level"))
    assert line == (
        "Error: set/metadata.parquet: column 'mos' has no number in row 3 (2 such rows); "
        "fill them in, or leave these videos out with --drop-missing"
    )
    result = run("--metric", "own.py:level", "--drop-missing")
    assert "Note: 2 videos without a MOS were left out." in result.stdout
    assert results()["data"]["n"] == 10


def test_a_missing_reference_fails_full_reference_metrics_of_that_video(dataset):
    dataset.loc[4, "hr_file_name"] = None
    write(dataset)
    result = run("--metric", "own.py:level", "--metric", "own.py:distance", "--drop-missing")
    assert "  v004  distance: needs the sharp clip to compare with; give --reference" in result.stderr
    assert results()["data"]["n"] == 11
    write(dataset.drop(columns="hr_file_name"))
    line = failed(run("--metrics", "psnr", "--overwrite"))
    assert line.startswith("Error: metric 'psnr': compares with the sharp clip")


@pytest.mark.parametrize("path", ["../secret.mkv", "/etc/passwd", "sr/../../x.mkv", "C:\\x.mkv", "sr\\..\\..\\x.mkv"])
@pytest.mark.parametrize("column", ["file_name", "hr_file_name"])
def test_paths_may_not_leave_the_folder(dataset, column, path):
    dataset.loc[3, column] = path
    write(dataset)
    line = failed(run("--metric", "own.py:level"))
    assert line == f"Error: set/metadata.parquet: row 4: {path!r} leaves the folder; paths are relative to set"


def test_a_column_of_a_metrics_name_is_computed_anew(dataset):
    write(dataset.assign(**{"psnr": 99.0}))
    assert run("--metrics", "psnr").exit_code == 0
    assert (pd.read_parquet("eval-set/scores.parquet")["psnr"] < 60).all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop(columns="file_name"), "Error: set/metadata.parquet: no column 'file_name'; "),
        (lambda d: d.drop(columns="mos"), "Error: set/metadata.parquet: no MOS column; its columns are: video_id"),
        (lambda d: d.assign(video_id="v"), "Error: set/metadata.parquet: column 'video_id'"),
        (lambda d: d.assign(file_name=[None, *d.file_name[1:]]), "Error: set/metadata.parquet: column 'file_name' is"),
    ],
    ids=["files", "mos", "ids", "empty"],
)
def test_what_is_wrong_with_the_table_is_told(dataset, change, message):
    write(change(dataset))
    assert failed(run("--metrics", "siti")).startswith(message)


def test_no_table_no_folder_no_metric(dataset):
    assert failed(run("--metrics", "siti")) == (
        "Error: set: no metadata.parquet or metadata.csv in it; give a dataset's folder"
    )
    write(dataset)
    assert failed(run("--metrics", "nique")).startswith("Error: metric 'nique': unknown; did you mean 'niqe'")
    assert failed(run(), 2).startswith("Error: --manifest: no metric; name some with --metrics a,b")
    invoke = CliRunner().invoke
    line = failed(invoke(main, ["eval-qa"]), 2)
    assert line == "Error: give a table with --scores, or a dataset's folder with --manifest"
    line = failed(invoke(main, ["eval-qa", "--scores", "a.csv", "--metric", "own.py:level"]), 2)
    assert line == "Error: --metric is for metrics that are computed; give --manifest, not --scores"
