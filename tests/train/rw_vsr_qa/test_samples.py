"""What is learnt from: rated videos, ladders, the two sides, batches; and the text of what is wrong with them."""

import json
from collections import Counter
from pathlib import Path

import pytest
from rated_set import make_ladders, make_rated, scene, write_clip
from small_set import row

from ddsr_bench.data.manifest.schema import SPLIT_COLUMNS
from ddsr_bench.data.manifest.write import write_parquet, write_tables
from ddsr_bench.errors import DdsrError
from ddsr_bench.train.rw_vsr_qa.batches import Endless, chunks, epoch_batches
from ddsr_bench.train.rw_vsr_qa.ladders import read_ladders
from ddsr_bench.train.rw_vsr_qa.samples import Sample, Samples, held_back, read_samples


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    root = tmp_path_factory.mktemp("rated")
    make_rated(root, sources=4, frames=4, methods=("sharp", "blur-2"))
    return root


@pytest.fixture(scope="module")
def ladders(tmp_path_factory):
    return make_ladders(tmp_path_factory.mktemp("ladders"), sources=3, frames=4)


def test_the_training_rows_with_scores_are_read(rated):
    samples = read_samples(str(rated))
    assert len(samples) == 6  # of three sources; the fourth is the test split
    first = next(one for one in samples if one.id == "s0-x2-sharp")
    assert (first.group, first.source_group, first.rated, first.origin) == ("s0-x2", "g0", True, "simulated")
    assert first.label == pytest.approx(4.6)
    assert first.path.is_file()
    assert len(read_samples(str(rated), split="all")) == 8
    assert {one.id for one in read_samples(str(rated), leave_out=("sharp",))} == {f"s{k}-x2-blur-2" for k in range(3)}


def test_published_splits_say_what_is_trained_on(rated):
    ids = [f"s{k}-x2-{method}" for k in range(4) for method in ("sharp", "blur-2")]
    sides = {f"split_{number:02d}": "train" for number in range(10)}
    rows = [{"video_id": one, **sides, "fold": 0, "split_03": "test" if one[1] == "0" else "train"} for one in ids]
    write_parquet(rated / "splits.parquet", rows, SPLIT_COLUMNS)
    assert {one.source_group for one in read_samples(str(rated), split="split_03")} == {"g0", "g1"}
    assert len(read_samples(str(rated), split="split_03")) == 6
    with pytest.raises(DdsrError, match=r"--split split_77: unknown for .*split_00, .*; use split or all"):
        read_samples(str(rated), split="split_77")
    with pytest.raises(DdsrError, match="--split video_id: unknown"):
        read_samples(str(rated), split="video_id")


def test_data_that_cannot_be_learnt_from_is_told_in_one_line(rated, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DdsrError, match="empty: no dataset"):
        read_samples(str(tmp_path / "empty"))
    unrated = [row(k, "bicubic", mos=None, score_origin="none", split="train") for k in range(2)]
    write_tables(tmp_path, unrated, [])
    with pytest.raises(DdsrError, match=r"2 videos without a score \(score_origin none\); rate them"):
        read_samples(str(tmp_path))
    write_tables(tmp_path, [row(1, "bicubic", split="test")], [])
    with pytest.raises(DdsrError, match=r"no training videos"):
        read_samples(str(tmp_path))
    write_tables(tmp_path, [row(1, "bicubic", split="train")], [])
    with pytest.raises(DdsrError, match=r"not there; .* may hold tables only, build it: ddsr-bench dataset build"):
        read_samples(str(tmp_path))
    with pytest.raises(DdsrError, match="no method 'hat' to leave out; it has blur-2, sharp"):
        read_samples(str(rated), leave_out=("hat",))


