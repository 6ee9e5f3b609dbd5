"""Where a coded picture can be cut into parts that a network would lose one by one.

H.264 and MPEG-2 mark the start of each slice by a byte-aligned start code, MPEG-4 part 2 that of each video packet by
a resynchronisation marker (ISO/IEC 14496-2, 6.3.5.2): 16 zero bits or more and a one, which no other aligned data
can form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

#: Codecs that can be cut.
CUTTABLE = ("h264", "mpeg4", "mpeg2")
_START = re.compile(rb"\x00?\x00\x00\x01(?=(.))", re.DOTALL)
_MARKER = re.compile(rb"\x00\x00(?=[\x02-\xff])")
# Bytes of one MPEG-4 video packet: about a row of macroblocks at the bitrates of small clips.
_MPEG4_PART = "120"


def cutting_options(codec: str, parts: int) -> Mapping[str, str]:
    """Encoder options that make pictures of ``codec`` fall into about ``parts`` parts or more."""
    if codec == "h264":
        return {"slices": str(parts)}
    return {"ps": _MPEG4_PART} if codec == "mpeg4" else {}


def cut(codec: str, payload: bytes, parts: int) -> list[bytes]:
    """``payload`` (one coded picture) as at most ``parts`` pieces, each of whole slices; headers go with the first.

    Joined, the pieces are ``payload`` again.
    """
    starts = [0, *_slice_starts(codec, payload)[1:], len(payload)]
    slices = [payload[begin:end] for begin, end in pairwise(starts)]
    parts = min(parts, len(slices))
    edges = [len(slices) * part // parts for part in range(parts + 1)]
    return [b"".join(slices[begin:end]) for begin, end in pairwise(edges)]


def needs_first(codec: str) -> bool:
    """Whether the picture's header is in its first piece alone, so that nothing can be read without it."""
    return codec != "h264"


def _slice_starts(codec: str, payload: bytes) -> list[int]:
    if codec == "mpeg4":
        picture = payload.find(b"\x00\x00\x01\xb6")
        markers = [match.start() for match in _MARKER.finditer(payload, picture + 4)]
        return [0, *markers]
    codes = ((match.start(), match[1][0]) for match in _START.finditer(payload))
    if codec == "mpeg2":
        return [start for start, code in codes if 0x01 <= code <= 0xAF]
    return [start for start, code in codes if code & 0x1F in (1, 5)]
