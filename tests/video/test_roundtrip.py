"""The round trip through each codec: counts, order, quality, repeatability, memory, and planes against a reference."""

import hashlib
import os
import threading
from fractions import Fraction
from itertools import islice

import av
import cv2
import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import codecs
from ddsr_bench.video.ahead import ahead
from ddsr_bench.video.codecs import CODECS, codec_versions, problem
from ddsr_bench.video.planes import pad, to_i420, to_rgb
from ddsr_bench.video.roundtrip import roundtrip

# Nearly lossless, middling and bad, on each codec's own scale.
QUALITIES = {
    "h264": (1, 28, 45),
    "hevc": (1, 28, 45),
    "mpeg4": (1, 8, 31),
    "mpeg2": (1, 8, 31),
    "vp8": (0, 30, 60),
    "vp9": (1, 35, 60),
    "av1": (1, 35, 60),
}
BITRATE_CODECS = [name for name in CODECS if CODECS[name].takes_bitrate]


def _scene(count, height=96, width=160, speed=2, noise=0):
    """A textured scene that drifts: grey noise at three scales over coarse colour, and noise that no codec predicts."""
    rng = np.random.default_rng(5)
    wide = width + speed * count
    canvas = np.full((height, wide, 3), 128, np.float32)
    for size, weight, channels in ((2, 60, 1), (8, 80, 1), (32, 80, 1), (48, 60, 3)):
        coarse = rng.random((height // size + 2, wide // size + 2, channels), np.float32) - 0.5
        layer = cv2.resize(coarse, (wide, height), interpolation=cv2.INTER_CUBIC)
        canvas += weight * layer.reshape(height, wide, channels)
    views = (canvas[:, speed * i : speed * i + width] for i in range(count))
    noisy = (view + noise * rng.standard_normal((height, width, 1), np.float32) for view in views)
    return [image.clip(0, 255).astype(np.uint8) for image in noisy]


def _run(frames, codec, fps=24, **settings):
    return list(roundtrip(iter(frames), codec=codec, fps=Fraction(fps), **settings))


def _psnr(result, frames):
    error = np.mean((np.stack(result).astype(float) - np.stack(frames)) ** 2)
    return 10 * np.log10(255**2 / error)


def _stream(frames, codec, **settings):
    """(hash of the coded bytes, hash of the decoded frames)."""
    coded, decoded = hashlib.sha256(), hashlib.sha256()

    def channel(index, key, payload):
        coded.update(payload)
        return payload

    for image in roundtrip(iter(frames), codec=codec, channel=channel, **settings):
        decoded.update(image)
    return coded.hexdigest(), decoded.hexdigest()


@pytest.mark.parametrize("codec", CODECS)
def test_quality_falls_as_crf_rises(codec):
    frames = _scene(8)
    good, middling, bad = (_psnr(_run(frames, codec, crf=crf), frames) for crf in QUALITIES[codec])
    assert good > 36
    assert good > middling + 2 > bad + 4


@pytest.mark.parametrize("codec", BITRATE_CODECS)
def test_quality_falls_as_bits_fall(codec):
    frames = _scene(12, noise=8)
    many, few = (_psnr(_run(frames, codec, fps=1, bitrate=bits), frames) for bits in (100_000, 6_000))
    assert many > few + 3


@pytest.mark.parametrize("codec", BITRATE_CODECS)
def test_bits_at_one_frame_a_second_are_bits_a_frame(codec):
    sizes = []
    frames = _scene(48, noise=8)
    _run(frames, codec, fps=1, bitrate=20_000, channel=lambda i, key, data: sizes.append(len(data)) or data)
    # Rate control settles slowly on so short a clip: right within a factor of two, where 24 would be the mistake.
    assert 10_000 < 8 * sum(sizes) / len(frames) < 40_000


@pytest.mark.parametrize("count", [1, 2, 3, 30])
@pytest.mark.parametrize("codec", CODECS)
def test_each_frame_comes_out_once_and_in_order(codec, count):
    levels = [40 + 6 * i for i in range(count)]
    frames = [np.full((32, 48, 3), level, np.uint8) for level in levels]
    means = [image.mean() for image in _run(frames, codec, crf=QUALITIES[codec][0])]
    assert means == pytest.approx(levels, abs=2.9)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (17, 33), (2, 200), (34, 18)])
