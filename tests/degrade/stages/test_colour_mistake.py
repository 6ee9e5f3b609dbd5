"""Wrong matrix and range: the standards' own tables, FFmpeg as a second opinion, and both forms of a frame."""

from fractions import Fraction

import av
import numpy as np
import pytest
from av.video.reformatter import ColorRange, Colorspace

from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.colour_mistake import Params, apply, mistake

CONTEXT = StageContext(seed=1, key="0", fps=Fraction(25), frames=1, lr_size=(4, 4), scale=4)
# Four digits, 8-bit limited range, as handbooks print them: RGB -> Y'CbCr of BT.709, Y'CbCr -> RGB of BT.601.
WRITE_709 = np.array([[0.1826, 0.6142, 0.0620], [-0.1006, -0.3386, 0.4392], [0.4392, -0.3989, -0.0403]])
READ_601 = np.array([[1.1644, 0, 1.5960], [1.1644, -0.3918, -0.8130], [1.1644, 2.0172, 0]])


def _run(frame, **params):
    (result,) = apply(iter([frame]), Params(**params), CONTEXT)
    return result


def _colours(count=500):
    return np.random.default_rng(2).integers(0, 256, (20, count // 20, 3), dtype=np.uint8)


def test_bt709_read_as_bt601_by_the_tables():
    frame = _colours()
    expected = (frame @ WRITE_709.T @ READ_601.T).clip(0, 255)
    assert np.abs(_run(frame, wrote="bt709", read="bt601") - expected).max() < 1


def test_grey_by_hand():
    grey = np.full((2, 2, 3), 100, np.uint8)
    # Full range read as limited: (100 - 16) * 255 / 219 = 97.8; limited read as full: 100 * 219 / 255 + 16 = 101.9.
    assert (_run(grey, wrote_range="full", read_range="limited") == 98).all()
    assert (_run(grey, wrote_range="limited", read_range="full") == 102).all()
    assert (_run(grey, wrote="bt709", read="bt2020") == 100).all()  # no matrix moves grey


def test_blacks_are_crushed_and_clipped():
    ramp = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)
    crushed = _run(ramp, wrote_range="full", read_range="limited")[0, :, 0]
    assert not crushed[:17].any()
    assert (crushed[235:] == 255).all()
    washed = _run(ramp, wrote_range="limited", read_range="full")[0, :, 0]
    assert (washed[0], washed[255]) == (16, 235)


SPACES = {"bt601": Colorspace.ITU601, "bt709": Colorspace.ITU709}
SPANS = {"limited": ColorRange.MPEG, "full": ColorRange.JPEG}


@pytest.mark.parametrize(
    "params",
    [
        {"wrote": "bt601", "read": "bt709"},
        {"wrote": "bt709", "read": "bt601"},
        {"wrote": "bt709", "read": "bt709", "wrote_range": "full", "read_range": "limited"},
        {"wrote": "bt601", "read": "bt709", "wrote_range": "limited", "read_range": "full"},
    ],
)
def test_ffmpeg_makes_the_same_mistake(params):
    frame = np.ascontiguousarray(np.kron(_colours(), np.ones((8, 8, 1), np.uint8)))
    full = Params(**params)
    rgb = av.VideoFrame.from_ndarray(frame, format="rgb24")
    yuv = rgb.reformat(
        format="yuv444p",
        src_color_range=ColorRange.JPEG,
        dst_colorspace=SPACES[full.wrote],
        dst_color_range=SPANS[full.wrote_range],
    )
    back = yuv.reformat(
        format="rgb24",
        src_colorspace=SPACES[full.read],
        src_color_range=SPANS[full.read_range],
        dst_color_range=ColorRange.JPEG,
    ).to_ndarray()
    error = np.abs(_run(frame, **params).astype(int) - back)
    # FFmpeg rounds Y, Cb and Cr to bytes in between and cuts fractions.
    assert np.quantile(error, 0.99) <= 3


def test_no_mistake_is_the_identity():
    for matrix in ("bt601", "bt709", "bt2020"):
        for span in ("full", "limited"):
            params = {"wrote": matrix, "read": matrix, "wrote_range": span, "read_range": span}
            assert np.allclose(mistake(Params(**params))[0], np.eye(3), atol=1e-12)
            assert np.array_equal(_run(_colours(), **params), _colours())


def test_the_mistake_and_its_reverse_cancel():
    there, offset = mistake(Params(wrote="bt709", read="bt2020", wrote_range="full"))
    back, offset_back = mistake(Params(wrote="bt2020", read="bt709", read_range="full"))
    assert np.allclose(back @ there, np.eye(3), atol=1e-12)
    assert np.allclose(back @ offset + offset_back, 0, atol=1e-12)


def test_both_forms_agree_and_keep_theirs():
    frame = _colours()
    planes = np.moveaxis(frame, 2, 0).astype(np.float32) / 255
    params = {"wrote": "bt601", "read": "bt2020", "read_range": "full"}
    as_bytes, as_planes = _run(frame, **params), _run(planes, **params)
    assert (as_bytes.dtype, as_planes.dtype, as_planes.shape) == (np.uint8, np.float32, planes.shape)
    assert np.abs(np.moveaxis(as_bytes, 2, 0) - as_planes * 255).max() <= 0.501
    outside = _run(np.full((3, 2, 2), 1.5, np.float32), **params)
    assert np.array_equal(outside, _run(np.ones((3, 2, 2), np.float32), **params))
