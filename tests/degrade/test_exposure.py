"""Which instants a frame is made of."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.degrade.exposure import COUNTS, Shutter, bands, box, light, shot, stride
from ddsr_bench.degrade.response import decode, encode


def _shutter(**changes):
    values = {"exposure": 1.0, "readout": 0.0, "response": "srgb", "max_step": 1.5, "max_samples": 21}
    return Shutter(**{**values, **changes})


def test_sub_frames_are_no_further_apart_than_asked():
    assert [_shutter().samples(distance) for distance in (0, 1.5, 1.6, 8, 12, 1000)] == [1, 1, 3, 7, 9, 21]
    assert _shutter(exposure=4.0).samples(0) == 5
    assert _shutter(max_samples=2).samples(50) == 1


@pytest.mark.parametrize("samples", COUNTS)
def test_strides_divide_the_sub_frames_into_odd_groups(samples):
    for least in range(1, 70):
        step = stride(samples, least)
        assert samples % step == 0
        assert step % 2 == 1
        assert samples // step >= min(least, samples)
        # The chosen ones are symmetric about the middle.
        chosen = [index for index in range(samples) if index % step == step // 2]
        assert sum(chosen) * 2 == len(chosen) * (samples - 1)


def test_a_shot_ends_at_its_cuts():
    motions = [SimpleNamespace(cut=cut) for cut in (False, True, False, False, True)]
    assert [shot(motions, centre) for centre in range(6)] == [(0, 1), (0, 1), (2, 4), (2, 4), (2, 4), (5, 5)]


@settings(max_examples=40, deadline=None)
@given(time=st.floats(-0.5, 4.5), readout=st.floats(0, 1), height=st.integers(1, 300))
def test_bands_split_the_rows_at_the_frames_times(time, readout, height):
    rows = []
    for pair, span in bands(time, readout, height, (0, 4)):
        assert 0 <= pair <= 3
        for row in range(span.start, span.stop):
            instant = time + readout * ((row + 0.5) / height - 0.5)
            assert pair == min(max(np.floor(instant), 0), 3)
            rows.append(row)
    assert rows == list(range(height))


@pytest.mark.parametrize("response", ["srgb", "gamma22", "camera"])
def test_box_is_the_mean_of_light(response):
    frames = [np.full((2, 3, 3), value, np.uint8) for value in (0, 64, 255)]
    expected = encode(decode(np.array([0, 64 / 255, 1]), response).mean(), response)
    assert box(frames, response) == pytest.approx(np.full((3, 2, 3), expected), abs=1e-4)


def test_light_of_both_forms():
    frame = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    planar = (frame.transpose(2, 0, 1) / 255).astype(np.float32)
    assert light(planar, "srgb") == pytest.approx(light(frame, "srgb"), abs=1e-4)