@pytest.mark.parametrize("codec", CODECS)
def test_any_size_is_padded_and_cropped_back(codec, height, width):
    ramp = np.add.outer(np.arange(height), np.arange(width)) * 180 // (height + width) + 40
    frame = np.repeat(ramp[..., None], 3, axis=2).astype(np.uint8)
    (image,) = _run([frame], codec, crf=QUALITIES[codec][0])
    assert image.shape == (height, width, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - frame).max() <= 5


@pytest.mark.parametrize("codec", CODECS)
def test_smooth_colours_survive_a_nearly_lossless_trip(codec):
    # Red, green and blue ramp in different directions, inside the gamut of limited-range YUV.
    y, x = np.mgrid[0:64, 0:96] / 96
    frame = np.stack([60 + 130 * x, 60 + 130 * y, 190 - 65 * x - 65 * y], axis=2).round().astype(np.uint8)
    images = _run([frame] * 3, codec, crf=QUALITIES[codec][0])
    error = np.stack(images).astype(int) - frame
    assert np.quantile(np.abs(error), 0.99) <= 3
    assert np.abs(error).max() <= 6
    assert np.abs(error.mean(axis=(0, 1, 2))).max() < 0.7


@pytest.mark.parametrize(
    "settings",
    [{"crf": 23}, {"bitrate": 10_000, "fps": Fraction(1)}, {"crf": 28, "preset": "veryfast"}],
    ids=["crf", "bits", "veryfast"],
)
def test_twenty_encodes_are_one(settings):
    frames = _scene(10, 180, 320, noise=12)
    assert len({_stream(frames, "h264", **{"fps": Fraction(24), **settings}) for _ in range(20)}) == 1


def test_x264_does_not_read_what_nobody_wrote():
    # Where x264's AVX-512 code gave another stream on every run: noisy frames, memory that is left dirty.
    frames, rng, streams = _scene(24, 64, 96, noise=12), np.random.default_rng(3), set()
    for _ in range(20):
        litter = [np.full(rng.integers(1000, 200_000), rng.integers(256), np.uint8) for _ in range(60)]
        del litter
        options = {"x264-params": "b-adapt=0"}
        streams.add(_stream(frames, "h264", fps=Fraction(1), bitrate=10_000, options=options))
    assert len(streams) == 1


@pytest.mark.parametrize(("height", "width"), [(38, 41), (64, 64), (96, 64)])
def test_hevc_gives_one_stream_for_pictures_of_a_single_block(height, width):
    frames = _scene(6, height, width, noise=12)
    litter, streams = [], set()
    for turn in range(8):
        litter.append(np.random.default_rng(turn).bytes(1000 * turn * turn + 1))
        streams.add(_stream(frames, "hevc", fps=Fraction(24), crf=30.5, preset="veryfast"))
    assert len(streams) == 1


@pytest.mark.parametrize("codec", [name for name in CODECS if name != "h264"])
def test_other_encoders_repeat_themselves(codec):
    frames = _scene(10, 120, 200, noise=12)
    settings = {"crf": QUALITIES[codec][1]} if codec == "av1" else {"bitrate": 300_000}
    assert len({_stream(frames, codec, fps=Fraction(24), **settings) for _ in range(6)}) == 1


@pytest.mark.parametrize("codec", ["h264", "mpeg4", "av1"])
def test_a_thread_changes_no_byte(codec):
    frames, settings = _scene(20), {"fps": Fraction(24), "crf": QUALITIES[codec][1]}
    assert _stream(frames, codec, **settings) == _stream(frames, codec, threaded=True, **settings)


@pytest.mark.parametrize("threaded", [False, True])
@pytest.mark.parametrize(("codec", "most"), [("h264", 60), ("hevc", 60), ("mpeg4", 16), ("vp9", 16), ("av1", 100)])
def test_memory_is_bounded_by_the_look_ahead(codec, most, threaded):
    frames, pulled, lead = _scene(4, 48, 64), 0, 0

    def source():
        nonlocal pulled
        for index in range(250):
            pulled += 1
            yield frames[index % 4]

    trip = roundtrip(source(), codec=codec, fps=Fraction(24), crf=30, threaded=threaded)
    for given, _ in enumerate(trip):
        lead = max(lead, pulled - given)
    assert pulled == given + 1 == 250
    assert lead <= most


