"""What a user types becomes clips with ids that depend on nothing else."""

import os

import pytest

from ddsr_bench.data.discover import find_clips
from ddsr_bench.errors import DdsrError


@pytest.fixture
def tree(tmp_path):
    for name in (
        "a/x.mp4",
        "a/y.mkv",
        "b/x.mp4",
        "a/notes.txt",
        "a/.hidden.mp4",
        "frames/000/00000000.png",
        "frames/001/0.jpg",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return tmp_path


def ids(*inputs):
    return [clip.id for clip in find_clips([str(item) for item in inputs])]


def test_a_folder_stands_for_everything_below_it(tree):
    assert ids(tree) == ["a/x", "a/y", "b/x", "frames/000", "frames/001"]


def test_files_folders_and_globs_give_the_same_ids_in_any_order(tree):
    assert ids(tree / "a" / "x.mp4", tree / "a" / "y.mkv") == ["x", "y"]
    assert ids(f"{tree}/a/*.m*") == ["x", "y"]
    assert ids(tree / "frames" / "001", tree / "frames" / "000") == ["000", "001"]
    assert ids(tree / "a", tree / "a" / "x.mp4") == ["x", "y"]


def test_a_missing_file_is_kept_to_fail_as_one_item(tree):
    assert ids(tree / "gone.mp4", tree / "a" / "y.mkv") == ["gone", "y"]


def test_two_clips_of_one_name_are_refused(tree):
    with pytest.raises(DdsrError, match=r"a/x.mp4 and .*b/x.mp4: both would be named 'x'; rename one, or give the"):
        ids(tree / "a" / "x.mp4", tree / "b" / "x.mp4")


def test_nothing_found_is_refused(tree):
    (tree / "empty").mkdir()
    with pytest.raises(DdsrError, match="empty: no video and no frame folder in it"):
        ids(tree / "empty")
    with pytest.raises(DdsrError, match=r"\*.webm: matches no file"):
        ids(f"{tree}/*.webm")


def test_a_name_that_is_not_utf8_gets_a_printable_id(tree):
    name = os.fsdecode(b"caf\xe9.mp4")
    (tree / "n").mkdir()
    (tree / "n" / name).write_bytes(b"")
    assert ids(tree / "n") == ["caf%E9"]
