"""The dataset's table and card."""

import json

import pyarrow.parquet
import pytest

from ddsr_bench.data.layout import inside
from ddsr_bench.data.table import card, read_records, row, write_dataset
from ddsr_bench.errors import DdsrError

RECORD = {
    "record_version": 1, "id": "a/x", "source_id": "a/x", "variant": 0, "source": {},
    "recipe": {
        "preset": "p", "scale": 4, "seed": 2**62,
        "clip": {"width": 96, "height": 64, "frames": 6, "fps": "30000/1001"},
    },
    "lr": {"kind": "lr", "file": "lr/a/x.mkv", "width": 24, "height": 16, "sha256": "1", "frames_sha256": "2"},
}  # fmt: skip
HR = {"hr": {"kind": "hr", "file": "hr/a/x.mkv", "width": 96, "height": 64, "sha256": "3", "frames_sha256": None}}


def test_a_row_by_hand():
    result = row(RECORD, "mkv")
    assert result["file_name"] == "lr/a/x.mkv"
    assert result["fps"] == pytest.approx(29.97003)
    assert result["duration"] == pytest.approx(0.2002)
    assert json.loads(result["recipe"]) == RECORD["recipe"]
    assert "hr_file_name" not in result


def test_types_that_datasets_can_read(tmp_path):
    write_dataset(tmp_path, [{**RECORD, **HR}], "mkv", "T")
    schema = pyarrow.parquet.read_schema(tmp_path / "metadata.parquet")
    types = {field.name: str(field.type) for field in schema}
    assert types["file_name"] == types["hr_file_name"] == "string"
    assert types["seed"] == "int64"
    assert types["fps"] == "float"
    assert types["frames"] == "int32"


def test_hr_is_left_out_unless_every_row_has_it(tmp_path):
    write_dataset(tmp_path, [{**RECORD, **HR}, {**RECORD, "id": "b"}], "mkv", "T")
    assert "hr_file_name" not in pyarrow.parquet.read_schema(tmp_path / "metadata.parquet").names
    assert "hr/**" not in (tmp_path / "README.md").read_text()


def test_the_card_says_what_is_there():
    text = card([row(RECORD, "mkv")], "mkv", False, 'My "set"')
    assert 'pretty_name: "My \\"set\\""' in text
    assert "1 low-resolution clips (x4) of 1 sources" in text
    assert 'path: [metadata.parquet, "lr/**"]' in text


def test_records_that_are_broken_or_misplaced_are_left_out(tmp_path):
    folder = tmp_path / "recipes" / "a"
    folder.mkdir(parents=True)
    (folder / "x.json").write_text(json.dumps(RECORD))
    (folder / "y.json").write_text(json.dumps(RECORD))  # a copy under another name
    (folder / "z.json").write_text("{")
    assert [record["id"] for record in read_records(tmp_path)] == ["a/x"]


@pytest.mark.parametrize("path", ["../x.mkv", "/etc/passwd", "lr/../../x"])
def test_paths_never_leave_the_folder(tmp_path, path):
    with pytest.raises(DdsrError, match="leaves the dataset's folder"):
        inside(tmp_path, path)
