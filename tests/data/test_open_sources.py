"""The open set's sources and plan: 105 of them, every kind at both scales, groups kept together."""

from collections import Counter
from pathlib import Path

import pytest
from conftest import moving_scene

from ddsr_bench.data.open_set.build import check_methods
from ddsr_bench.data.open_set.plan import estimate, footage_tasks, open_tasks
from ddsr_bench.data.open_set.sources import open_sources, spread
from ddsr_bench.data.scenes import photo_names, scene_kinds
from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical import CONDITIONS


def test_there_are_105_of_them_70_rendered_and_35_photographed():
    sources = open_sources()
    assert len(sources) == len({one.id for one in sources}) == len({one.lr_id for one in sources}) == 105
    assert Counter(one.kind == "photo" for one in sources) == {False: 70, True: 35}
    assert {one.kind for one in sources} == set(scene_kinds())
    assert {one.photograph for one in sources if one.photograph} <= set(photo_names())


def test_every_kind_is_at_both_scales_and_in_both_splits_and_sizes_suit_codecs():
    sources = open_sources()
    for kind in scene_kinds():
        own = [one for one in sources if one.kind == kind]
        assert {one.scale for one in own} == {2, 4}
        assert {one.split for one in own} == {"train", "test"}
    assert 0.17 < sum(one.split == "test" for one in sources) / 105 < 0.23
    assert {one.fps for one in sources} == {24, 25, 30}
    assert all(24 <= one.frames <= 32 for one in sources)
    assert all(one.width % 8 == one.height % 8 == 0 for one in sources)
    assert all(0.75 < one.width * one.height / (640 * 360) < 1.1 for one in sources)
    assert len({(one.width, one.height) for one in sources}) >= 10


def test_paths_over_one_photograph_share_a_group_on_one_side():
    groups = {}
    for one in open_sources():
        groups.setdefault(one.group, []).append(one)
    for group, members in groups.items():
        assert len({one.split for one in members}) == 1
        assert len(members) == 1 or group == f"photo-{members[0].photograph}"


def test_a_smaller_choice_is_part_of_a_larger_one():
    sources = open_sources()
    few, more = spread(sources, 5), spread(sources, 20)
    assert few == more[:5]
    assert len({one.photograph or one.kind for one in spread(sources, 17)}) == 17


def test_eleven_conditions_make_both_scales():
    assert len(CONDITIONS) == 11
    assert check_methods(CONDITIONS) == CONDITIONS
    assert all({2, 4} <= set(get_method(name).scales) for name in CONDITIONS)
    assert not any(get_method(name).needs_weights for name in CONDITIONS)


def test_the_plan_counts_and_estimates():
    tasks = open_tasks(Path("x"), CONDITIONS)
    what = estimate(tasks, 2)
    assert (what.videos, what.frames) == (1155, sum(one.frames for one in open_sources()))
    assert 600 < what.seconds < 2400
    assert what.size < 1.5e9
    longest = [one.source.frames * one.source.width * one.source.height for one in tasks]
    assert longest == sorted(longest, reverse=True)
    with pytest.raises(DdsrError, match="--subset 106: there are 105 sources; ask for as many or fewer"):
        open_tasks(Path("x"), CONDITIONS, 106)


def test_methods_are_checked_before_any_work():
    with pytest.raises(DdsrError, match="method 'bicubi': unknown; did you mean 'bicubic'"):
        check_methods(("bicubi",))
    with pytest.raises(DdsrError, match="names one twice"):
        check_methods(("bicubic", "bicubic"))
    with pytest.raises(DdsrError, match="method 'realbasicvsr': makes no x2, which the set has; leave it out"):
        check_methods(("realbasicvsr",))


def test_own_footage_is_cropped_and_takes_turns(make_video, tmp_path):
    for number in range(3):
        make_video(f"own/c{number}.mkv", moving_scene(5, 100, 84, seed=number))
    tasks, failures = footage_tasks(tmp_path / "out", ("bicubic",), str(tmp_path / "own"))
    assert failures == []
    by_name = {task.source.id: task.source for task in tasks}
    assert [by_name[f"c{n}"].scale for n in range(3)] == [2, 4, 2]
    assert {(one.width, one.height, one.frames) for one in by_name.values()} == {(96, 80, 5)}
    make_video("small/c.mkv", moving_scene(5, 60, 84))
    with pytest.raises(DdsrError, match=r"small: none of its 1 clips can be used; .*: 60x84 is smaller than 64x64"):
        footage_tasks(tmp_path / "out", ("bicubic",), str(tmp_path / "small"))


def test_unusable_footage_is_left_out_and_the_others_stay_as_they_are(make_video, tmp_path):
    frames = moving_scene(5, 100, 84)
    for name in ("a_b", "a/b", "d"):
        make_video(f"own/{name}.mkv", frames)
    make_video("own/b.mkv", moving_scene(5, 60, 84))
    (tmp_path / "own" / "c.mp4").write_bytes(b"no video")
    tasks, failures = footage_tasks(tmp_path / "out", ("bicubic",), str(tmp_path / "own"))
    assert [(task.source.id, task.source.scale, task.footage.name) for task in tasks] == [
        ("a_b", 2, "b.mkv"),
        ("d", 2, "d.mkv"),
    ]
    told = {one.id: one.message for one in failures}
    assert list(told) == ["a_b", "b", "c"]
    assert told["a_b"] == f"{tmp_path}/own/a_b.mkv and {tmp_path}/own/a/b.mkv: both would be named 'a_b'; rename one"
    assert told["b"] == f"{tmp_path}/own/b.mkv: 60x84 is smaller than 64x64; leave it out"
    assert told["c"].startswith(f"{tmp_path}/own/c.mp4: ")
