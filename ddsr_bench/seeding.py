"""Randomness that is addressed, not consumed: every draw has an address, and the address alone decides it.

A generator is made from ``(seed, item id, stage, frame, ...)`` and thrown away after use, so the order of
items, the number of workers and the engine cannot change a byte. Nothing here holds state.
"""

from __future__ import annotations

import hashlib
import math
import struct
from operator import index

import numpy as np

AddressPart = int | str | bytes | float

# Part of every key: raising it is the way to change all draws on purpose.
_DOMAIN = b"ddsr-bench/1"


def derive_key(*address: AddressPart) -> int:
    """Hash an address to a 128-bit key: BLAKE2b over tagged, length-prefixed parts.

    The parts are told apart by type and by position: ``("a", "bc")``, ``("ab", "c")`` and ``("abc",)`` have
    three keys, and so have ``1``, ``1.0`` and ``"1"``. NumPy integers and floats count as Python's.

    Args:
        address: one part or more; integers of any size, text, bytes, finite floats (-0.0 counts as 0.0).

    Returns:
        An integer in [0, 2**128), the same in every process and on every platform.

    Raises:
        TypeError: a part of another type (bool too: ``True`` and ``1`` would look alike).
        ValueError: no part at all, or a float that is not finite.

    Example:
        >>> derive_key(7, "clip") == derive_key(7, "clip") != derive_key("clip", 7)
        True
    """
    if not address:
        raise ValueError("derive_key() takes at least one part, for example a seed")
    digest = hashlib.blake2b(_DOMAIN, digest_size=16)
    for part in address:
        digest.update(_encode(part))
    return int.from_bytes(digest.digest(), "big")


def derive_seed(*address: AddressPart) -> int:
    """Return a seed in [0, 2**63) for an address: it fits a signed 64-bit column (Parquet, JSON readers).

    Raises:
        TypeError, ValueError: as :func:`derive_key`.
    """
    return derive_key(*address) >> 65


def generator(*address: AddressPart) -> np.random.Generator:
    """Return a generator over Philox keyed with the address, for parameters and small draws.

    Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

    Raises:
        TypeError, ValueError: as :func:`derive_key`.
    """
    return np.random.Generator(np.random.Philox(key=derive_key(*address)))


def fast_generator(*address: AddressPart) -> np.random.Generator:
    """Return a generator over SFC64 for bulk noise; its stream is unrelated to :func:`generator`'s.

    Half as fast again as Philox when it fills ``float32`` arrays; the address is spread over SFC64's state
    by NumPy's ``SeedSequence``.

    Raises:
        TypeError, ValueError: as :func:`derive_key`.
    """
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(derive_key(*address))))


def _encode(part: object) -> bytes:
    """Return type tag, payload length (8 bytes, big-endian) and payload of one part of an address."""
    tag, payload = _tagged(part)
    return tag + len(payload).to_bytes(8, "big") + payload


def _tagged(part: object) -> tuple[bytes, bytes]:
    if isinstance(part, bool | np.bool_):
        raise TypeError(f"an address takes int, str, bytes or float, got bool {part!r}; write int(...)")
    if isinstance(part, str):
        return b"s", part.encode("utf-8", "surrogatepass")  # file names may hold undecodable bytes
    if isinstance(part, bytes):
        return b"b", part
    if isinstance(part, float | np.floating):
        return b"f", _float_bytes(float(part))
    if hasattr(part, "__index__"):
        return b"i", str(index(part)).encode("ascii")
    raise TypeError(f"an address takes int, str, bytes or float, got {type(part).__name__} {part!r}")


def _float_bytes(value: float) -> bytes:
    if not math.isfinite(value):
        raise ValueError(f"an address takes finite floats, got {value!r}")
    return struct.pack(">d", value + 0.0)  # + 0.0 turns -0.0 into 0.0
