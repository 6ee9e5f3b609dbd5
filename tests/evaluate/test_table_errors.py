"""Score tables that cannot be used: one line each, with the file, the column and the first bad row."""

import numpy as np
import pandas as pd
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.table import load_table


def frame(n=6, **columns):
    base = {"video": [f"v{index}" for index in range(n)], "mos": np.linspace(1, 5, n), "niqe": np.linspace(9, 2, n)}
    return pd.DataFrame({**base, **columns})


@pytest.fixture
def refuse(tmp_path, monkeypatch):
    """Load a table (a frame, text or bytes) that must be refused; return the error's text."""
    monkeypatch.chdir(tmp_path)

    def run(content, name="s.csv", **options):
        if isinstance(content, pd.DataFrame):
            content = content.to_csv(index=False)
        content = content.encode() if isinstance(content, str) else content
        (tmp_path / name).write_bytes(content)
        with pytest.raises(DdsrError) as caught:
            load_table(name, **options)
        assert "\n" not in str(caught.value)
        return str(caught.value)

    return run


def with_cell(row, column, value):
    table = frame().astype({column: object})
    table.loc[row, column] = value
    return table


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"mos": "mso"},
            "s.csv: no column 'mso' (asked for by --mos); did you mean 'mos'? its columns are: video, mos, niqe",
        ),
        (
            {"metrics": ["niq", "x"]},
            "s.csv: no column 'niq' (asked for by --metrics); did you mean 'niqe'? its columns are: video, mos, niqe",
        ),
        ({"group": "scene"}, "s.csv: no column 'scene' (asked for by --group); its columns are: video, mos, niqe"),
        (
            {"method_column": "m"},
            "s.csv: no column 'm' (asked for by --method-column); its columns are: video, mos, niqe",
        ),
        (
            {"input_column": "lr"},
            "s.csv: no column 'lr' (asked for by --input-column); its columns are: video, mos, niqe",
        ),
        (
            {"metrics": ["niqe", "mos"]},
            "s.csv: column 'mos' is the MOS and cannot be a metric too; leave one of the two out",
        ),
        ({"features": {"b": "f*"}}, "s.csv: no numeric column matches 'f*'; its columns are: video, mos, niqe"),
        ({"features": {"b": "niqe:f35"}}, "s.csv: no column 'f35'; its columns are: video, mos, niqe"),
        ({"features": {"b": "mos:niqe"}}, "s.csv: features of 'b' (mos:niqe): the MOS is among them; leave it out"),
        ({"features": {"b": ""}}, "s.csv: features of 'b': no columns given; write b=f00:f35 or b=f*"),
    ],
)
def test_columns_that_are_not_there(refuse, options, message):
    assert refuse(frame(), **options) == message


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            with_cell(2, "mos", "good"),
            "s.csv: column 'mos': 'good' in row 3 (video 'v2') is not a number; correct it, or "
            "empty the cell and give --drop-missing",
        ),
        (
            with_cell(4, "niqe", "3,7"),
            "s.csv: column 'niqe': '3,7' in row 5 (video 'v4') is not a number; correct it, or "
            "empty the cell and give --drop-missing",
        ),
        (
            with_cell(1, "mos", ""),
            "s.csv: missing or infinite: 'mos' in 1 of 6 rows (first: row 2 (video 'v1')); fill "
            "them in, or give --drop-missing",
        ),
        (
            with_cell(3, "niqe", "-inf"),
            "s.csv: missing or infinite: 'niqe' in 1 of 6 rows (first: row 4 (video 'v3')); "
            "fill them in, or give --drop-missing",
        ),
        (frame(mos=np.nan), "s.csv: column 'mos' holds no finite number; name another"),
        (
            frame(video=["a", "b", "c", "b", "a", "d"]),
            "s.csv: column 'video': video 'b' is in rows 2 and 4 (2 repeated "
            "in all); keep one row per video, or name the right column with --video-column",
        ),
        (with_cell(2, "video", ""), "s.csv: column 'video' is empty in row 3; name every video"),
        (frame(3), "s.csv: 3 videos; a correlation needs 4 or more"),
        (frame(1), "s.csv: 1 video; a correlation needs 4 or more"),
        (frame(0), "s.csv: no rows; give a table with a row per video"),
        (
            frame()[["video", "mos"]],
            "s.csv: no metric columns; its columns are: video, mos; add one with a metric's values",
        ),
        (
            frame(f1=0, f2=1).drop(columns="niqe"),
            "s.csv: no metric columns, but 2 numbered ones; if they are features of "
            "a metric, give --features NAME=f1:f2",
        ),
        (
            frame().drop(columns="mos"),
            "s.csv: no MOS column; its columns are: video, niqe; name the one to use with --mos",
        ),
        (
            frame().rename(columns={"mos": "DMOS"}),
            "s.csv: no MOS column, and 'DMOS' may grow as quality falls; give "
            "--mos DMOS if higher is better there, or turn its sign first",
        ),
        (
            pd.DataFrame({"subject": list("abcd"), "video_id": list("abcd"), "rating": range(4)}),
            "s.csv: raw ratings, not scores; recover the MOS first: ddsr-bench mos s.csv",
        ),
        (
            frame(score_origin=["subjective"] * 4 + ["simulated"] * 2),
            "s.csv: scores of mixed origin (4 subjective and 2 simulated); evaluate them in separate tables",
        ),
        (
            frame(score_origin="people"),
            "s.csv: score_origin 'people': unknown; write one of subjective, simulated, none",
        ),
        (
            frame(source_id=["a", "a", None, "b", "b", None]),
            "s.csv: column 'source_id' is empty in 2 rows (first: row 3 "
            "(video 'v2')); fill them in, or leave the column out",
        ),
        ("video,mos,niqe,mos\n", "s.csv: column 'mos' is there twice; give every column its own name"),
        ("", "s.csv: empty; give a table with a header and a row per video"),
        ("video,mos,niqe\na,1,2\nb,1,2,3\n", "s.csv: not a table: Expected 3 fields in line 3, saw 4"),
        ("video,mos,niqe\na,1,2,3\n", "s.csv: rows with more cells than the header's 3; quote cells that hold ','"),
        (
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            "s.csv: not UTF-8 text; export the table as .csv, .csv.gz, .tsv, .txt, .parquet, .json, .jsonl",
        ),
        (
            b"PK\3\4\0\0\0\0",
            "s.csv: a binary file, not text; give one of .csv, .csv.gz, .tsv, .txt, .parquet, .json, .jsonl",
        ),
    ],
)
def test_bad_tables(refuse, table, message):
    assert refuse(table) == message


