"""The store of scores: found again by content, never stale, safe for two processes."""

import dataclasses
import json
import multiprocessing
import os
import stat

import numpy as np
import pytest
from fakes import BRIGHT, DIFFERENT, MOVING, PAIR, metric

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.batch import Clip, score_clips
from ddsr_bench.quality.runner import WHOLE, Selection
from ddsr_bench.quality.store import ScoreStore, Stored, key_of

VALUES = Stored(np.array([[0.1, 1 / 3], [2.0, -1e300]]), [3, 5], 23.976)


@pytest.fixture
def store(tmp_path):
    return ScoreStore(tmp_path / "scores")


def key(one=PAIR, selection=WHOLE, clip="a" * 64, reference=None):
    return key_of(one, selection, clip, reference)


def test_what_is_put_is_got_to_the_last_bit(store):
    store.put(key(), VALUES)
    found = store.get(key())
    np.testing.assert_array_equal(found.values, VALUES.values)
    assert (found.frames, found.fps) == ([3, 5], 23.976)


@pytest.mark.parametrize(
    "other",
    [
        key(clip="b" * 64),
        key(dataclasses.replace(PAIR, version="2")),
        key(dataclasses.replace(PAIR, name="pairs")),
        key(dataclasses.replace(PAIR, parameters={"model_sha256": "c"})),
        key(dataclasses.replace(PAIR, columns=("a", "b"))),
        key(selection=Selection(stop=9)),
        key(selection=Selection(every=2)),
    ],
    ids=["clip", "version", "name", "parameters", "columns", "frames", "every"],
)
def test_whatever_decides_a_score_keeps_it_apart(store, other):
    store.put(key(), VALUES)
    assert store.get(other) is None


def test_reference_and_border_count_for_full_reference_metrics_alone():
    cropped = Selection(crop_border=4)
    assert key(DIFFERENT, reference="b") != key(DIFFERENT, reference="c")
    assert key(DIFFERENT, cropped, reference="b") != key(DIFFERENT, reference="b")
    assert key(PAIR, cropped, reference="b") == key(PAIR, reference=None)


@pytest.mark.parametrize(
    "damage",
    [
        lambda entry: "{",
        lambda entry: json.dumps({**entry, "schema_version": 0}),
        lambda entry: json.dumps({**entry, "key": {**entry["key"], "version": "2"}}),
        lambda entry: json.dumps({**entry, "values": entry["values"][:1]}),
        lambda entry: json.dumps({**entry, "values": [["x", 1], [2, 3]]}),
        lambda entry: json.dumps({k: v for k, v in entry.items() if k != "frames"}),
    ],
    ids=["cut", "schema", "foreign", "rows", "text", "missing"],
)
def test_a_damaged_entry_is_no_entry(store, damage):
    store.put(key(), VALUES)
    path = store.path(key())
    path.write_text(damage(json.loads(path.read_text())))
    assert store.get(key()) is None


def _many(folder):
    store = ScoreStore(folder)
    for _ in range(60):
        store.put(key(), VALUES)
        assert store.get(key()) is not None


def test_two_processes_write_one_entry_and_read_it_whole(tmp_path):
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_many, args=(tmp_path / "s",)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert len([path for path in (tmp_path / "s").rglob("*") if path.is_file()]) == 1


def test_the_folder_is_in_the_users_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    assert ScoreStore().folder == tmp_path / "home" / "scores"


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DdsrError, match=r"no place for scores .*; choose another --store, or --no-store"):
        ScoreStore(tmp_path / "file" / "scores")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(DdsrError, match="cannot be written to; choose another --store, or --no-store"):
        ScoreStore(tmp_path)


# With the scoring of many clips


def counting(name, calls, **facts):
    def score(frames, reference):
        calls.append(len(frames))
        return np.ones(len(frames))

    return metric(name, score, **facts)


def test_a_second_run_computes_nothing_and_a_new_version_everything(store, make_video):
    calls = []
    clips = [Clip("a", make_video())]
    for expected, version in ((8, "1"), (8, "1"), (16, "2"), (16, "1")):
        batch = score_clips(clips, {"m": counting("m", calls, version=version)}, store=store)
        assert sum(calls) == expected
        assert batch.clips["a"].values["m"].values.tolist() == [[1.0]] * 8


def test_only_what_is_missing_is_computed_and_content_counts_not_the_name(store, make_video, tmp_path):
    calls = []
    first = make_video()
    score_clips([Clip("a", first)], {"m": counting("m", calls)}, store=store)
    moved = tmp_path / "other.mkv"
    first.rename(moved)
    batch = score_clips([Clip("b", moved)], {"m": counting("m", calls), "bright": BRIGHT}, store=store)
    assert sum(calls) == 8
    assert batch.clips["b"].stored == 1
    assert sorted(batch.clips["b"].values) == ["bright", "m"]


def test_failures_are_not_stored(store, make_video):
    fails = [True]

    def score(frames, reference):
        if fails[0]:
            raise RuntimeError("not today")
        return np.ones(len(frames))

    clips = [Clip("a", make_video())]
    assert score_clips(clips, {"m": metric("m", score)}, store=store).failures() == [
        ("a", "m: RuntimeError: not today")
    ]
    fails[0] = False
    assert score_clips(clips, {"m": metric("m", score)}, store=store).failures() == []


def test_a_clip_that_cannot_be_read_leaves_the_others_and_what_all_share_is_told_once(make_video, tmp_path):
    (tmp_path / "bad.mkv").write_bytes(b"no video")

    def start():
        raise DdsrError("gone: its model is missing")

    gone = dataclasses.replace(BRIGHT, name="gone", start=start)
    clips = [Clip("a", make_video("a.mkv")), Clip("b", tmp_path / "bad.mkv"), Clip("c", tmp_path / "none.mkv")]
    batch = score_clips(clips[:2], {"bright": BRIGHT, "moving": MOVING}, workers=1)
    assert sorted(batch.clips["a"].values) == ["bright", "moving"]
    assert [name for name, _ in batch.failures()] == ["b"]
    batch = score_clips(clips[:2], {"gone": gone, "bright": BRIGHT})
    assert batch.failures()[0] == ("all 2", "gone: its model is missing")
    assert score_clips(clips[2:], {"bright": BRIGHT}).failures()[0][1].startswith(f"{tmp_path}/none.mkv: ")


def test_pooling_is_done_from_what_is_stored(store, make_video):
    clips = [Clip("a", make_video())]
    odd = metric("odd", lambda frames, reference: np.arange(len(frames)) + frames.first - 1.0)
    batch = score_clips(clips, {"odd": odd, "bright": BRIGHT}, store=store)
    assert batch.pooled([odd])["a"] == {"odd": 2.5}
    again = score_clips(clips, {"odd": odd, "bright": BRIGHT}, store=store)
    assert again.clips["a"].stored == 2
    assert again.pooled([odd], "last")["a"] == {"odd": 6.0}
    assert sorted(again.pooled([odd, BRIGHT], "harmonic")["a"]) == ["bright"]
    assert again.failures() == [("a", "odd: has the value -1, and only values above 0 have a harmonic mean")]
