"""``check``: a sound dataset passes, and each rule finds its fault and names the row."""

import os
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_set import make_set, row, rows, votes

from ddsr_bench.data.manifest.check import check
from ddsr_bench.data.manifest.write import write_parquet, write_tables
from ddsr_bench.errors import DdsrError


def violations(root, **options):
    return [(one.row, one.text) for one in check(root, **options).violations]


def write(root, made, with_votes=True):
    write_tables(root, made, votes(made) if with_votes else None)


def test_a_sound_dataset_passes_and_is_counted(tmp_path):
    make_set(tmp_path)
    report = check(tmp_path, expect=(8, 4, 2))
    assert report.violations == []
    assert report.counts == "8 rows, 4 sources, 2 conditions"
    assert report.origins == {"simulated": 8}
    assert (report.files, report.hashed) == (16, 8)


def test_tables_alone_pass_without_files(tmp_path):
    write(tmp_path, rows())
    report = check(tmp_path)
    assert report.violations == []
    assert report.files == 0


def test_other_counts_than_expected_are_told(tmp_path):
    write(tmp_path, rows(4))
    expected = "8 rows, 4 sources, 2 conditions; expected 1155 rows, 105 sources, 11 conditions"
    assert violations(tmp_path, expect=(1155, 105, 11)) == [(None, expected)]


# Row 1 of the tables is the first of train.parquet by video_id: source 2, bicubic.
FAULTS = [
    ({"file_name": "../out.mp4"}, "file_name: '../out.mp4' leaves the dataset's folder"),
    ({"file_name": "/etc/passwd"}, "file_name: '/etc/passwd' leaves the dataset's folder"),
    ({"hr_file_name": "a\\..\\b.mp4"}, "hr_file_name: 'a\\\\..\\\\b.mp4' leaves the dataset's folder"),
    ({"lr_file_name": "C:/x.mkv"}, "lr_file_name: 'C:/x.mkv' leaves the dataset's folder"),
    ({"sha256": "XYZ"}, "sha256: 'XYZ' is no SHA-256 in lower case"),
    ({"score_origin": "guessed"}, "score_origin: 'guessed' is none of subjective, simulated, none"),
    ({"frames": 0}, "frames: 0 is not above 0"),
    ({"duration": 9.0}, "duration: 9 s, but frames / fps is 0.25"),
    ({"mos": None}, "mos: no number, but score_origin is 'simulated'"),
    ({"score_origin": "none"}, "mos: 3.2, but score_origin is 'none'"),
    ({"mos_ci95": -1.0}, "mos_ci95: -1 is below 0"),
    ({"n_ratings": 0}, "n_ratings: 0 is below 1"),
    ({"n_ratings": 7}, "n_ratings: 7, but ratings.parquet has 3 votes"),
    ({"video_id": "s2-x2-nearest"}, None),
    ({"source_id": None}, "source_id: has no value"),
]


@pytest.mark.parametrize(("change", "text"), FAULTS, ids=[next(iter(change)) for change, _ in FAULTS])
def test_each_rule_names_the_row(tmp_path, change, text):
    made = [one if one["video_id"] != "s2-x2-bicubic" else {**one, **change} for one in rows()]
    write_tables(tmp_path, made, votes(rows()))
    found = violations(tmp_path)
    if text is None:
        assert (2, "video_id: 's2-x2-nearest' stands in another row too") in found
    else:
        assert (1, text) in found


def test_a_group_on_both_sides_is_found(tmp_path):
    made = [{**one, "split": "test"} if one["source_id"] == "s3" else one for one in rows()]
    write(tmp_path, made)
    assert any("source_group 'g1' is in train and in test" in text for _, text in violations(tmp_path))


def test_an_lr_clip_of_two_sources_is_found(tmp_path):
    made = rows()
    made[5] = {**made[5], "lr_id": "s3-x2"}
    write(tmp_path, made)
    assert any(
        "'s2', but lr_id 's3-x2' belongs to" in text or "belongs to 's2'" in text for _, text in violations(tmp_path)
    )