@pytest.mark.skipif(not os.path.isdir("/proc/self/task"), reason="counts threads in /proc")
@pytest.mark.parametrize("threaded", [False, True])
def test_closing_early_frees_encoder_and_threads(threaded, capfd):
    closed = []

    def source():
        try:
            yield from _scene(100, 64, 64)
        finally:
            closed.append(True)

    before, active = len(os.listdir("/proc/self/task")), threading.active_count()
    trip = roundtrip(source(), codec="av1", fps=Fraction(24), crf=40, threaded=threaded)
    assert next(trip).shape == (64, 64, 3)
    assert len(os.listdir("/proc/self/task")) > before + 3  # SVT-AV1 has threads of its own
    trip.close()
    assert threading.active_count() == active
    assert len(os.listdir("/proc/self/task")) <= before + 1
    assert closed == [True]
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("codec", CODECS)
def test_encoders_keep_quiet(codec, capfd):
    _run(_scene(3), codec, crf=QUALITIES[codec][1])
    assert capfd.readouterr() == ("", "")


def test_no_frames_are_no_frames():
    assert _run([], "h264", crf=20) == []


def test_a_lost_packet_freezes_the_picture():
    frames = _scene(10)
    lost = _run(frames, "mpeg4", crf=3, channel=lambda index, key, data: b"" if index in (4, 5) else data)
    clean = _run(frames, "mpeg4", crf=3)
    assert [np.array_equal(a, b) for a, b in zip(lost, clean, strict=True)][:4] == [True] * 4
    assert np.array_equal(lost[4], lost[3])
    assert np.array_equal(lost[5], lost[3])
    assert not np.array_equal(lost[6], lost[3])
    assert not np.shares_memory(lost[4], lost[3])


@pytest.mark.parametrize("codec", ["h264", "mpeg2", "vp9"])
def test_one_packet_alone_makes_a_whole_clip(codec):
    frames = _scene(9)
    images = _run(frames, codec, crf=10, channel=lambda index, key, data: b"" if index else data)
    assert len(images) == 9
    assert all(np.array_equal(image, images[0]) for image in images)


def test_nothing_to_decode_is_an_error():
    with pytest.raises(DdsrError, match=r"codec h264: nothing could be decoded; lose fewer packets"):
        _run(_scene(3), "h264", crf=20, channel=lambda index, key, data: b"")


def test_the_channel_is_told_key_frames():
    keys = []
    _run(_scene(9), "mpeg4", crf=5, gop=4, channel=lambda index, key, data: keys.append((index, key)) or data)
    assert [index for index, key in keys if key] == [0, 4, 8]


def test_frames_of_two_sizes_are_refused():
    frames = [np.zeros((16, 16, 3), np.uint8), np.zeros((16, 32, 3), np.uint8)]
    with pytest.raises(DdsrError, match=r"frame 1: 32x16, but the clip began with 16x16; bring all frames to one"):
        _run(frames, "mpeg4", crf=5)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"codec": "h265"}, r"codec 'h265' is unknown \(allowed: h264, hevc, mpeg4"),
        ({"codec": "h264", "crf": 20, "bitrate": 9}, r"crf and a bitrate exclude each other; give one"),
        ({"codec": "h264", "crf": 52}, r"crf = 52 is outside 0 to 51, the range of h264"),
        ({"codec": "mpeg4", "crf": 0.5}, r"crf = 0\.5 is outside 1 to 31, the range of mpeg4"),
        ({"codec": "av1", "bitrate": 9000}, r"av1 takes no bitrate, .* not repeatable; give crf"),
        ({"codec": "vp8", "bitrate": 0}, r"bitrate = 0 is not above 0"),
        ({"codec": "mpeg2", "preset": "fast"}, r"preset 'fast' is unknown to mpeg2 \(allowed: none\)"),
        ({"codec": "vp9", "preset": "fast"}, r"preset 'fast' is unknown to vp9 \(allowed: 0, 1, 2"),
        ({"codec": "h264", "fps": 0}, r"fps = 0 is not above 0"),
    ],
)
def test_settings_that_cannot_be_are_refused_at_once(settings, text):
    with pytest.raises(DdsrError, match=text):
        roundtrip(iter([]), **{"fps": Fraction(24), **settings})


