"""What must hold of every classical method: colours, mirrors, places, streams."""

import threading
import tracemalloc

import cv2
import numpy as np
import pytest
from conftest import moving_scene

from ddsr_bench.video import read_frames
from ddsr_bench.vsr.cards import method_card
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical import CONDITIONS
from ddsr_bench.vsr.classical.pixels import one_thread
from ddsr_bench.vsr.method import Settings

SINGLE = [name for name in CONDITIONS if get_method(name).temporal == "frame"]
SEVERAL = [name for name in CONDITIONS if name not in SINGLE]
SLOWER = ("steering-kernel", *SEVERAL)


def started(name, scale=2):
    return get_method(name).start(Settings(scale=scale))


def run(name, frames, scale=2):
    return list(started(name, scale)(iter(list(frames))))


def small(frames, scale):
    size = frames.shape[2] // scale, frames.shape[1] // scale
    return np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in frames])


def shift(a, b):
    """Of ``b`` against ``a`` in pixels (y, x), by least squares on a's gradient."""
    one, two = (cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(float) for frame in (a, b))
    slopes = np.stack([slope.ravel() for slope in np.gradient(one)])
    return -np.linalg.solve(slopes @ slopes.T, slopes @ (two - one).ravel())


@pytest.mark.parametrize("name", CONDITIONS)
def test_every_colour_stays_exactly(name):
    """All greys, the corners of the colour cube, and some in between: as plain pictures."""
    greys = np.repeat(np.arange(0, 256, 5 if name in SLOWER else 1)[:, None], 3, 1)
    corners = np.stack(np.meshgrid(*[[0, 255]] * 3), -1).reshape(-1, 3)
    others = np.random.default_rng(0).integers(0, 256, (40, 3))
    upscale = started(name)
    for colour in np.concatenate([greys, corners, others]).astype(np.uint8):
        frame = np.empty((6, 9, 3), np.uint8)
        frame[:] = colour
        for made in upscale(iter([frame, frame.copy()])):
            np.testing.assert_array_equal(made, np.broadcast_to(colour, made.shape))


@pytest.mark.parametrize("name", SINGLE)
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_mirrored_and_turned_pictures_come_out_mirrored_and_turned(name, scale):
    frame = small(moving_scene(1, 80, 56), 2)[0]
    made = run(name, [frame], scale)[0].astype(int)
    for there, back in (
        (lambda one: one[:, ::-1], lambda one: one[:, ::-1]),
        (lambda one: one[::-1], lambda one: one[::-1]),
        (lambda one: one.transpose(1, 0, 2), lambda one: one.transpose(1, 0, 2)),
    ):
        again = run(name, [np.ascontiguousarray(there(frame))], scale)[0]
        assert np.abs(back(again).astype(int) - made).max() <= 1


def test_the_shift_that_tests_look_for_is_found():
    y, x = np.mgrid[0:60, 0:80].astype(float)
    waves = [128 + 60 * np.sin((x - dx) / 5) * np.cos((y - dy) / 6) for dx, dy in ((0, 0), (0.2, -0.1))]
    first, second = (np.repeat(np.rint(wave).astype(np.uint8)[..., None], 3, 2) for wave in waves)
    np.testing.assert_allclose(shift(first, second), (-0.1, 0.2), atol=0.02)


@pytest.mark.parametrize("name", CONDITIONS)
def test_moving_pictures_stay_where_bicubic_puts_them(name):
    """Within .05 LR pixels in every frame, the first and last included, and mean colours within a level."""
    clip = moving_scene(6, 120, 80, speed=1.3)
    for scale in (2, 4):
        for frame, plain, made in zip(clip, run("bicubic", clip, scale), run(name, clip, scale), strict=True):
            assert np.abs(shift(plain, made)).max() / scale < 0.05
            assert np.abs(made.mean((0, 1)) - frame.mean((0, 1))).max() < 1


@pytest.mark.filterwarnings("ignore::ddsr_bench.video.UntaggedColourWarning")
@pytest.mark.parametrize("name", CONDITIONS)
def test_a_real_clip_stays_where_bicubic_puts_it(name, shared):
    clip = small(np.stack(list(read_frames(shared / "clips" / "bigbuckbunny.mp4", 40, 44))), 4)
    plain, made = run("bicubic", clip), run(name, clip)
    for frame, one, other in zip(clip, plain, made, strict=True):
        assert np.abs(shift(one, other)).max() / 2 < 0.05
        assert np.abs(other.mean((0, 1)) - frame.mean((0, 1))).max() < 1


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_frame_is_made_as_soon_as_its_window_is_there(name):
    read = []

    def frames():
        for number, frame in enumerate(moving_scene(8, 24, 20)):
            read.append(number)
            yield frame

    ahead = 2 if name in SEVERAL else 0
    for number, _ in enumerate(started(name)(frames())):
        assert read[-1] == min(number + ahead, 7)
    assert number == 7


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_run_is_used_again_and_knows_nothing_of_the_shot_before(name):
    one, two = moving_scene(4, 32, 24, seed=1), moving_scene(3, 40, 28, seed=2)
    upscale = started(name)
    list(upscale(iter(list(one))))
    np.testing.assert_array_equal(list(upscale(iter(list(two)))), run(name, two))


@pytest.mark.parametrize("name", SEVERAL)
def test_memory_does_not_grow_with_the_clip(name):
    def peak(count):
        frames = (np.roll(scene, number, axis=1) for number in range(count))
        tracemalloc.start()
        for _ in started(name)(frames):
            pass
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    scene = moving_scene(1, 32, 24)[0]
    peak(5)
    assert peak(80) < 1.1 * peak(25)


@pytest.mark.parametrize("name", SEVERAL)
def test_a_frame_depends_on_two_neighbours_on_each_side_and_no_more(name):
    clip = moving_scene(9, 48, 36)
    made = run(name, clip)
    np.testing.assert_array_equal(run(name, clip[2:7])[2], made[4])
    assert not np.array_equal(run(name, clip[3:6])[1], made[4])


def test_the_thread_count_comes_back_whichever_thread_ends_last():
    before = cv2.getNumThreads()
    cv2.setNumThreads(2)
    try:
        inside, leave = threading.Event(), threading.Event()

        def hold():
            with one_thread():
                inside.set()
                leave.wait(5)

        with one_thread():
            other = threading.Thread(target=hold)
            other.start()
            assert inside.wait(5)
        assert cv2.getNumThreads() == 1, "the other one is still at work"
        leave.set()
        other.join()
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize("name", CONDITIONS)
def test_cards_say_what_the_methods_are(name):
    card, method = method_card(name), get_method(name)
    assert (card.scales, card.temporal) == (method.scales, method.temporal)
    assert (card.weights_status, card.parameters, card.trained_on) == ("none needed", 0, ())
    assert card.paper.startswith("doi:10.")
