"""Packet loss: what is lost, that it is concealed and healed, and that it can be repeated."""

import dataclasses
import hashlib
from fractions import Fraction

import cv2
import numpy as np
import pytest
from pydantic import ValidationError

from ddsr_bench.degrade.stage import StageContext
from ddsr_bench.degrade.stages.packet_loss import Params, apply, lossy

CODECS = ("h264", "mpeg4", "mpeg2")
CONTEXT = StageContext(seed=7, key="3", fps=Fraction(24), frames=20, lr_size=(16, 16), scale=4)


def _scene(count=20, height=128, width=128):
    """A texture that turns about the centre, so that a lost part shows."""
    rng = np.random.default_rng(1)
    coarse = rng.integers(30, 226, (24, 24, 1), dtype=np.uint8).repeat(3, axis=2)
    texture = cv2.resize(coarse, (width, height))
    turns = (cv2.getRotationMatrix2D((width / 2, height / 2), 5 * i, 1) for i in range(count))
    return [cv2.warpAffine(texture, turn, (width, height), borderMode=cv2.BORDER_REFLECT) for turn in turns]


def _run(frames, context=CONTEXT, **params):
    return list(apply(iter(frames), Params(**params), context))


def _errors(result, clean):
    """Mean absolute difference of each 16x16 block: (frames, rows, columns)."""
    difference = np.abs(np.stack(result).astype(float) - np.stack(clean)).mean(axis=3)
    count, height, width = difference.shape
    return difference.reshape(count, height // 16, 16, width // 16, 16).mean(axis=(2, 4))


@pytest.mark.parametrize("codec", CODECS)
def test_no_loss_is_plain_coding_of_a_good_picture(codec):
    frames = _scene(6)
    result = _run(frames, rate=0, codec=codec)
    assert np.abs(np.stack(result).astype(float) - frames).mean() < 5


@pytest.mark.parametrize("codec", CODECS)
def test_loss_harms_a_part_of_the_picture_first(codec):
    frames = _scene()
    clean = _run(frames, rate=0, codec=codec, gop=100)
    errors = _errors(_run(frames, rate=0.04, burst=1, codec=codec, gop=100), clean)
    harmed = errors.max(axis=(1, 2)) > 2
    assert not harmed[0]  # the first picture always arrives
    assert harmed.any()
    partly = (errors > 2).mean(axis=(1, 2))
    # Somewhere a part was harmed while the rest of the picture was whole.
    assert ((partly > 0.01) & (partly < 0.6)).any()


@pytest.mark.parametrize("codec", CODECS)
def test_more_loss_is_worse_and_no_frame_goes_missing(codec):
    frames = _scene()
    clean = _run(frames, rate=0, codec=codec)
    means = []
    for rate in (0.0, 0.05, 0.4):
        result = _run(frames, rate=rate, codec=codec)
        assert len(result) == len(frames)
        means.append(_errors(result, clean).mean())
    assert means[0] == 0 < means[1] < means[2]


@pytest.mark.parametrize("codec", CODECS)
def test_concealment_looks_like_the_scene(codec):
    # Concealed parts come from neighbours in time: far closer to the truth than a grey or green hole.
    frames = _scene()
    errors = _errors(_run(frames, rate=0.05, codec=codec), _run(frames, rate=0, codec=codec))
    hole = np.abs(np.stack(frames).astype(float) - 128).mean()
    assert errors.mean() < hole / 4


def test_a_key_frame_heals():
    frames = _scene(24)
    context = dataclasses.replace(CONTEXT, seed=1)

    class OnlyThird(StageContext):
        def noise(self, frame, *what):
            return _Draws(0.0 if frame == 3 else 0.99)

    only = OnlyThird(**{field.name: getattr(context, field.name) for field in dataclasses.fields(context)})
    params = {"rate": 0.1, "burst": 1, "codec": "mpeg4", "gop": 8}
    errors = _errors(_run(frames, only, **params), _run(frames, **{**params, "rate": 0})).mean(axis=(1, 2))
    assert not errors[:3].any()
    assert (errors[3:8] > 0.5).all()
    assert not errors[8:].any()


class _Draws:
    def __init__(self, value):
        self.value = value

    def random(self, count):
        return [self.value] * count


@pytest.mark.parametrize("codec", CODECS)
def test_twenty_runs_are_one(codec):
    frames, rng, runs = _scene(12), np.random.default_rng(5), set()
    for _ in range(20):
        # Memory left dirty shows reads past the end of a packet.
        litter = [np.full(rng.integers(1000, 200_000), rng.integers(256), np.uint8) for _ in range(40)]
        del litter
        runs.add(hashlib.sha256(np.stack(_run(frames, rate=0.2, codec=codec))).hexdigest())
    assert len(runs) == 1


def test_another_seed_loses_other_packets():
    frames = _scene(12)
    one, two = (_run(frames, dataclasses.replace(CONTEXT, seed=seed), rate=0.2) for seed in (1, 2))
    assert not np.array_equal(one, two)


@pytest.mark.parametrize("count", [1, 2, 3, 30])
@pytest.mark.parametrize("codec", CODECS)
def test_counts_and_odd_sizes(codec, count):
    frames = [image[:17, :33] for image in _scene(count)]
    result = _run(frames, rate=0.4, burst=3, codec=codec)
    assert [image.shape for image in result] == [(17, 33, 3)] * count


def test_the_share_of_lost_packets_is_the_rate():
    slices = b"".join(b"\x00\x00\x01\x41" + bytes([65 + i]) for i in range(8))
    channel = lossy(Params(rate=0.1, burst=2, packets=8), CONTEXT)
    assert channel(0, True, slices) == slices
    came = sum(len(channel(index, False, slices)) // 5 for index in range(1, 2001))
    assert 1 - came / 16_000 == pytest.approx(0.1, abs=0.015)


def test_a_picture_without_its_header_is_lost_whole():
    class First(StageContext):
        def noise(self, frame, *what):
            return _FirstLost()

    first = First(seed=1, key="0", fps=Fraction(24), frames=9, lr_size=(1, 1), scale=4)
    rows = b"\x00\x00\x01\x00pic" + b"".join(b"\x00\x00\x01" + bytes([row]) + b"row" for row in (1, 2, 3))
    assert lossy(Params(rate=0.1, burst=1, codec="mpeg2"), first)(5, False, rows) == b""
    nals = b"".join(b"\x00\x00\x01\x41" + name for name in (b"a", b"b", b"c"))
    assert lossy(Params(rate=0.1, burst=1, packets=3), first)(5, False, nals) == nals[5:]


class _FirstLost:
    def random(self, count):
        return [0.0] + [0.99] * (count - 1)


def test_chatter_of_the_decoder_stays_inside(capfd):
    _run(_scene(12), rate=0.3)
    assert capfd.readouterr() == ("", "")


def test_two_controls_are_refused():
    with pytest.raises(ValidationError, match=r"give exactly one of .* \(given: crf, bits_per_frame\)"):
        Params(rate=0.1, crf=20, bits_per_frame=1e4)
