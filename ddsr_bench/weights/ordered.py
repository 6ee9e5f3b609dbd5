"""Safetensors files that are equal where the networks in them are."""

from __future__ import annotations

import json


def in_order(data: bytes) -> bytes:
    """The same safetensors file with its metadata in alphabetical order; the package writes it in any."""
    size = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + size])
    text = json.dumps({**head, "__metadata__": dict(sorted(head["__metadata__"].items()))}).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + size :]