def test_a_row_in_the_wrong_table_is_found(tmp_path):
    made = rows()
    write(tmp_path, made)
    train = [{**one, "split": "test"} for one in made if one["split"] == "train"]
    write_parquet(tmp_path / "train.parquet", train)
    assert (1, "split: 'test' in train.parquet") in violations(tmp_path)


def test_a_column_of_the_wrong_type_or_none_is_one_line(tmp_path):
    write(tmp_path, rows())
    table = pq.read_table(tmp_path / "train.parquet")
    place = table.schema.get_field_index("mos")
    wrong = table.set_column(place, "mos", table["mos"].cast(pa.float64())).drop_columns(["method"])
    pq.write_table(wrong, tmp_path / "train.parquet")
    assert violations(tmp_path) == [
        (None, "train.parquet: has no column 'method'"),
        (None, "train.parquet: column 'mos' is of type double, not float"),
    ]


def test_large_strings_of_pandas_are_named(tmp_path):
    write(tmp_path, rows())
    table = pq.read_table(tmp_path / "test.parquet")
    place = table.schema.get_field_index("file_name")
    pq.write_table(
        table.set_column(place, "file_name", table["file_name"].cast(pa.large_string())), tmp_path / "test.parquet"
    )
    assert violations(tmp_path) == [(None, "test.parquet: column 'file_name' is of type large_string, not string")]


def test_a_cut_off_table_is_one_line(tmp_path):
    write(tmp_path, rows())
    path = tmp_path / "train.parquet"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DdsrError, match=r"train\.parquet: cannot be read as Parquet \(.*\); copy or build it again"):
        check(tmp_path)


def test_an_empty_folder_is_one_line(tmp_path):
    with pytest.raises(DdsrError, match=r"holds neither train\.parquet nor test\.parquet; give a dataset's folder"):
        check(tmp_path)


def test_files_missing_changed_or_outside_are_found(tmp_path):
    root = tmp_path / "set"
    made = make_set(root)
    outside = tmp_path / "outside.mp4"
    (root / made[2]["file_name"]).rename(outside)
    os.symlink(outside, root / made[2]["file_name"])
    (root / made[4]["file_name"]).unlink()
    (root / made[6]["file_name"]).write_bytes(b"other")
    texts = [text for _, text in violations(root)]
    assert f"{made[2]['file_name']}: leads out of the dataset's folder" in texts
    assert f"{made[4]['file_name']}: no such file" in texts
    assert f"{made[6]['file_name']}: is another file than sha256 says" in texts
    assert len(texts) == 3
    assert not any("another file" in text for _, text in violations(root, hashes=False))


def test_votes_on_unknown_videos_and_votes_that_are_none(tmp_path):
    made = rows()
    write_tables(tmp_path, made, [*votes(made), {**votes(made)[0], "video_id": "x", "rating": float("nan")}])
    texts = [text for _, text in violations(tmp_path)]
    assert "ratings.parquet: votes on 'x', which is in no table" in texts
    assert "ratings.parquet: a vote is no number" in texts


def test_a_value_of_another_type_is_refused_when_written(tmp_path):
    with pytest.raises(DdsrError, match=r"train\.parquet: a value does not fit its column"):
        write_tables(tmp_path, [row(2, "bicubic", width="wide")])
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.slow
def test_a_million_rows_take_seconds(tmp_path):
    number = np.arange(1_000_000)
    base = row(2, "bicubic")
    frame = pd.DataFrame({key: [value] for key, value in base.items()}).loc[np.zeros(len(number), int)]
    frame = frame.reset_index(drop=True)
    text = number.astype(str)
    frame["video_id"], frame["file_name"] = text, np.char.add("videos/", text)
    frame["lr_id"], frame["source_id"] = text, text
    frame["source_group"] = text
    frame["split"] = "train"
    from ddsr_bench.data.manifest.schema import arrow_schema

    table = pa.Table.from_pandas(frame, schema=arrow_schema(list(frame)), preserve_index=False)
    pq.write_table(table, tmp_path / "train.parquet")
    start = time.perf_counter()
    report = check(tmp_path)
    assert report.violations == []
    assert report.rows == 1_000_000
    assert time.perf_counter() - start < 60
