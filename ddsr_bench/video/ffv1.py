"""Checks the sums inside FFV1 packets: FFmpeg's decoder shows a damaged slice with nothing but a log line."""

from __future__ import annotations

import zlib

_CHECKED, _BARE = 8, 3  # bytes of a slice footer with and without its sum (RFC 9043, 4.8)
_MIRROR = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def is_damaged(packet: bytes) -> bool:
    """Whether an FFV1 version 3 packet fails its own sums, or cannot be cut into slices at all.

    Packets whose slices carry no sums (``slicecrc=0``) pass if they can be cut into slices.
    """
    slices = _slices(packet, _CHECKED)
    if slices is None:
        return _slices(packet, _BARE) is None
    return any(_remainder(piece) for piece in slices)


def _slices(packet: bytes, footer: int) -> list[bytes] | None:
    """The packet cut into slices from its end, where each footer names its slice's size; None: no fit."""
    end, pieces = len(packet), []
    while end > 0:
        at = end - footer
        begin = at - int.from_bytes(packet[at : at + 3], "big") if at >= 0 else -1
        if begin < 0:
            return None
        pieces.append(packet[begin:end])
        end = begin
    return pieces


def _remainder(piece: bytes) -> int:
    """CRC-32 of FFV1 (0x04C11DB7, start 0, most significant bit first) over a slice and its sum; 0 is intact.

    zlib runs the same polynomial with its bits mirrored, and starts from and ends with inverted bits.
    """
    return zlib.crc32(piece.translate(_MIRROR), 0xFFFFFFFF) ^ 0xFFFFFFFF
