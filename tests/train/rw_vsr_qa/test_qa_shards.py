"""Shards: what is read of them, and the text of what is wrong with them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from rated_set import NATIVE, ROWS, write_shard

from ddsr_bench.errors import DdsrError
from ddsr_bench.train.rw_vsr_qa.shards import hash_of, is_cut, read_fragments, read_shards
from ddsr_bench.video import file_sha256


@pytest.fixture
def shards(tmp_path):
    return {name: write_shard(tmp_path / "in", name, seed=k) for k, name in enumerate("abcd")}


def test_what_is_written_is_read(shards, tmp_path):
    rated, ladders = read_shards(tmp_path / "in")
    first = [one for one in rated if one.group == "a"]
    assert [one.id for one in first] == ["a/bicubic", "a/nearest", "a/sharp"]
    # 1.5, .5 and 4.5, spread: see shards.spread.
    assert [one.label for one in first] == pytest.approx([3.15, 1.65, 4.8])
    assert {(one.source_group, one.rated, one.origin) for one in first} == {("a", True, "simulated")}
    steps = [one for one in ladders if one.group == "b:ladder"]
    assert [(one.id, one.label) for one in steps] == [
        ("b:ladder/sharp", 0.0), ("b:ladder/blur-1", -1.0), ("b:ladder/blur-2", -2.0),
    ]  # fmt: skip
    assert {(one.source_group, one.rated, one.origin) for one in steps} == {("b", False, "order")}
    # One sharp clip in three is a rated video.
    assert [one.group for one in rated if one.id.endswith("sharp")] == ["a", "d"]
    for one in (*rated, *ladders):
        assert is_cut(one)
        held = read_fragments(one)
        row = [name for name, *_ in ROWS].index(one.id.split("/")[1])
        np.testing.assert_array_equal(held.patches, shards[one.path.parent.stem][row])
        assert held.native == NATIVE


def test_samples_of_files_are_none_of_shards(shards, tmp_path):
    one = read_shards(tmp_path / "in")[0][0]
    assert not is_cut(replace(one, path=tmp_path / "videos" / "a.mp4"))


def test_fragments_are_known_by_shard_and_row(shards, tmp_path):
    rated, ladders = read_shards(tmp_path / "in")
    hashes = {one.id: hash_of(one) for one in (*rated, *ladders)}
    assert hashes["a/bicubic"] == f"{file_sha256(tmp_path / 'in' / 'a.npy')}#0"
    assert hashes["a/sharp"] == hashes["a:ladder/sharp"]
    assert len(set(hashes.values())) == 4 * len(ROWS)


def test_motion_is_read_where_it_is_kept(tmp_path):
    def rows(*motion):
        return [{"name": "x", "mos": 1.0, "group": "sr", "motion": list(motion)}]

    write_shard(tmp_path / "in", "a", rows=rows(0.5, 2))
    write_shard(tmp_path / "without", "a")
    assert read_fragments(read_shards(tmp_path / "in")[0][0]).motion.tolist() == [0.5, 2.0]
    assert read_fragments(read_shards(tmp_path / "without")[0][0]).motion is None
    write_shard(tmp_path / "more", "a", rows=rows(1, 2, 3))
    assert "a.npy: motion of 3 key frames for 2; make it again" in told(tmp_path / "more")


def test_methods_are_left_out_of_the_rated_alone(shards, tmp_path):
    rated, ladders = read_shards(tmp_path / "in")
    fewer, same = read_shards(tmp_path / "in", ("nearest",))
    assert same == ladders
    assert fewer == tuple(one for one in rated if not one.id.endswith("/nearest"))
    assert len(fewer) == len(rated) - 4
    write_shard(tmp_path / "in", "e", method="nearest")
    write_shard(tmp_path / "in", "f", method="bicubic")
    groups = {one.group for one in read_shards(tmp_path / "in", ("nearest",))[0]}
    assert groups == {"a", "b", "c", "d", "f"}
    with pytest.raises(DdsrError, match=r"in: no method 'hat' to leave out; it has bicubic, nearest, sharp$"):
        read_shards(tmp_path / "in", ("hat",))


def read_all(folder):
    return [read_fragments(one) for one in read_shards(folder)[0]]


def told(folder):
    with pytest.raises(DdsrError) as error:
        read_all(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_folder_without_shards_is_told(tmp_path):
    text = "no shards in it (*.json); make some by reports/rw-vsr-qa/training_set.py"
    assert told(tmp_path / "gone") == f"{tmp_path / 'gone'}: {text}"
    assert told(tmp_path) == f"{tmp_path}: {text}"


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"fragments_version": 99}, "fragments of version 99, this program cuts 1; make it again"),
        ({"rows": [{"name": "a"}]}, "a.json: not the facts of a shard ('mos'); make the shard again"),
        ({"source": {}}, "a.json: not the facts of a shard ('group'); make the shard again"),
        ({"native": None}, "a.json: not the facts of a shard (int() argument"),
        ({"rows": 3}, "a.json: not the facts of a shard ("),
        ({"sha256": "0" * 64}, "a.npy: is not the file that its facts tell of (SHA-256); make the shard again"),
        ({"rows": [{"name": "x", "mos": 1.0, "group": "sr"}] * 6}, "a.npy: has 5 videos, its facts tell of more"),
        ({"rows": [{"name": "x", "mos": None, "group": "sr"}]}, "a.json: not the facts of a shard (float() argument"),
        ({"native": 3}, "a.npy: 3 native ones of 3 patches; make the shard again"),
    ],
)
def test_facts_that_are_wrong_are_told(tmp_path, changes, text):
    write_shard(tmp_path, "a", **changes)
    assert text in told(tmp_path)


def test_facts_of_another_form_are_told(tmp_path):
    (tmp_path / "a.json").write_text("[1, 2]")
    assert "a.json: not the facts of a shard (" in told(tmp_path)
    (tmp_path / "a.json").write_text("{")
    assert "a.json: not JSON" in told(tmp_path)


def test_arrays_that_are_damaged_are_told(tmp_path):
    for name, content in (
        ("gone", None),
        ("cut", lambda path: path.read_bytes()[:1000]),
        ("text", lambda path: b"no array"),
        ("other", lambda path: _saved(tmp_path / "x", np.zeros((5, 2)))),
    ):
        write_shard(tmp_path / name, "a")
        path = tmp_path / name / "a.npy"
        if content is None:
            path.unlink()
            assert told(path.parent) == f"{path}: not there; make the shard again"
            continue
        path.write_bytes(content(path))
        assert "is not the file that its facts tell of (SHA-256)" in told(path.parent)
        # Even where the hash is right, what is no array of fragments is not taken for one.
        facts = json.loads(path.with_suffix(".json").read_text())
        path.with_suffix(".json").write_text(json.dumps({**facts, "sha256": file_sha256(path)}))
        expected = "float64 (5, 2) are no fragments" if name == "other" else "fragments are damaged"
        assert f"{path}: {expected}; make the shard again" == told(path.parent)


def _saved(path, array):
    with path.open("wb") as file:
        np.save(file, array)
    return path.read_bytes()