def test_ladders_are_read(ladders):
    samples = read_ladders(ladders)
    assert len(samples) == 9
    assert samples[0].id == "ladders:blur-100:s100/sharp.mkv"
    assert [one.label for one in samples[:3]] == [0, -1, -2]
    assert {one.group for one in samples[:3]} == {"ladders:blur-100"}
    assert not any(one.rated for one in samples)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"ladders_version": 2, "ladders": []}, "no ladders of version 1 (found 2); write them anew"),
        ([], "no ladders of version 1 (found None)"),
        ({"ladders_version": 1, "ladders": []}, "ladders: Tuple should have at least 1 item"),
        ({"ladders": [{"id": "a", "source_group": "s", "steps": [["a"]]}]}, "ladders.0.steps: Tuple should have"),
        ({"ladders": [{"id": "a", "source_group": "s", "stepz": []}]}, "ladders.0.steps: Field required"),
        ({"ladders": [{"id": "a", "source_group": "s", "steps": [["a.mkv"], ["b.mkv"]]}]}, "a.mkv is not there"),
        ({"ladders": [{"id": "a", "source_group": "s", "steps": [["../a"], ["b"]]}]}, "leaves the dataset's folder"),
        ({"ladders": [{"id": "a", "source_group": "s", "steps": [["a"], ["b"]]}] * 2}, "'a' is there twice"),
    ],
)
def test_bad_ladders_are_told_in_one_line(tmp_path, content, told):
    if isinstance(content, dict):
        content = {"ladders_version": 1, **content}
    (tmp_path / "x.json").write_text(json.dumps(content))
    with pytest.raises(DdsrError) as error:
        read_ladders(tmp_path)
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_no_ladders_are_told(tmp_path):
    with pytest.raises(DdsrError, match=r"no ladders in it \(\*\.json\); make some, or leave out --ladders"):
        read_ladders(tmp_path)
    with pytest.raises(DdsrError, match="gone: no such folder"):
        read_ladders(tmp_path / "gone")
    write_clip(tmp_path / "a.mkv", scene(0, 2))
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(DdsrError, match=r"x\.json: not JSON"):
        read_ladders(tmp_path)


def made(sources, rated=True, start=0):
    return [
        Sample(f"{k}-{m}{rated}", Path("x"), f"in{k}", f"g{k}", float(m), rated, "simulated" if rated else "order")
        for k in range(start, start + sources)
        for m in range(4)
    ]


def test_no_source_is_on_both_sides_and_both_kinds_are_on_each():
    rated, ladders = made(20), made(20, False, 15)
    samples = held_back(rated, ladders, 0.2, 7)
    sides = [{one.source_group for one in side} for side in (samples.train, samples.validation)]
    assert not sides[0] & sides[1]
    assert len(samples.train) + len(samples.validation) == 160
    for side in (samples.train, samples.validation):
        assert {one.rated for one in side} == {True, False}
    assert sum(one.rated for one in samples.validation) == 16
    assert samples == held_back(rated, ladders, 0.2, 7)
    assert samples != held_back(rated, ladders, 0.2, 8)
    assert samples.origin == "simulated"


def test_one_source_cannot_be_parted():
    with pytest.raises(DdsrError, match="4 videos of one source: none can be kept for validation"):
        held_back(made(1), [], 0.2, 0)
    # A single further ladder source is trained on.
    assert held_back(made(5), made(1, False, 50), 0.2, 0).train[-1].rated is False
    assert Samples(tuple(made(1, False)), ()).origin == "order"


def test_chunks_hold_every_row_once_and_several_of_a_group():
    groups = ["a"] * 11 + ["b"] * 5 + ["c"]
    found = chunks(groups, 4, 1, 2)
    assert sorted(row for part in found for row in part) == list(range(17))
    assert Counter(len(part) for part in found) == {4: 2, 3: 2, 2: 1, 1: 1}
    assert all(len({groups[row] for row in part}) == 1 for part in found)
    assert found == chunks(groups, 4, 1, 2)
    assert found != chunks(groups, 4, 1, 3)


def test_batches_are_even_and_as_many_in_every_epoch():
    groups = [f"g{k // 11}" for k in range(110)]
    epochs = [epoch_batches(groups, 16, 4, 0, epoch) for epoch in range(5)]
    assert {len(one) for one in epochs} == {8}
    for one in epochs:
        assert sorted(row for batch in one for row in batch) == list(range(110))
        assert min(map(len, one)) >= 9
        assert max(map(len, one)) <= 16
    assert epochs[0] != epochs[1]
    assert epoch_batches(["a", "b"], 4, 9, 0) in ([[0, 1]], [[1, 0]], [[0], [1]], [[1], [0]])


def test_the_endless_sequence_gives_all_before_any_again():
    groups = [f"l{k // 3}" for k in range(12)]
    found = [Endless(groups, 6, 3, 5).rows(step) for step in range(8)]
    for turn in range(4):
        assert sorted(found[2 * turn] + found[2 * turn + 1]) == list(range(12))
    assert len({tuple(rows) for rows in found}) > 4
    # In any order, and kept or not.
    beside = Endless(groups, 6, 3, 5)
    assert [beside.rows(step) for step in range(8)] == found
    assert [beside.rows(step) for step in (5, 0, 7, 4)] == [found[step] for step in (5, 0, 7, 4)]
    assert [Endless(groups, 6, 3, 6).rows(step) for step in range(8)] != found


def test_of_nothing_there_are_no_batches():
    assert epoch_batches([], 4, 2, 0) == []
