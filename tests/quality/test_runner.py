"""One clip, many metrics: values that depend on nothing else, and faults that stay where they arose."""

import threading

import numpy as np
import pytest
from fakes import BRIGHT, DIFFERENT, EVERY, LENGTH, MOVING, PAIR, Neighbours, brightness, metric
from hypothesis import given, settings
from hypothesis import strategies as st

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.batches import batch_size, batches
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.runner import Selection, score_clip, score_frames


def frames(count=11, height=9, width=7, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, height, width, 3), np.uint8)


CLIP, SHARP = frames(), frames(seed=1)


def plain():
    """What the five metrics give, without any of our machinery."""
    weights = np.array([0.298936021293775, 0.587043074451121, 0.114020904255103])
    whole = CLIP.astype(float)
    return {
        "bright": np.floor(whole @ weights + 0.5).mean(axis=(1, 2)),
        "different": np.abs(whole - SHARP).mean(axis=(1, 2, 3)),
        "pair": np.stack([whole[:, 0, 0, 0], np.arange(11)], 1),
        "moving": np.abs(np.diff(whole, axis=0)).mean(axis=(1, 2, 3)),
        "length": np.array([11.0]),
    }


def test_values_are_those_of_a_plain_loop():
    scores = score_frames(CLIP, EVERY, reference=SHARP, threads=2)
    assert scores.errors == {}
    for name, expected in plain().items():
        np.testing.assert_allclose(scores.values[name], expected.reshape(len(expected), -1), rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 13), st.integers(1, 4), st.sets(st.integers(0, 4), min_size=1), st.integers(1, 11))
def test_a_score_is_the_same_whatever_the_batch_threads_and_company(batch, threads, which, count):
    alone = {
        one.name: score_frames(CLIP[:count], [one], reference=SHARP[:count], threads=1, batch=count) for one in EVERY
    }
    chosen = [EVERY[i] for i in which]
    scores = score_frames(CLIP[:count], chosen, reference=SHARP[:count], threads=threads, batch=batch)
    for one in chosen:
        if one.name in alone[one.name].values:
            np.testing.assert_array_equal(scores.values[one.name], alone[one.name].values[one.name])
        else:  # one frame has no neighbour
            assert scores.errors[one.name] == alone[one.name].errors[one.name]


def test_single_frames_are_shared_out_and_neighbours_come_in_order_one_at_a_time():
    seen = []

    def score(part, reference):
        seen.append((part.first, len(part)))
        return brightness(part, reference)

    score_frames(CLIP, [metric("shared", score)], threads=2, batch=4)
    assert sorted(seen) == [(0, 2), (2, 2), (4, 2), (6, 2), (8, 2), (10, 1)]


def test_a_plane_is_converted_once_for_all_metrics(monkeypatch):
    from ddsr_bench.quality import frames as module

    calls = []
    convert = module._PLANES["gray"]
    monkeypatch.setitem(module._PLANES, "gray", lambda rgb: calls.append(len(rgb)) or convert(rgb))
    score_frames(CLIP, [metric(f"m{i}") for i in range(5)], threads=3, batch=6)
    assert sorted(calls) == [1, 2, 2, 2, 2, 2]


def test_frames_are_read_as_they_are_used():
    ahead = []
    used = []

    def stream():
        for number, frame in enumerate(frames(60)):
            ahead.append(number - (max(used) if used else 0))
            yield frame

    def score(part, reference):
        used.append(part.first + len(part))
        return brightness(part, reference)

    score_frames(stream(), [metric("m", score)], threads=1, batch=4)
    assert max(ahead) <= 8


def test_batches_are_bounded_by_samples_and_shared_evenly():
    assert [batch_size(*size, 2) for size in ((64, 96), (720, 1280), (1080, 1920), (2160, 3840))] == [16, 8, 4, 1]
    whole = [part.first for batch in batches(CLIP, None, size=5, parts=2, crop=0) for part in batch.whole]
    assert whole == [0, 2, 5, 7, 10]


# Faults


def crash(part, reference):
    raise ZeroDivisionError("nothing\nhere")


