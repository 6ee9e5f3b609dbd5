"""``ddsr-bench mos`` as it is typed: its files, its summary, its errors."""

import json

import numpy as np
import pandas
import pyarrow
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from ddsr_bench.cli import main

MATRIX = (
    "video_id,source_id,method,s1,s2,s3,s4\na,01,edvr,1,2,1,2\nb,01,tdan,5,4,5,4\nc,02,edvr,3,3,,4\nd,02,tdan,,,2,\n"
)


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "votes.csv").write_text(MATRIX)

    def run(*arguments):
        return CliRunner().invoke(main, ["mos", *map(str, arguments)])

    return run


def test_files_and_summary(call, tmp_path):
    done = call("votes.csv", "--model", "mean", "--scale", "1:5", "--out", "out/scores.parquet")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines() == [
        "votes.csv -> out/scores.parquet",
        "  model      mean",
        "  scale      1:5",
        "  videos     4",
        "  subjects   4",
        "  votes      12 (4 missing)",
        "  rejected   none",
        "  SOS alpha  0.116",
        "  MOS +-     0.595 (mean half width of the 95 % intervals)",
        "Note: matrix: rows named by video_id, subjects = 4 columns (s1 to s4).",
        "Note: 1 of 4 videos: one vote, so no interval (d).",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "scores.json",
        "scores.parquet",
        "scores.subjects.csv",
    ]


def test_the_score_table_has_plain_types_and_the_videos_columns(call, tmp_path):
    call("votes.csv", "--model", "mean", "--out", "scores.parquet")
    table = pyarrow.parquet.read_table(tmp_path / "scores.parquet")
    kinds = {
        "video_id": pyarrow.string(),
        "mos": pyarrow.float64(),
        "mos_ci95": pyarrow.float64(),
        "mos_std": pyarrow.float64(),
        "n_ratings": pyarrow.int32(),
        "score_origin": pyarrow.string(),
        "source_id": pyarrow.string(),
        "method": pyarrow.string(),
    }
    assert dict(zip(table.column_names, table.schema.types, strict=True)) == kinds
    rows = table.to_pylist()
    assert [row["mos"] for row in rows] == pytest.approx([1.5, 4.5, 10 / 3, 2])
    assert rows[0]["mos_ci95"] == pytest.approx(1.959964 * np.std([1, 2, 1, 2], ddof=1) / 2, rel=1e-6)
    assert rows[3]["mos_ci95"] is None
    assert [row["source_id"] for row in rows] == ["01", "01", "02", "02"]
    assert {row["score_origin"] for row in rows} == {"subjective"}


def test_all_formats_say_the_same(call, tmp_path):
    for suffix in ("parquet", "csv", "json"):
        assert call("votes.csv", "--out", f"scores.{suffix}").exit_code == 0
    first = pandas.read_parquet(tmp_path / "scores.parquet")
    for second in (pandas.read_csv(tmp_path / "scores.csv"), pandas.read_json(tmp_path / "scores.json")):
        np.testing.assert_allclose(second["mos"], first["mos"], rtol=1e-9)
        np.testing.assert_allclose(second["mos_ci95"], first["mos_ci95"], rtol=1e-9)
        assert list(second) == list(first)
    assert (tmp_path / "scores.provenance.json").is_file()


def test_subjects_and_provenance(call, tmp_path):
    call("votes.csv", "--model", "p913", "--out", "scores.parquet")
    subjects = pandas.read_csv(tmp_path / "scores.subjects.csv")
    assert list(subjects) == [
        *("subject", "n_ratings", "bias", "bias_ci95"),
        *("inconsistency", "inconsistency_ci95", "rejected", "reason"),
    ]
    assert subjects["n_ratings"].tolist() == [3, 3, 3, 3]
    record = json.loads((tmp_path / "scores.json").read_text())
    assert record["schema_version"] == 1
    assert (record["model"], record["votes"], record["missing"]) == ("p913", 12, 4)
    assert record["undefined"] == {"d": "one vote, so no interval"}
    assert record["provenance"]["command"] == "mos"
    assert record["provenance"]["extra"]["options"]["model"] == "p913"


def test_the_default_is_p910_beside_the_caller(call, tmp_path):
    done = call("votes.csv")
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / "votes-scores.json").read_text())["model"] == "p910"
    assert (tmp_path / "votes-scores.parquet").is_file()


def test_simulated_scores_say_so(call, tmp_path):
    done = call("votes.csv", "--simulated")
    assert done.output.startswith("votes.csv -> votes-scores.parquet (simulated scores)\n")
    assert set(pandas.read_parquet(tmp_path / "votes-scores.parquet")["score_origin"]) == {"simulated"}


def test_an_output_can_be_long_options(call, tmp_path):
    (tmp_path / "long.csv").write_text("who,what,points\nx,a,1\ny,a,2\nx,b,4\ny,b,5\nx,a,3\n")
    columns = ["--subject-column", "who", "--video-column", "what", "--rating-column", "points"]
    done = call("long.csv", *columns, "--repetitions", "mean", "--model", "mean", "--format", "long", "--out", "s.csv")
    assert done.exit_code == 0, done.output
    assert pandas.read_csv(tmp_path / "s.csv")["mos"].tolist() == [2, 4.5]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (
            ["votes.csv", "--model", "p9"],
            "recovery model 'p9': unknown; did you mean 'p913' or 'p910'? choose one of: bt500, mean, p910, p913",
        ),
        (["none.csv"], "none.csv: no such file; check the path"),
        (
            ["votes.csv", "--scale", "1:4"],
            "votes.csv: row 2 (subject s1, video b): rating 5 lies outside the scale 1:4 (and 1 more); correct it or "
            "state another --scale",
        ),
        (["votes.csv", "--scale", "five"], "scale 'five': write the lowest and the highest possible vote, such as 1:5"),
        (["votes.csv", "--out", "votes.csv"], "votes.csv: would overwrite the ratings; choose another --out"),
        (["votes.csv", "--out", "s.xls"], "s.xls: unknown kind of table; give one of .csv, .tsv, .parquet, .json"),
        (
            ["votes.csv", "--rating-column", "stars"],
            "votes.csv: no column 'stars' (--rating-column); its columns are: video_id, source_id, method, s1, s2, s3, "
            "s4",
        ),
    ],
)
def test_errors(call, tmp_path, arguments, text):
    done = call(*arguments)
    assert done.exit_code == 1
    assert done.output == f"Error: {text}\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["votes.csv"]


@pytest.mark.slow
def test_a_million_votes(call, tmp_path):
    rng = np.random.default_rng(0)
    cell = rng.choice(5000 * 400, 1_000_000, replace=False)
    frame = pandas.DataFrame({"subject": cell % 400, "video_id": cell // 400, "rating": rng.integers(1, 6, len(cell))})
    frame.to_csv(tmp_path / "million.csv", index=False)
    done = call("million.csv")
    assert done.exit_code == 0, done.output
    assert "votes      1000000 (1000000 missing)" in done.output
    assert len(pandas.read_parquet(tmp_path / "million-scores.parquet")) == 5000
