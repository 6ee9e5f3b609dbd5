"""The video stage: its three ways to give bits, sizes and forms of frames, and what a spec may say."""

from fractions import Fraction

import numpy as np
import pytest
from pydantic import ValidationError

from ddsr_bench.degrade.spec import parse_spec
from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.video import Params, apply
from ddsr_bench.errors import DdsrError

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(24), frames=8, lr_size=(16, 16), scale=4)
RATED = ("h264", "hevc", "mpeg4", "mpeg2", "vp8", "vp9")


def _frames(count=8, height=64, width=96):
    rng = np.random.default_rng(4)
    return [rng.integers(0, 256, (height, width, 1), dtype=np.uint8).repeat(3, axis=2) for _ in range(count)]


def _run(frames, **params):
    return list(apply(iter(frames), Params(**params), CONTEXT))


def _error(result, frames):
    return float(np.mean((np.stack(result).astype(float) - np.stack(frames)) ** 2))


def test_settings_by_hand():
    per_pixel = Params(codec="h264", bits_per_pixel=0.1).settings(180, 320, CONTEXT)
    assert (per_pixel["fps"], per_pixel["bitrate"], per_pixel["crf"]) == (24, 138_240, None)
    per_frame = Params(codec="h264", bits_per_frame=12_345.6, gop=9, preset="fast").settings(180, 320, CONTEXT)
    assert per_frame == {"fps": 1, "crf": None, "bitrate": 12_346, "preset": "fast", "gop": 9}
    assert Params(codec="vp9", crf=31.5).settings(8, 8, CONTEXT)["crf"] == 31.5


@pytest.mark.parametrize("codec", RATED)
@pytest.mark.parametrize("control", ["bits_per_pixel", "bits_per_frame"])
def test_fewer_bits_are_worse(codec, control):
    frames = _frames()
    many, few = (8.0, 0.5) if control == "bits_per_pixel" else (50_000, 3_000)
    assert _error(_run(frames, codec=codec, **{control: few}), frames) > 1.2 * _error(
        _run(frames, codec=codec, **{control: many}), frames
    )


def test_bits_per_pixel_are_as_bad_at_any_size():
    errors = []
    for height, width in ((96, 160), (192, 320)):
        frames = _frames(12, height, width)
        errors.append(_error(_run(frames, codec="mpeg4", bits_per_pixel=1.0), frames))
    assert errors[0] == pytest.approx(errors[1], rel=0.2)


def test_frames_of_changing_size_and_form_come_out_as_the_first():
    frames = [
        np.full((30, 40, 3), 100, np.uint8),
        np.full((3, 24, 50), 100 / 255, np.float32),
        np.full((3, 60, 80), 1.7, np.float32),  # what leaves [0, 1] is clipped, not wrapped
        np.full((3, 30, 40), -0.5, np.float32),
    ]
    result = _run(frames, codec="h264", crf=2)
    assert {image.shape for image in result} == {(30, 40, 3)}
    assert [round(image.mean()) for image in result] == pytest.approx([100, 100, 255, 0], abs=2)


def test_no_frames_are_no_frames():
    assert _run([], codec="h264", crf=20) == []


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({}, r"give exactly one of crf, bits_per_frame, bits_per_pixel \(given: none\)"),
        ({"crf": 20, "bits_per_pixel": 0.1}, r"give exactly one of .* \(given: crf, bits_per_pixel\)"),
        ({"crf": 60}, r"crf = 60 is outside 0 to 51, the range of h264"),
        ({"crf": 20, "preset": "hasty"}, r"preset 'hasty' is unknown to h264 \(allowed: ultrafast"),
        ({"codec": "av1", "bits_per_frame": 1e4}, r"av1 takes no bitrate"),
        ({"crf": 20, "gop": 0}, r"gop = 0 is outside 1 to 100000"),
    ],
)
def test_settings_that_exclude_each_other(params, text):
    with pytest.raises(ValidationError, match=text):
        Params(**{"codec": "h264", **params})


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        ("codec = 'h264'", r"mine\.toml: stage\[0\]: give exactly one of crf, .* \(given: none\)"),
        (
            "codec = 'h264'\ncrf = 20\nbits_per_frame = [1e4, 1e5]",
            r"stage\[0\]: give .* \(given: crf, bits_per_fr",
        ),
        (
            "codec = { choices = ['vp9', 'h264'] }\ncrf = [30, 60]",
            r"stage\[0\]: crf = 60 is outside 0 to 51, the",
        ),
        ("codec = 'av1'\nbits_per_pixel = 0.1", r"stage\[0\]: av1 takes no bitrate"),
        (
            "[[stage.one_of]]\ncodec = 'h264'\ncrf = 20\n[[stage.one_of]]\ncodec = 'mpeg4'",
            r"stage\[0\]\.one_of\[1\]: ",
        ),
    ],
)
def test_a_spec_is_told_before_anything_is_drawn(lines, text):
    with pytest.raises(DdsrError, match=text):
        parse_spec(f"name = 'mine'\n[[stage]]\nkind = 'video'\n{lines}\n", "mine.toml")


def test_a_spec_whose_values_fit_together_passes():
    lines = "codec = { choices = ['vp9', 'av1'] }\ncrf = [30, 60]\ngop = [12, 48]"
    assert parse_spec(f"name = 'mine'\n[[stage]]\nkind = 'video'\n{lines}\n").stages[0].kind == "video"