def test_an_encoder_that_refuses_is_told():
    with pytest.raises(DdsrError, match=r"codec h264: libx264 refuses 160x96 at 24 frames/s with .*nonsense"):
        _run(_scene(1), "h264", options={"x264-params": "nonsense"})


def test_a_missing_encoder_is_named(monkeypatch):
    monkeypatch.setitem(codecs.CODECS, "vp9", codecs.Codec(("libvpx-absent",), ("vp9",), (0, 63)))
    with pytest.raises(DdsrError, match=r"codec vp9: this PyAV has no encoder for it \(libvpx-absent\); install"):
        roundtrip(iter([]), codec="vp9", fps=Fraction(24))


def test_every_preset_of_the_table_is_taken():
    frame = _scene(1, 64, 64)
    for codec, facts in CODECS.items():
        for preset in facts.presets:
            assert problem(codec, None, None, preset) is None
            assert len(_run(frame, codec, crf=40, preset=preset)) == 1


def test_rates_that_a_codec_cannot_name_keep_the_bits_a_frame():
    mpeg2 = codecs.Settings("mpeg2", Fraction(1), bitrate=10_000)
    assert (mpeg2.rate, mpeg2.told_bitrate) == (Fraction(24000, 1001), 239_760)
    odd = codecs.Settings("mpeg4", Fraction(1_234_567, 51_440))
    assert odd.rate.numerator <= 65535
    assert float(odd.rate) == pytest.approx(1_234_567 / 51_440, rel=1e-5)
    assert len(_run(_scene(3), "mpeg4", fps=Fraction(1_234_567, 51_440), bitrate=100_000)) == 3


def test_versions_name_the_builds():
    versions = codec_versions()
    assert set(versions) <= set(CODECS)
    assert versions["h264"].startswith("libx264 core ")
    assert versions["mpeg4"].startswith("mpeg4 libavcodec ")


def test_planes_are_bt601_with_the_mean_of_each_block():
    rgb = np.random.default_rng(1).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    red, green, blue = np.moveaxis(rgb.astype(float), 2, 0)
    luma = 16 + (65.481 * red + 128.553 * green + 24.966 * blue) / 255
    block = rgb.astype(float).reshape(16, 2, 24, 2, 3).mean(axis=(1, 3))
    red, green, blue = np.moveaxis(block, 2, 0)
    chroma = [
        128 + (-37.797 * red - 74.203 * green + 112 * blue) / 255,
        128 + (112 * red - 93.786 * green - 18.214 * blue) / 255,
    ]
    planes = to_i420(rgb)
    assert planes.shape == (48, 48)
    assert np.abs(planes[:32] - luma).max() < 0.6
    # Two roundings: of the block's mean and of the chroma.
    for index, expected in enumerate(chroma):
        part = planes[32 + 8 * index : 40 + 8 * index].reshape(16, 24)
        assert np.abs(part - expected).max() < 1.1


def test_planes_come_back_as_ffmpeg_reads_them():
    rgb = np.stack(_scene(1, 64, 96))[0]
    planes = to_i420(rgb)
    theirs = av.VideoFrame.from_ndarray(planes, format="yuv420p").to_ndarray(format="rgb24")
    ours = to_rgb(planes, (64, 96))
    # FFmpeg's quick conversion rounds down.
    assert np.abs(ours.astype(int) - theirs).max() <= 3


def test_padding_repeats_the_border():
    rgb = np.arange(3 * 5 * 3, dtype=np.uint8).reshape(3, 5, 3)
    padded = pad(rgb, 16, 32)
    assert padded.shape == (32, 32, 3)
    assert np.array_equal(padded, np.pad(rgb, ((0, 29), (0, 27), (0, 0)), mode="edge"))
    whole = np.zeros((16, 32, 3), np.uint8)
    assert pad(whole, 16, 16) is whole


def test_ahead_hands_over_items_errors_and_the_end():
    def source():
        yield 1
        yield 2
        raise KeyError("gone")

    assert list(ahead(iter(range(100)), 3)) == list(range(100))
    items = ahead(source(), 1)
    assert list(islice(items, 2)) == [1, 2]
    with pytest.raises(KeyError, match="gone"):
        next(items)
