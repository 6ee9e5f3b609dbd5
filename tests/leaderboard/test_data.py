"""From what a user names to clips: folders, pairs, tables; what does not fit is told in one line."""

import shutil
from fractions import Fraction

import numpy as np
import pytest
from board_parts import write_pairs
from conftest import moving_scene
from small_set import METHODS, row

from ddsr_bench.data.manifest.write import write_tables
from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.clips import RawClip, evenly, safe_name
from ddsr_bench.leaderboard.data import DataOptions, load_data
from ddsr_bench.video import write_video


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("pairs"), count=3)


@pytest.fixture(scope="module")
def rated(tmp_path_factory):
    """A rated dataset with LR and HR of five sources, two of them in one group; votes of two people."""
    root = tmp_path_factory.mktemp("rated")
    rows = [row(i, m, split="test" if i < 4 else "train", width=96, height=64) for i in range(5) for m in METHODS]
    votes = [
        {"video_id": one["video_id"], "subject": f"p{k}", "rating": 3.0 + k * (one["method"] == "bicubic")}
        for one in rows
        for k in range(2)
    ]
    write_tables(root, rows, votes)
    clips = write_pairs(root / "made", count=5)
    for part in ("lr", "hr"):
        (root / part).mkdir()
    for i in range(5):
        shutil.copy(clips / "lr" / f"c{i}.mkv", root / "lr" / f"s{i}-x2.mkv")
        write_video(root / "hr" / f"s{i}.mp4", iter(moving_scene(4, 96, 64, seed=i)), Fraction(24))
    return root


def test_footage_alone_is_taken_for_x4(pairs):
    data = load_data(DataOptions(str(pairs / "lr")))
    assert [(clip.id, clip.scale, clip.width, clip.height, clip.frames) for clip in data.clips] == [
        (f"c{i}", 4, 192, 128, 4) for i in range(3)
    ]
    assert all(clip.hr_sha256 is None and clip.raw.source == clip.id for clip in data.clips)
    assert data.origin == "none"


def test_pairs_tell_their_scale(pairs):
    data = load_data(DataOptions(str(pairs / "lr"), hr=pairs / "hr", frames=(1, 3)))
    assert {(clip.scale, clip.width, clip.frames) for clip in data.clips} == {(2, 96, 2)}
    assert len({clip.hr_sha256 for clip in data.clips}) == 3


def test_rated_datasets_bring_opinions(rated):
    data = load_data(DataOptions(str(rated)))
    assert [clip.id for clip in data.clips] == [f"s{i}-x2" for i in range(4)]
    assert data.origin == "simulated"
    assert data.mos["s1-x2"] == {"bicubic": pytest.approx(3.1), "nearest": pytest.approx(3.1)}
    # Of two people one saw no difference, which counts half for each.
    assert data.wins["g0"] == {("bicubic", "nearest"): 3.0, ("nearest", "bicubic"): 1.0}
    assert {clip.raw.group for clip in data.clips} == {"g0", "g1"}


def test_filters_and_splits(rated):
    assert len(load_data(DataOptions(str(rated), split="all")).clips) == 5
    assert [c.id for c in load_data(DataOptions(str(rated), where=("source_id=s[12]",))).clips] == ["s1-x2", "s2-x2"]
    few = load_data(DataOptions(str(rated / "train.parquet")))
    assert [clip.id for clip in few.clips] == ["s4-x2"]
    some = load_data(DataOptions(str(rated), clips=2))
    assert [clip.id for clip in some.clips] == ["s1-x2", "s3-x2"]
    assert some.notes == ("2 clips beyond the 2 asked for",)
    assert set(some.mos) == {"s1-x2", "s3-x2"}


@pytest.mark.parametrize(("options", "text"), [
    ({"data": "nowhere"}, "nowhere: no such folder, clip or manifest; manifests: ddsr-open-1155"),
    ({"data": "{lr}", "hr": "{few}"}, r"no sharp clip called 'c1'; name them as the LR clips are"),
    ({"data": "{lr}", "hr": "{odd}"}, r"c0.mkv: 97x64 is no whole multiple of 48x32 of .*give the sharp clip that it"),
    ({"data": "{lr}", "hr": "{long}"}, r"c0.mkv: 5 frames, but .*c0.mkv has 4; give clips of one length"),
    ({"data": "{lr}", "frames": (9, None)}, r"c0.mkv: has 4 frames, none from 9 on; ask for earlier --frames"),
    ({"data": "{lr}", "where": ("a=b",)}, "--where a=b: .*lr has no table to filter; leave --where out"),
    ({"data": "{lr}", "hr": "{hr}", "scale": 4}, "--scale 4: no clip of that scale among 3; there are x2"),
])  # fmt: skip
def test_errors_of_footage(pairs, tmp_path, options, text):
    (tmp_path / "few").mkdir()
    shutil.copy(pairs / "hr" / "c0.mkv", tmp_path / "few")
    for name, frames in (("odd", moving_scene(4, 97, 64)), ("long", moving_scene(5, 96, 64))):
        (tmp_path / name).mkdir()
        for i in range(3):
            write_video(tmp_path / name / f"c{i}.mkv", iter(frames), Fraction(24))
    places = {"lr": pairs / "lr", "hr": pairs / "hr", **{one: tmp_path / one for one in ("few", "odd", "long")}}
    filled = {k: v.format(**places) if isinstance(v, str) else v for k, v in options.items()}
    with pytest.raises(DdsrError, match=text):
        load_data(DataOptions(**{**filled, **({"hr": type(tmp_path)(filled["hr"])} if "hr" in filled else {})}))


@pytest.mark.parametrize(("options", "text"), [
    ({"where": ("colour=red",)}, "--where colour=red: write column=value with a column of .*: file_name, hr_file_name"),
    ({"where": ("method=none",)}, "no row with method=none; ask for others"),
    ({"hr": "x"}, "--hr x: .* names its own sharp clips; leave --hr out"),
])  # fmt: skip
def test_errors_of_datasets(rated, options, text):
    with pytest.raises(DdsrError, match=text):
        load_data(DataOptions(str(rated), **options))


def test_a_manifest_without_videos_says_how_to_build_it():
    with pytest.raises(
        DdsrError, match=r"has no LR clip there; make them with: ddsr-bench dataset build ddsr-open-1155"
    ):
        load_data(DataOptions("ddsr-open-1155"))


def test_clips_are_spread_evenly(tmp_path):
    clips = [RawClip(str(i), tmp_path) for i in range(10)]
    assert [clip.id for clip in evenly(clips, 2)] == ["2", "7"]
    assert [clip.id for clip in evenly(clips, 5)] == ["1", "3", "5", "7", "9"]
    assert evenly(clips, None) == evenly(clips, 10) == evenly(clips, 99) == clips


def test_names_in_paths_are_safe_and_stay_apart():
    assert safe_name("a/clip-1_x.y") == "a/clip-1_x.y"
    odd = ["my clip", "my_clip", "my#clip", "../up", "a/..", "ä", "ö", "%41"]
    safe = [safe_name(name) for name in odd]
    assert len(set(safe)) == len(odd)
    assert all(".." not in name.split("/") and name.isascii() and " " not in name for name in safe)
    assert np.all([not set(name) & set("#%?&") for name in safe])