def test_one_metric_s_failure_leaves_the_others():
    class Starved:
        def __init__(self):
            raise DdsrError("starved: its model is missing; run 'ddsr-bench metrics fetch starved'")

    broken = [metric("broken", crash), Metric("starved", "1", "NR", True, Starved), BRIGHT, MOVING]
    scores = score_frames(CLIP, broken, threads=2, batch=3)
    assert sorted(scores.values) == ["bright", "moving"]
    assert scores.errors == {
        "broken": "broken: ZeroDivisionError: nothing here",
        "starved": "starved: its model is missing; run 'ddsr-bench metrics fetch starved'",
    }


def late(kind):
    def score(part, reference):
        values = brightness(part, reference)
        values[np.arange(len(part)) + part.first == 6] = kind
        return values

    return score


@pytest.mark.parametrize(("value", "shown"), [(np.nan, "nan"), (-np.inf, "-inf")])
def test_what_is_no_number_is_told_with_the_metric_and_the_frame(value, shown):
    scores = score_frames(CLIP, [metric("odd", late(value)), BRIGHT], threads=2, batch=4)
    assert scores.errors == {"odd": f"odd: the value of frame 6 is {shown}, no number; leave the clip or odd out"}
    assert "bright" in scores.values


def test_the_frame_of_a_bad_value_counts_in_the_whole_clip(make_video):
    path = make_video(frames=frames(8, 16, 16))
    odd = metric("odd", lambda part, reference: np.where(np.arange(len(part)) + part.first == 1, np.nan, 1.0))
    scores = score_clip(path, [odd], selection=Selection(start=3, every=2))
    assert "the value of frame 5 is nan" in scores.errors["odd"]


def test_a_metric_with_a_wrong_number_of_values_is_told():
    short = metric("short", lambda part, reference: np.zeros(1))
    wide = metric("wide", lambda part, reference: np.zeros((len(part), 3)))
    scores = score_frames(CLIP, [short, wide], threads=1, batch=4)
    assert scores.errors == {
        "short": "short: gave 1 values for 4 frames; one for each is due",
        "wide": "wide: gave values of shape (4, 3); it has 1 columns",
    }


def test_a_clip_too_short_for_neighbours_is_told():
    scores = score_frames(CLIP[:1], [MOVING, BRIGHT], threads=2)
    assert scores.errors == {"moving": "moving: gave no value for 1 frames; leave the clip or moving out"}
    assert scores.values["bright"].shape == (1, 1)


def test_frames_below_the_smallest_size_have_a_reason():
    large = metric("large", smallest=(9, 8))
    scores = score_frames(CLIP, [large, BRIGHT], threads=1)
    assert scores.errors == {"large": "large: frames are 7x9, it needs 8x9; leave large out"}


def test_reading_ends_where_every_metric_has_failed():
    read = []
    stream = (read.append(1) or frame for frame in frames(200))
    scores = score_frames(stream, [metric("broken", crash)], threads=2, batch=4)
    assert list(scores.errors) == ["broken"]
    assert len(read) <= 16


def test_no_thread_is_left_behind(make_video):
    path = make_video()
    before = threading.active_count()
    score_clip(path, [metric("broken", crash)], threads=4, batch=2)
    score_clip(path, EVERY[:1], threads=4)
    assert threading.active_count() == before


# Full reference


def test_a_reference_must_be_as_large_and_as_long_and_only_those_who_need_it_fail(make_video):
    clip = make_video("a.mkv", frames(6, 16, 16))
    small = make_video("small.mkv", frames(6, 16, 14))
    short = make_video("short.mkv", frames(5, 16, 16))
    texts = {
        small: f"different: {clip} is 16x16, its reference {small} 14x16; give clips of one size",
        short: f"different: {clip} has 6 frames, its reference {short} 5; give clips of one length",
        None: "different: needs the sharp clip to compare with; give --reference",
    }
    for reference, text in texts.items():
        scores = score_clip(clip, [DIFFERENT, BRIGHT], reference=reference)
        assert scores.errors == {"different": text}
        assert scores.values["bright"].shape == (6, 1)


