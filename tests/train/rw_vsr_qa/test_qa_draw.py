"""What of a video a batch sees."""

from collections import Counter

import numpy as np
import pytest

from ddsr_bench.seeding import generator
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.config import DataConfig
from ddsr_bench.train.rw_vsr_qa.draw import drawn

NATIVE, HALF, KEYS = 5, 3, 4


def numbered(keys=KEYS, native=NATIVE, half=HALF):
    """Patches that hold their number, with a left half of zeros: 10 key + place."""
    patches = np.zeros((keys, native + half, 4, 64, 64), np.uint8)
    patches[..., 32:] = (10 * np.arange(keys)[:, None] + np.arange(native + half))[..., None, None, None]
    return Fragments(patches, native)


def seen(config, fragments=None, address=0):
    """(keys, places) of what is drawn, and whether it is mirrored."""
    found = drawn(fragments or numbered(), config, generator("draw", address))
    numbers = found.max((2, 3, 4)).astype(int)
    mirrored = bool(found[..., 0].any())
    return found, numbers // 10, numbers % 10, mirrored


def test_shapes_and_the_places_of_both_kinds():
    config = DataConfig(keys=2, native=4, half=2, flip=False)
    found, keys, places, mirrored = seen(config)
    assert (found.shape, found.dtype) == ((2, 6, 4, 64, 64), np.uint8)
    assert found.flags["C_CONTIGUOUS"]
    assert not mirrored
    # All key frames show the same places, native ones first; no place and no key frame comes twice.
    assert (places == places[0]).all()
    assert all(place < NATIVE for place in places[0, :4])
    assert all(place >= NATIVE for place in places[0, 4:])
    assert len(set(places[0])) == 6
    assert (keys == keys[:, :1]).all()
    assert keys[0, 0] < keys[1, 0]


@pytest.mark.parametrize("there", [1, 2, 5])
def test_where_there_are_few_some_come_again_as_often_as_others(there):
    config = DataConfig(keys=3, native=7, half=4, flip=False)
    found, keys, places, _ = seen(config, numbered(keys=there, native=there, half=1))
    assert found.shape[:2] == (3, 11)
    for drawn_ones, wanted in ((Counter(keys[:, 0]), 3), (Counter(places[0, :7]), 7)):
        assert sum(drawn_ones.values()) == wanted
        assert len(drawn_ones) == min(there, wanted)
        assert max(drawn_ones.values()) - min(drawn_ones.values()) <= 1
    assert set(places[0, 7:]) == {there}


def test_equal_addresses_give_equal_draws_and_all_is_drawn_in_time():
    config = DataConfig(keys=1, native=2, half=1)
    first = seen(config)[0]
    np.testing.assert_array_equal(first, seen(config)[0])
    many = [seen(config, address=k) for k in range(60)]
    assert {int(keys[0, 0]) for _, keys, _, _ in many} == set(range(KEYS))
    assert {int(place) for _, _, places, _ in many for place in places[0]} == set(range(NATIVE + HALF))
    assert 15 < sum(mirrored for *_, mirrored in many) < 45


def test_whether_videos_are_mirrored_changes_no_other_draw():
    for address in range(10):
        _, keys, places, _ = seen(DataConfig(), address=address)
        _, same_keys, same_places, mirrored = seen(DataConfig(flip=False), address=address)
        assert not mirrored
        np.testing.assert_array_equal(keys, same_keys)
        np.testing.assert_array_equal(places, same_places)


def test_mirrored_is_left_for_right():
    found = [seen(DataConfig(keys=1, native=1, half=1), address=k) for k in range(20)]
    picture = next(drawn_ones for drawn_ones, *_, mirrored in found if mirrored)
    assert picture[..., :32].min() == picture.max((2, 3, 4)).min()
    assert not picture[..., 32:].any()
