"""Fragments that are kept: what is in them, when they are cut again, what is said of bad ones."""

from fractions import Fraction

import numpy as np
import pytest
from rated_set import scene, write_clip

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.rw_vsr_qa.fragments import SCORING, key_fragments, native_count
from ddsr_bench.train.rw_vsr_qa.cache import SCORED, FragmentCache
from ddsr_bench.train.rw_vsr_qa.samples import Sample
from ddsr_bench.video import file_sha256, read_frames, write_video

FRAMES = 10  # at 24 a second: key frames 3 and 9
WIDTH, HEIGHT = 208, 176


def sample(path, name="a"):
    return Sample(name, path, "in", "g", 3.0)


@pytest.fixture(scope="module")
def clip_path(tmp_path_factory):
    return write_clip(tmp_path_factory.mktemp("clips") / "a.mkv", scene(0, FRAMES, WIDTH, HEIGHT))


@pytest.fixture(scope="module")
def filled(clip_path, tmp_path_factory):
    cache = FragmentCache(tmp_path_factory.mktemp("fragments"))
    return cache, cache.fill([sample(clip_path)], 2)["a"]


def test_what_is_kept_is_what_the_frames_give(filled, clip_path):
    cache, sha256 = filled
    assert sha256 == file_sha256(clip_path)
    held = cache.read(sha256, SCORED)
    frames = list(read_frames(clip_path))
    cut = [key_fragments(frames[key - 1], frames[key], SCORING) for key in (3, 9)]
    np.testing.assert_array_equal(held.patches, np.stack([one.patches for one in cut]))
    assert held.motion.tolist() == [one.motion for one in cut]
    assert (held.patches.dtype, held.patches.shape[2:]) == (np.uint8, (4, 64, 64))
    assert held.native == native_count(HEIGHT, WIDTH)
    assert 0 < held.native < held.patches.shape[1]


def test_other_views_show_other_places_of_the_same_video(filled, clip_path, tmp_path):
    cache, sha256 = filled
    scored, moved = cache.read(sha256, 0), cache.read(sha256, 1)
    assert moved.patches.shape == scored.patches.shape
    assert (moved.patches != scored.patches).any()
    # They depend on the video's content and on nothing else: not on its name, not on the cache.
    other = FragmentCache(tmp_path / "other")
    copy = tmp_path / "copy.mkv"
    copy.write_bytes(clip_path.read_bytes())
    assert other.fill([sample(copy, "b")], 2) == {"b": sha256}
    np.testing.assert_array_equal(other.read(sha256, 1).patches, moved.patches)


def test_what_is_there_is_not_cut_again(filled, clip_path, monkeypatch):
    cache, sha256 = filled
    before = cache.path(sha256, 0).stat().st_mtime_ns
    monkeypatch.setattr("ddsr_bench.train.rw_vsr_qa.cache.cut_fragments", None)
    assert cache.fill([sample(clip_path)], 2) == {"a": sha256}
    assert cache.path(sha256, 0).stat().st_mtime_ns == before


def test_one_content_is_cut_once_and_each_cut_is_told(clip_path, tmp_path):
    cache, seen = FragmentCache(tmp_path), []
    found = cache.fill([sample(clip_path), sample(clip_path, "b")], 2, progress=seen.append)
    assert len(found) == 2
    assert len(set(found.values())) == 1
    assert sorted(path.name[-7:] for path in tmp_path.rglob("*.npy")) == ["-v0.npy", "-v1.npy"]
    assert max(event.finished for event in seen) == 2
    assert not list(tmp_path.rglob(".*.part"))


def test_the_cache_is_the_users_unless_told_otherwise(home):
    assert FragmentCache().folder == home / "fragments"


def test_a_damaged_file_is_told_and_cut_again_once_removed(clip_path, tmp_path):
    cache = FragmentCache(tmp_path)
    sha256 = cache.fill([sample(clip_path)], 1)["a"]
    path = cache.path(sha256, SCORED)
    whole = path.read_bytes()
    other = tmp_path / "other.npy"
    np.save(other, np.zeros(3))
    # Cut off in the data or in the header, empty, something else, with a header that is no Python, another array.
    damaged = [whole[: len(whole) // 2], whole[:60], b"", b"nonsense", whole.replace(b"'descr'", b"'de(cr ", 1)]
    for content in (*damaged, other.read_bytes()):
        path.write_bytes(content)
        with pytest.raises(DdsrError) as told:
            cache.read(sha256, SCORED)
        assert str(told.value) == f"{path}: fragments are damaged; remove the file, they are cut again"
    path.unlink()
    cache.fill([sample(clip_path)], 1)
    assert path.read_bytes() == whole


def test_pickled_arrays_are_not_opened(filled, tmp_path):
    class Called:
        def __reduce__(self):
            return (open, (str(tmp_path / "made"), "w"))

    cache, sha256 = FragmentCache(tmp_path), "0" * 64
    path = cache.path(sha256, SCORED)
    path.parent.mkdir()
    np.save(path, np.array([Called()], object), allow_pickle=True)
    with pytest.raises(DdsrError, match="fragments are damaged"):
        cache.read(sha256, SCORED)
    assert not (tmp_path / "made").exists()


def test_clips_that_give_no_key_frame_are_told(tmp_path):
    path = tmp_path / "short.mkv"
    write_video(path, iter(scene(0, 3)), Fraction(24))
    with pytest.raises(DdsrError) as told:
        FragmentCache(tmp_path / "cache").fill([sample(path)], 1)
    assert "short.mkv: 3 frames, too few for a key frame (4 are needed); leave the clip out" in str(told.value)
    assert "\n" not in str(told.value)
    # One more is enough, as it says.
    write_video(tmp_path / "long.mkv", iter(scene(0, 4)), Fraction(24))
    cache = FragmentCache(tmp_path / "cache")
    assert len(cache.read(cache.fill([sample(tmp_path / "long.mkv")], 1)["a"], SCORED).patches) == 1


def test_of_several_bad_videos_the_first_is_named_and_the_others_counted(tmp_path):
    paths = [tmp_path / f"bad{k}.mkv" for k in range(2)]
    for k, path in enumerate(paths):
        path.write_bytes(b"no video %d" % k)
    with pytest.raises(DdsrError, match=r"bad0\.mkv.* \(2 of 2 videos fail\)$"):
        FragmentCache(tmp_path / "cache").fill([sample(path, path.stem) for path in paths], 1)
    with pytest.raises(DdsrError, match=r"gone\.mkv"):
        FragmentCache(tmp_path / "cache").fill([sample(tmp_path / "gone.mkv")], 1)