def test_a_reference_that_breaks_off_fails_only_those_who_need_it(make_video):
    clip, sharp = make_video("a.mkv", frames(40, 64, 64)), make_video("b.mkv", frames(40, 64, 64, seed=1))
    data = bytearray(sharp.read_bytes())
    data[len(data) // 2] ^= 255
    sharp.write_bytes(data)
    scores = score_clip(clip, [DIFFERENT, BRIGHT], reference=sharp)
    assert scores.errors["different"].startswith(f"different: {sharp}: damaged")
    assert scores.values["bright"].shape == (40, 1)


def test_a_border_is_cropped_for_full_reference_metrics_alone(make_video):
    clip, sharp = make_video("a.mkv", CLIP), make_video("b.mkv", SHARP)
    scores = score_clip(clip, [DIFFERENT, BRIGHT], reference=sharp, selection=Selection(crop_border=2))
    inner = np.abs(CLIP[:, 2:-2, 2:-2].astype(float) - SHARP[:, 2:-2, 2:-2]).mean(axis=(1, 2, 3))
    np.testing.assert_allclose(scores.values["different"][:, 0], inner)
    np.testing.assert_allclose(scores.values["bright"][:, 0], plain()["bright"], rtol=1e-6)
    scores = score_clip(clip, [DIFFERENT, BRIGHT], reference=sharp, selection=Selection(crop_border=4))
    assert scores.errors == {"different": "different: a border of 4 leaves nothing of 7x9 frames; crop less"}


def test_arrays_of_other_lengths_and_sizes_are_refused():
    with pytest.raises(DdsrError, match=r"^the reference ends after 9 frames, before the other; give clips"):
        score_frames(CLIP, [DIFFERENT], reference=SHARP[:9], batch=4)
    with pytest.raises(DdsrError, match="clip and reference are 7x9 and 6x9; give clips of one size"):
        score_frames(CLIP, [DIFFERENT], reference=SHARP[:, :, :6], batch=4)


# Files and selections


def test_a_selection_takes_the_frames_it_names(make_video):
    path = make_video(frames=CLIP)
    scores = score_clip(path, [PAIR, MOVING, LENGTH], selection=Selection(2, 9, 3))
    assert scores.values["pair"][:, 0].tolist() == CLIP[[2, 5, 8], 0, 0, 0].tolist()
    assert scores.frames == {"pair": [2, 5, 8], "moving": [5, 8], "length": [8]}
    assert scores.values["length"] == 3
    assert scores.fps == 8


def test_a_folder_of_frames_has_the_scores_of_the_video(make_video, tmp_path):
    import cv2

    folder = tmp_path / "frames"
    folder.mkdir()
    for i, frame in enumerate(CLIP):
        cv2.imwrite(str(folder / f"{i}.png"), frame[..., ::-1])
    video, pictures = score_clip(make_video(frames=CLIP), [BRIGHT]), score_clip(folder, [BRIGHT])
    np.testing.assert_array_equal(video.values["bright"], pictures.values["bright"])


def test_no_frame_in_the_selection_is_an_error(make_video):
    path = make_video(frames=CLIP)
    with pytest.raises(DdsrError, match="has 11 frames, none from 11 on; ask for earlier ones"):
        score_clip(path, [BRIGHT], selection=Selection(start=11))


def test_a_damaged_clip_is_an_error_of_the_clip(make_video):
    path = make_video(frames=frames(40, 64, 64))
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(DdsrError, match=r"clip\.mkv: "):
        score_clip(path, [BRIGHT, MOVING], threads=2)


def test_settings_of_opencv_are_as_before():
    import cv2

    before = cv2.getNumThreads()
    score_frames(CLIP, [BRIGHT], threads=2)
    assert cv2.getNumThreads() == before


def test_neighbours_are_fed_by_one_thread_at_a_time():
    scorer = Neighbours()
    score_frames(CLIP, [Metric("moving", "1", "NR", False, lambda: scorer)], threads=3, batch=3)
    np.testing.assert_array_equal(scorer.before, CLIP[-1])
