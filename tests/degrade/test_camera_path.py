"""Camera paths: their statistics against the closed form, and that time alone decides where they are."""

import numpy as np
import pytest

from ddsr_bench.degrade.camera_path import draw_path


def _paths(count, **changes):
    values = {"interval": 0.04, "smoothness": 1.6, "tremor": 0.3, "tremor_hz": 10.0, **changes}
    return [draw_path(np.random.default_rng(seed), **values) for seed in range(count)]


@pytest.mark.parametrize("tremor", [0.0, 0.4, 1.0])
def test_displacement_in_a_frame_interval_is_one(tremor):
    squares = []
    for path in _paths(200, tremor=tremor):
        steps = np.diff(path.at(np.array([0.3, 0.34])), axis=0)
        squares.append((steps**2).sum())
    assert np.sqrt(np.mean(squares)) == pytest.approx(1, abs=0.1)


def test_tremor_is_in_its_band():
    path = _paths(1, tremor=1.0)[0]
    spectrum = np.abs(np.fft.rfft(path.at(np.arange(4096) / 200)[:, 0] * np.hanning(4096)))
    assert np.fft.rfftfreq(4096, 1 / 200)[spectrum.argmax()] == pytest.approx(10, abs=1.7)


def test_smooth_paths_bend_less():
    def bend(smoothness):
        times = np.linspace(0, 2, 401)
        curves = [np.diff(path.at(times), n=2, axis=0) for path in _paths(20, smoothness=smoothness, tremor=0.0)]
        return np.sqrt(np.mean(np.square(curves)))

    assert bend(3.0) < bend(1.5) < bend(0.7)


def test_any_order_and_any_length_of_asking():
    path = _paths(1)[0]
    times = np.linspace(0, 5, 101)
    assert np.array_equal(path.at(times)[40:43], path.at(times[40:43]))
