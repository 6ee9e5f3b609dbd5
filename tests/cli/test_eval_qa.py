"""The command eval-qa, as a user types it."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from ddsr_bench.cli import main

FILES = {"report.html", "report.md", "table.csv", "table.tex", "results.json", "figures"}


def scores(n_sources=8, n_methods=5, seed=0):
    rng = np.random.default_rng(seed)
    source, method = np.repeat(np.arange(n_sources), n_methods), np.tile(np.arange(n_methods), n_sources)
    mos = np.clip(3 + 0.6 * rng.normal(size=n_sources)[source] + 0.5 * rng.normal(size=len(source)), 1, 5)
    return pd.DataFrame(
        {
            "video_id": [f"v{i:02d}" for i in range(len(mos))],
            "source_id": [f"s{i}" for i in source],
            "method": [f"m{i}" for i in method],
            "mos": mos,
            "niqe": 8 - mos + 0.5 * rng.normal(size=len(mos)),
            "other": mos + 0.8 * rng.normal(size=len(mos)),
        }
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments):
    return CliRunner().invoke(main, ["eval-qa", *map(str, arguments)], prog_name="ddsr-bench")


def failed(result):
    """The one line of an error."""
    assert result.exit_code == 1, result.output
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_a_plain_csv_gives_the_whole_report_with_no_options(folder):
    scores().to_csv("study.csv", index=False)
    result = run("--scores", "study.csv")
    assert result.exit_code == 0, result.output
    out = folder / "eval-study"
    assert {path.name for path in out.iterdir()} == FILES
    results = json.loads((out / "results.json").read_text("utf-8"))
    assert results["schema_version"] == 1
    assert results["provenance"]["command"] == "eval-qa"
    assert len(results["data"]["sha256"]) == 64
    niqe = results["metrics"]["niqe"]
    assert (niqe["direction"], niqe["higher_is_better"]) == ("card", False)
    assert niqe["views"]["pooled"]["srocc"] > 0.5
    assert niqe["views"]["within_source"]["groups"] == 8
    assert "niqe" in result.stdout
    assert "open eval-study" in result.stdout.splitlines()[-1]
    page = (out / "report.html").read_text("utf-8")
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert {path.suffix for path in (out / "figures").iterdir()} == {".pdf", ".png"}


def test_a_table_of_two_columns_is_enough(folder):
    scores()[["mos", "other"]].to_csv("bare.csv", index=False)
    result = run("--scores", "bare.csv", "--resamples", 300)
    assert result.exit_code == 0, result.output
    assert "Note: No column names the videos: they are called by their row, from 1." in result.stdout


def test_other_formats_give_the_same_numbers(folder):
    table = scores()
    table.to_parquet("study.parquet")
    table.to_json("study.json", orient="records", double_precision=15)
    table.to_csv("study.tsv", index=False, sep="\t")
    for name in ("study.csv", "study.csv.gz"):
        table.to_csv(name, index=False)
    metrics = {}
    for name in ("csv", "parquet", "json", "csv.gz", "tsv"):
        assert run("--scores", f"study.{name}", "--out", name, "--resamples", 200).exit_code == 0
        metrics[name] = json.loads((folder / name / "results.json").read_text())["metrics"]
    for name, part in metrics.items():
        for metric in ("niqe", "other"):
            views = [one[metric]["views"]["pooled"] for one in (part, metrics["csv"])]
            assert views[0]["srocc_ci95"] == pytest.approx(views[1]["srocc_ci95"], abs=1e-9), name


def test_the_same_command_gives_the_same_files(folder):
    scores().to_csv("study.csv", index=False)
    for out, workers in (("a", 1), ("b", 2)):
        options = ("--scores", "study.csv", "--resamples", 200, "--protocol", "random:10", "--workers", workers)
        assert run(*options, "--out", out).exit_code == 0
    for name in ("table.csv", "table.tex", "figures/forest.png", "figures/forest.pdf"):
        assert (folder / "a" / name).read_bytes() == (folder / "b" / name).read_bytes(), name
    results = [json.loads((folder / out / "results.json").read_text()) for out in ("a", "b")]
    for part in results:
        part.pop("provenance")
    assert results[0] == results[1]


def test_features_are_trained_and_compared(folder):
    table = scores()
    for index in range(4):
        table[f"f{index:02d}"] = table["mos"] + np.random.default_rng(index).normal(size=len(table))
    table.to_csv("study.csv", index=False)
    result = run("--scores", "study.csv", "--features", "mine=f00:f03", "--regressor", "ridge", "--resamples", 200)
    assert result.exit_code == 0, result.output
    results = json.loads((folder / "eval-study" / "results.json").read_text())
    assert results["settings"]["protocol"] == "kfold:5"
    assert results["metrics"]["mine"]["trained"] == {"regressor": "ridge", "n_features": 4}
    assert results["comparisons"]["metrics"] == ["niqe", "other", "mine"]


def test_numbered_columns_are_not_taken_for_metrics(folder):
    table = scores()
    for index in range(4):
        table[f"f{index:02d}"] = 1.0
    table.to_csv("study.csv", index=False)
    result = run("--scores", "study.csv", "--resamples", 200)
    assert "f00" in result.stdout
    assert set(json.loads((folder / "eval-study" / "results.json").read_text())["metrics"]) == {"niqe", "other"}


def change(**cells):
    table = scores().astype({"mos": object, "niqe": object})
    for column, (row, value) in cells.items():
        table.loc[row, column] = value
    return table


@pytest.mark.parametrize(
    ("table", "options", "text"),
    [
        (scores(), ["--mos", "quality"], "Error: t.csv: no column 'quality' (asked for by --mos); its columns are: "),
        (
            scores(),
            ["--metrics", "niqe,nikqe"],
            "Error: t.csv: no column 'nikqe' (asked for by --metrics); did you mean",
        ),
        (scores(), ["--group", "src"], "Error: t.csv: no column 'src' (asked for by --group); "),
        (change(mos=(5, "good")), [], "Error: t.csv: column 'mos': 'good' in row 6 (video 'v05') is not a number; "),
        (pd.concat([scores(), scores()[:2]]), [], "Error: t.csv: column 'video_id': video 'v00' is in rows 1 and 41 "),
        (change(niqe=(3, np.nan)), [], "Error: t.csv: missing or infinite: 'niqe' in 1 of 40 rows (first: row 4 "),
        (change(mos=(3, np.inf)), [], "Error: t.csv: missing or infinite: 'mos' in 1 of 40 rows (first: row 4 "),
        (scores()[:1], [], "Error: t.csv: 1 video; a correlation needs 4 or more"),
        (scores()[:0], [], "Error: t.csv: "),
        (scores()[["video_id", "mos"]], [], "Error: t.csv: no metric columns; "),
        (scores(1, 9), ["--protocol", "kfold"], "Error: 1 source: nothing to split; give a table with more"),
        (scores(), ["--protocol", "kfold:9"], "Error: 9 folds of 8 sources: give a number of folds from 2 to 8"),
        (scores(), ["--protocol", "rando"], "Error: protocol 'rando': unknown; did you mean 'random'?"),
        (scores(), ["--lower-better", "x"], "Error: --lower-better x: no such metric; the metrics are niqe, other"),
    ],
)
def test_bad_input_is_one_clear_line(folder, table, options, text):
    table.to_csv("t.csv", index=False)
    line = failed(run("--scores", "t.csv", *options))
    assert line.startswith(text), line
    assert not (folder / "eval-t").exists(), "nothing is left behind"


def test_a_direction_given_twice_is_refused(folder):
    scores().to_csv("t.csv", index=False)
    line = failed(run("--scores", "t.csv", "--lower-better", "niqe", "--higher-better", "niqe"))
    assert line == "Error: metric 'niqe': given as lower-better and as higher-better; choose one"


def test_files_that_are_no_tables(folder):
    (folder / "noise.csv").write_bytes(bytes(range(256)) * 20)
    (folder / "noise.parquet").write_bytes(b"not parquet")
    for name in ("noise.csv", "noise.parquet", "absent.csv"):
        assert failed(run("--scores", name)).startswith(f"Error: {name}: ")


def test_missing_values_are_dropped_when_asked_and_said(folder):
    change(niqe=(3, np.nan), mos=(7, np.nan)).to_csv("t.csv", index=False)
    result = run("--scores", "t.csv", "--drop-missing", "--resamples", 200)
    assert result.exit_code == 0, result.output
    assert "Note: 2 of 40 rows dropped" in result.stdout
    assert json.loads((folder / "eval-t" / "results.json").read_text())["data"]["n"] == 38


@pytest.mark.parametrize(
    ("column", "value", "note"),
    [
        ("other", 3.0, "Note: Metric 'other' is constant."),
        ("mos", 3.0, "Note: All MOS are equal (3): no coefficient is defined."),
        ("source_id", "s", "Note: All videos are of one source: nothing can be said about others."),
    ],
)
def test_what_leaves_numbers_undefined_is_said_and_reported(folder, column, value, note):
    table = scores()
    table[column] = value
    table.to_csv("t.csv", index=False)
    result = run("--scores", "t.csv", "--resamples", 200)
    assert result.exit_code == 0, result.output
    assert note in result.stdout
    assert {path.name for path in (folder / "eval-t").iterdir()} == FILES


def test_results_are_not_replaced_by_chance(folder):
    scores().to_csv("t.csv", index=False)
    assert run("--scores", "t.csv", "--resamples", 200).exit_code == 0
    before = (folder / "eval-t" / "results.json").read_bytes()
    line = failed(run("--scores", "t.csv", "--seed", 1))
    assert line == "Error: eval-t: holds results already; give another --out, or --overwrite to replace them"
    assert (folder / "eval-t" / "results.json").read_bytes() == before
    assert run("--scores", "t.csv", "--resamples", 200, "--seed", 1, "--overwrite").exit_code == 0
    assert (folder / "eval-t" / "results.json").read_bytes() != before


def test_simulated_scores_are_called_so(folder):
    scores().assign(score_origin="simulated").to_csv("t.csv", index=False)
    result = run("--scores", "t.csv", "--resamples", 200)
    assert "SROCC (simulated MOS)" in result.stdout
    for name in ("report.md", "report.html", "table.tex", "table.csv"):
        assert "simulated" in (folder / "eval-t" / name).read_text("utf-8"), name


def test_recovered_scores_feed_the_command(folder):
    rng = np.random.default_rng(0)
    table = scores()
    votes = pd.DataFrame(
        [
            {
                "subject": f"p{subject}",
                "video_id": row.video_id,
                "source_id": row.source_id,
                "method": row.method,
                "rating": int(np.clip(np.rint(row.mos + 0.7 * rng.normal()), 1, 5)),
            }
            for subject in range(12)
            for row in table.itertuples()
        ]
    )
    votes.to_csv("votes.csv", index=False)
    made = CliRunner().invoke(main, ["mos", "votes.csv", "--out", "scores.csv"])
    assert made.exit_code == 0, made.output
    recovered = pd.read_csv("scores.csv").merge(table[["video_id", "niqe", "other"]], on="video_id")
    recovered.to_csv("joined.csv", index=False)
    result = run("--scores", "joined.csv", "--resamples", 200)
    assert result.exit_code == 0, result.output
    results = json.loads((folder / "eval-joined" / "results.json").read_text())
    assert set(results["metrics"]) == {"niqe", "other"}
    assert results["data"]["score_origin"] == "subjective"
    assert results["metrics"]["niqe"]["views"]["pooled"]["outlier_ratio"] is not None


@pytest.mark.slow
def test_a_million_rows(folder):
    rng = np.random.default_rng(1)
    n = 1_000_000
    mos = rng.normal(3, 0.7, n)
    table = pd.DataFrame({"source_id": rng.integers(0, 20_000, n), "mos": mos, "one": mos + rng.normal(size=n)})
    table.to_parquet("big.parquet")
    made = subprocess.run(
        [sys.executable, "-m", "ddsr_bench", "eval-qa", "--scores", "big.parquet"],
        capture_output=True,
        text=True,
        env=os.environ,
    )
    assert made.returncode == 0, made.stderr
    pooled = json.loads((folder / "eval-big" / "results.json").read_text())["metrics"]["one"]["views"]["pooled"]
    low, high = pooled["srocc_ci95"]
    assert low < 6 / np.pi * np.arcsin(0.7 / np.hypot(0.7, 1) / 2) < high
    assert high - low == pytest.approx(0.0029, rel=0.1), "4 standard errors of SROCC at rho .57"
