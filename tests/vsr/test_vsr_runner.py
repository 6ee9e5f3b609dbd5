"""The runner: shots apart, sizes and counts checked, any scale, one line for each mistake."""

import cv2
import numpy as np
import pytest
from conftest import moving_scene

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import write_video
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Method, Settings
from ddsr_bench.vsr.runner import Upscaler, native_scale, upscale, upscale_frames


def doubling(name="twice", *, calls=None, **facts):
    """A method that repeats pixels, and notes the length of each shot."""

    def start(settings):
        def run(frames):
            length = 0
            for frame in frames:
                length += 1
                yield frame.repeat(settings.scale, 0).repeat(settings.scale, 1)
            if calls is not None:
                calls.append(length)

        return run

    return Method(name=name, version="1", scales=(2, 4), start=start, **facts)


def test_a_method_of_ours_by_its_name(clip):
    made = upscale(clip, "nearest", 2)
    assert np.array_equal(made, clip.repeat(2, 1).repeat(2, 2))
    assert upscale(clip[:1], "bicubic").shape == (1, 256, 384, 3)


def test_a_file(tmp_path, clip):
    write_video(tmp_path / "a.mkv", clip, 24)
    assert np.array_equal(upscale(tmp_path / "a.mkv", "nearest", scale=2), clip.repeat(2, 1).repeat(2, 2))


def test_frames_stream():
    taken = []

    def endless():
        while True:
            taken.append(1)
            yield np.zeros((8, 8, 3), np.uint8)

    next(upscale_frames(endless(), doubling(), cuts=False))
    assert len(taken) == 1
    next(upscale_frames(endless(), doubling(temporal="forward")))
    assert len(taken) < 9


def test_shots_are_run_apart_unless_asked_otherwise():
    frames = np.concatenate([moving_scene(6, seed=1), 255 - moving_scene(7, seed=5)])
    for facts, cuts, expected in (
        ({"temporal": "forward"}, True, [6, 7]),
        ({"temporal": "forward"}, False, [13]),
        ({"temporal": "frame"}, True, [13]),
        ({"temporal": "window", "fewest": 7}, True, [13]),
    ):
        calls = []
        made = list(upscale_frames(frames, doubling(calls=calls, **facts), cuts=cuts))
        assert calls == expected
        assert np.array_equal(made, frames.repeat(2, 1).repeat(2, 2))


def test_other_scales_come_from_the_next_larger_one(clip):
    assert [native_scale(doubling(), scale) for scale in (None, 2, 4, 3, 2.5, 1.5)] == [2, 2, 4, 4, 4, 2]
    made = upscale(clip, "bicubic", 2.5)
    assert made.shape == (8, 160, 240, 3)
    reference = cv2.resize(clip[3], (240, 160), interpolation=cv2.INTER_CUBIC)
    assert np.abs(made[3].astype(int) - reference)[8:-8, 8:-8].mean() < 2


@pytest.mark.parametrize("scale", [5, 8, 0.5, 0])
def test_a_scale_that_is_not_offered(scale):
    with pytest.raises(DdsrError, match=r"method 'twice': has no x\S+; it makes x2, x4, and by a final resize any"):
        native_scale(doubling(), scale)


def test_restorers_do_not_enlarge():
    restorer = Method(name="clean", version="1", scales=(1,), start=doubling().start)
    assert native_scale(restorer, None) == 1
    with pytest.raises(DdsrError, match=r"method 'clean': has no x2; it makes x1$"):
        native_scale(restorer, 2)


def test_clips_that_are_too_short_or_small():
    method = doubling(fewest=5, smallest=(64, 64))
    with pytest.raises(DdsrError, match=r"^c: 1 frames, but method 'twice' needs 5; use a longer clip"):
        list(Upscaler(method, cuts=False)([np.zeros((64, 64, 3), np.uint8)], clip="c"))
    with pytest.raises(DdsrError, match=r"^c: 40x64, but method 'twice' needs 64x64; use larger frames"):
        list(Upscaler(method)([np.zeros((64, 40, 3), np.uint8)] * 9, clip="c"))
    with pytest.raises(DdsrError, match=r"^clip: no frames; give at least one"):
        list(upscale_frames([], method))


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (np.zeros((8, 8, 3), np.float32), r"frame 1 is float32; give uint8, 0..255"),
        (np.zeros((8, 8, 4), np.uint8), r"frame 1 has an alpha channel; leave it out, as frames\[..., :3\] does"),
        (np.zeros((8, 8), np.uint8), r"frame 1 has shape \(8, 8\); give \(H, W, 3\), RGB"),
        (np.zeros((8, 12, 3), np.uint8), r"frame 1 is 12x8, but the first is 8x8; one clip must have one size"),
        (np.zeros((0, 8, 3), np.uint8), r"frame 1 has shape \(0, 8, 3\); give"),
    ],
)
def test_frames_of_another_kind(frame, text):
    with pytest.raises(DdsrError, match=text):
        list(upscale_frames([np.zeros((8, 8, 3), np.uint8), frame], doubling()))


def test_grey_frames_become_rgb():
    grey = np.arange(64, dtype=np.uint8).reshape(1, 8, 8)
    for given in (grey, grey[..., None]):
        made = upscale(given, "nearest", 2)
        assert np.array_equal(made, np.repeat(grey.repeat(2, 1).repeat(2, 2)[..., None], 3, 3))


def broken(give):
    return Method(name="bad", version="1", scales=(2,), start=lambda settings: give, temporal="forward")


def test_methods_that_give_what_they_should_not(clip):
    with pytest.raises(DdsrError, match=r"method 'bad': gave 3 frames for 8; it must give one for each"):
        list(upscale_frames(clip, broken(lambda frames: (next(frames).repeat(2, 0).repeat(2, 1) for _ in range(3)))))
    with pytest.raises(DdsrError, match=r"gave frames uint8 \(64, 96, 3\), expected uint8 \(128, 192, 3\) \(x2\)"):
        list(upscale_frames(clip, broken(lambda frames: frames)))


def test_settings_by_name(clip):
    assert upscale(clip, "bicubic", 2, device="cpu", precision="fp32", cuts=False).shape == (8, 128, 192, 3)
    with pytest.raises(DdsrError, match=r"\['colour'\] are not all settings; known are scale, device, precision"):
        upscale(clip, "bicubic", 2, colour="red")
    with pytest.raises(DdsrError, match="method 'bicubik': unknown; did you mean 'bicubic'"):
        upscale(clip, "bicubik")


def test_settings_reach_the_method(clip):
    seen = []
    method = doubling()
    start = method.start
    noting = Method(name="n", version="1", scales=(2, 4), start=lambda s: (seen.append(s), start(s))[1])
    list(upscale_frames(clip, noting, Settings(tile=64, options={"a": 1.0}), scale=3))
    assert seen == [Settings(scale=4, tile=64, options={"a": 1.0})]


def test_a_run_serves_clip_after_clip(clip):
    ready = Upscaler(get_method("flow-fusion"), scale=2)
    first, again = (np.stack(list(ready(clip))) for _ in range(2))
    assert np.array_equal(first, again)
