"""``check``: a sound dataset passes, and each rule finds its fault and names the row."""

import os
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_set import make_set, row, rows, votes

from ddsr_bench.data.manifest.check import check
from ddsr_bench.data.manifest.publish import publish
from ddsr_bench.data.manifest.rules import _texts
from ddsr_bench.data.manifest.schema import RECIPE_COLUMNS, SPLIT_COLUMNS
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
    ({"frames": 0}, "frames: 0 is not a number above 0"),
    ({"duration": 9.0}, "duration: 9 s, but frames / fps is 0.25"),
    ({"mos": None}, "mos: no number, but score_origin is 'simulated'"),
    ({"score_origin": "none"}, "mos: 3.2, but score_origin is 'none'"),
    ({"mos_ci95": -1.0}, "mos_ci95: -1 is no half width of an interval"),
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


def test_violations_in_a_folder_of_wrong_types_count_nothing(tmp_path):
    write(tmp_path, rows())
    table = pq.read_table(tmp_path / "ratings.parquet")
    place = table.schema.get_field_index("rating")
    pq.write_table(
        table.set_column(place, "rating", table["rating"].cast(pa.string())).drop_columns(["subject"]),
        tmp_path / "ratings.parquet",
    )
    assert violations(tmp_path) == [
        (None, "ratings.parquet: has no column 'subject'"),
        (None, "ratings.parquet: column 'rating' is of type string, not float"),
    ]


def test_empty_cells_are_told_once_and_do_not_spoil_the_other_rules(tmp_path):
    made = [{**one, "lr_id": None, "source_group": None} if n == 5 else one for n, one in enumerate(rows())]
    write(tmp_path, made)
    assert violations(tmp_path) == [(2, "source_group: has no value"), (2, "lr_id: has no value")]


def test_recipes_are_json_and_one_for_each_lr_clip(tmp_path):
    made = rows()
    by_id = {one["video_id"]: one for one in made}
    by_id["s2-x2-bicubic"]["recipe"] = "{broken"
    by_id["s3-x2-nearest"]["recipe"] = '{"stages": [1]}'
    write(tmp_path, made)
    assert violations(tmp_path) == [
        (1, "recipe: '{broken' is no JSON object"),
        (2, "recipe: another than that of lr_id 's2-x2' in an earlier row"),
        (4, "recipe: another than that of lr_id 's3-x2' in an earlier row"),
    ]


def test_the_card_is_believed_where_nothing_else_is_expected(tmp_path):
    make_set(tmp_path)
    write(tmp_path, rows(3))
    told = "6 rows, 3 sources, 2 conditions; the card says 8 rows, 4 sources, 2 conditions"
    assert violations(tmp_path, hashes=False) == [(None, told)]
    assert violations(tmp_path, hashes=False, expect=(6, 3, 2)) == []


def test_damage_within_a_table_is_one_line(tmp_path):
    write(tmp_path, rows())
    path = tmp_path / "train.parquet"
    content = bytearray(path.read_bytes())
    content[40:400] = bytes(360)
    path.write_bytes(content)
    with pytest.raises(DdsrError, match=r"train\.parquet: cannot be read as Parquet"):
        check(tmp_path)


def test_names_that_no_file_can_have_are_told(tmp_path):
    made = make_set(tmp_path)
    long, loop = f"videos/{'x' * 400}.mp4", "videos/loop.mp4"
    os.symlink("loop.mp4", tmp_path / loop)
    changed = {made[2]["video_id"]: long, made[4]["video_id"]: loop}
    write_tables(tmp_path, [{**one, "file_name": changed.get(one["video_id"], one["file_name"])} for one in made])
    texts = [text for _, text in violations(tmp_path)]
    assert len(texts) == 2
    assert any(text.startswith(f"{long}: is no name of a file (") for text in texts)
    assert any(text.startswith(f"{loop}: ") for text in texts)


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b.mp4", "...", "..x", "C:", "\\", "\n"]), min_size=1, max_size=4))
def test_a_name_passes_only_if_it_stays_within(parts):
    name = "/".join(parts)
    frame = pd.DataFrame({"file_name": ["ok.mp4", name]})
    told = [one.row for one in _texts(frame.assign(split="train", score_origin="none"))]
    if told != [2]:
        assert told == []
        assert os.path.normpath(os.path.join("/root", name)).startswith("/root")
        assert "\\" not in name
    else:
        assert {"..", ""} & set(parts) or "\\" in name or name.startswith("C:")


@pytest.fixture
def published(tmp_path):
    """A manifest of tables with everything beside them."""
    make_set(tmp_path / "built", sources=10)
    publish(tmp_path / "built", tmp_path / "out", name="small")
    assert check(tmp_path / "out").violations == []
    return tmp_path / "out"


def rewrite(path, columns, change):
    table = pq.read_table(path).to_pylist()
    write_parquet(path, change(table), columns)


def test_published_splits_are_checked(published):
    def change(table):
        assert table[0]["split_03"] == "train"  # of s0; s1 is of the same group
        table[0]["split_03"] = "test"
        return [*table[:-2], {**table[-2], "video_id": "x"}]

    rewrite(published / "splits.parquet", SPLIT_COLUMNS, change)
    (published / "croissant.json").unlink()
    assert [text for _, text in violations(published)] == [
        "splits.parquet: has 'x', which is in no table",
        "splits.parquet: lacks 's9-x2-bicubic'",
        "splits.parquet: lacks 's9-x2-nearest'",
        "splits.parquet: split_03: source_group 'g0' is on both sides",
    ]


def test_published_recipes_twins_and_hashes_are_checked(published):
    rewrite(published / "recipes.parquet", RECIPE_COLUMNS, lambda table: [{**table[0], "recipe": "{}"}, *table[1:]])
    lines = (published / "scores.jsonl").read_text().splitlines()
    (published / "scores.jsonl").write_text("\n".join(lines[1:]) + "\n")
    assert [text for _, text in violations(published)] == [
        "recipes.parquet: 's0-x2' has another recipe in the scores' table",
        "scores.jsonl: names other video_ids than the tables; publish the dataset again",
        "croissant.json: recipes.parquet is another file than its sha256 says; publish it again",
    ]
    (published / "scores.jsonl").write_text("{\n")
    with pytest.raises(DdsrError, match=r"scores\.jsonl: cannot be read as JSON lines with 'video_id'; publish"):
        check(published)
