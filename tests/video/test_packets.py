"""Cutting coded pictures into packets: vectors written by hand, and streams of the real encoders."""

from fractions import Fraction

import numpy as np
import pytest

from ddsr_bench.video.packets import CUTTABLE, cut, cutting_options
from ddsr_bench.video.roundtrip import roundtrip

PARAMETERS = b"\x00\x00\x00\x01\x67aa\x00\x00\x00\x01\x68b"


def test_h264_by_hand():
    slices = [b"\x00\x00\x01\x65first", b"\x00\x00\x01\x65second", b"\x00\x00\x01\x65third"]
    payload = PARAMETERS + b"".join(slices)
    assert cut("h264", payload, 8) == [PARAMETERS + slices[0], slices[1], slices[2]]
    assert cut("h264", payload, 2) == [PARAMETERS + slices[0], slices[1] + slices[2]]
    assert cut("h264", payload, 1) == [payload]


def test_mpeg2_by_hand():
    header = b"\x00\x00\x01\xb3seq\x00\x00\x01\x00pic\x00\x00\x01\xb5ext"
    rows = [b"\x00\x00\x01" + bytes([row]) + b"row" for row in (1, 2, 3, 4)]
    assert cut("mpeg2", header + b"".join(rows), 4) == [header + rows[0], *rows[1:]]


def test_mpeg4_by_hand():
    header = b"\x00\x00\x01\xb0\x01\x00\x00\x01\xb6\x10data"
    video_packets = [b"\x00\x00\x81one", b"\x00\x00\x42two"]
    assert cut("mpeg4", header + b"".join(video_packets), 9) == [header, *video_packets]


@pytest.mark.parametrize("codec", CUTTABLE)
def test_real_pictures_fall_into_the_parts_asked_for(codec):
    rng, payloads = np.random.default_rng(1), []
    frames = [rng.integers(0, 256, (128, 96, 3), dtype=np.uint8) for _ in range(4)]

    def channel(index, key, payload):
        payloads.append(payload)
        return payload

    settings = {"fps": Fraction(24), "crf": 20, "options": cutting_options(codec, 4)}
    list(roundtrip(iter(frames), codec=codec, channel=channel, **settings))
    assert len(payloads) == 4
    for payload in payloads:
        pieces = cut(codec, payload, 4)
        assert len(pieces) == 4
        assert b"".join(pieces) == payload
        assert min(map(len, pieces)) > len(payload) / 20