def test_several_columns_with_missing_values_are_counted(refuse):
    table = frame(a=[1, None, 2, None, 3, 4], b=[None, 1, 2, 3, 4, 5], c=[None] * 2 + [1, 2, 3, 4])
    table.loc[5, "mos"] = np.nan
    assert refuse(table) == (
        "s.csv: missing or infinite: 'mos' in 1 of 6 rows (first: row 6 (video 'v5')), 'a' in 2 of 6 rows (first: row "
        "2 (video 'v1')), 'b' in 1 of 6 rows (first: row 1 (video 'v0')) and 1 more; fill them in, or give "
        "--drop-missing"
    )
    assert refuse(table, drop_missing=True) == "s.csv: 2 videos after dropping; a correlation needs 4 or more"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "s.json",
            "{",
            "s.json: not valid JSON: Expecting property name enclosed in double quotes at line 1, column 2",
        ),
        ("s.json", "[1, 2]", "s.json: not a table; write a list of records or an object of columns"),
        ("s.json", '{"mos": [1, 2], "niqe": [1]}', "s.json: column 'niqe' has 1 cells, others have 2"),
        ("s.json", "", "s.json: empty; give a table with a row per video"),
        ("s.json", "[]", "s.json: no rows; give a table with a row per video"),
        (
            "s.xlsx",
            "",
            "s.xlsx: not a kind of table that can be read; give one of .csv, .csv.gz, .tsv, .txt, .parquet, "
            ".json, .jsonl",
        ),
        ("s.csv.gz", "a,b\n", "s.csv.gz: cannot be read (Not a gzipped file (b'a,'))"),
    ],
)
def test_other_kinds_of_files(refuse, name, content, message):
    assert refuse(content, name) == message


def test_a_broken_parquet_file(refuse):
    assert refuse(b"PAR1 and no more", "s.parquet").startswith("s.parquet: not a Parquet file (")


def test_a_gzip_file_that_ends_early(refuse):
    import gzip

    whole = gzip.compress(frame(500).to_csv(index=False).encode())
    assert refuse(whole[: len(whole) // 2], "s.csv.gz").startswith("s.csv.gz: cannot be read (Compressed file ended")


def test_no_such_file_and_a_folder(tmp_path):
    with pytest.raises(DdsrError, match=r"none\.csv: cannot be read \(No such file or directory\)"):
        load_table(tmp_path / "none.csv")
    with pytest.raises(DdsrError, match="a folder; give a file of scores"):
        load_table(tmp_path)


def test_json_cells_that_are_no_numbers(refuse):
    records = frame().to_dict(orient="records")
    records[1]["niqe"] = True
    assert "column 'niqe': 'True' in row 2 (video 'v1') is not a number" in refuse(
        pd.Series(records).to_json(orient="values"), "s.json"
    )
    records[1]["niqe"] = [3.0]
    assert "column 'niqe': '[3.0]' in row 2 (video 'v1') is not a number" in refuse(
        pd.Series(records).to_json(orient="values"), "s.json"
    )


def test_metric_with_the_name_of_features(refuse):
    table = frame(f1=0.5, f2=range(6))
    assert refuse(table, features={"niqe": "f1:f2"}) == (
        "s.csv: 'niqe' is a column and a name of features; choose another name for these"
    )
