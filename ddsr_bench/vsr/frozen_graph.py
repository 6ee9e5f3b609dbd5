"""Constants of a frozen TensorFlow graph (.pb), read without TensorFlow and without running anything.

Such a file is a protocol-buffer message (https://protobuf.dev/programming-guides/encoding): ``GraphDef.node`` = 1;
``NodeDef`` name = 1, op = 2, attr = 5; a map's key = 1, value = 2; ``AttrValue.tensor`` = 8; ``TensorProto`` dtype = 1,
shape = 2, content = 4, float_val = 5; ``TensorShapeProto.dim`` = 2, its size = 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError

Array = np.ndarray[Any, Any]
_LARGEST = 1 << 28  # bytes; far beyond any graph that is read here
_FLOAT = 1


def read_constants(path: Path) -> dict[str, Array]:
    """The float32 constants of a graph by their names; read-only arrays.

    Raises:
        DdsrError: no such file, cut off, or no frozen graph.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise DdsrError(f"{path}: larger than {_LARGEST >> 20} MiB; give the frozen graph of the method")
        message = path.read_bytes()
    except OSError as error:
        raise DdsrError(f"{path}: cannot be read ({error.strerror}); give the frozen graph (.pb)") from error
    try:
        found = dict(_constants(message))
    except (IndexError, ValueError) as error:
        raise DdsrError(f"{path}: not a frozen TensorFlow graph, or cut off ({error}); fetch it again") from error
    if not found:
        raise DdsrError(f"{path}: holds no constants; give a frozen TensorFlow graph (.pb)")
    return found


def constant(constants: Mapping[str, Array], name: str, axes: int) -> Array:
    """One of them.

    Raises:
        DdsrError: it is missing, or has another number of axes.
    """
    found = constants.get(name)
    if found is None or found.ndim != axes:
        what = "is missing" if found is None else f"has {found.ndim} axes, not {axes}"
        raise DdsrError(f"graph: constant {name!r} {what}; it is of another network")
    return found


def _constants(message: bytes) -> Iterator[tuple[str, Array]]:
    for number, node in _fields(message):
        if number != 1 or not isinstance(node, bytes):
            continue
        parts = list(_fields(node))
        if _first(parts, 2) != b"Const":
            continue
        attributes = [dict(_fields(value)) for key, value in parts if key == 5 and isinstance(value, bytes)]
        for attribute in attributes:
            value = attribute.get(2)
            if attribute.get(1) == b"value" and isinstance(value, bytes):
                tensor = _tensor(_first(list(_fields(value)), 8))
                if tensor is not None:
                    yield _text(_first(parts, 1)), tensor


def _tensor(message: int | bytes | None) -> Array | None:
    """A TensorProto, or None where it is not of float32."""
    if not isinstance(message, bytes):
        return None
    parts = list(_fields(message))
    if _first(parts, 1) != _FLOAT:
        return None
    shape = _shape(_bytes(_first(parts, 2)))
    content = _bytes(_first(parts, 4)) or b"".join(_bytes(value) for key, value in parts if key == 5)
    values = np.frombuffer(content, "<f4")
    if values.size == 1 and 1 < math.prod(shape) <= _LARGEST:  # one value stands for all
        return np.broadcast_to(values, shape)
    return values.reshape(shape)


def _shape(message: bytes) -> tuple[int, ...]:
    sizes = (_first(list(_fields(_bytes(dim))), 1) for key, dim in _fields(message) if key == 2)
    return tuple(size if isinstance(size, int) else 0 for size in sizes)


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Field numbers and values of a message: integers, or bytes of all that is longer."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == 2:
            size, at = _varint(message, at)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"unknown wire type {kind}")
        if at + size > len(message):
            raise ValueError("a field runs beyond the end")
        yield tag >> 3, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        byte = message[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
    raise ValueError("a number is too long")


def _first(parts: list[tuple[int, int | bytes]], number: int) -> int | bytes | None:
    return next((value for key, value in parts if key == number), None)


def _bytes(value: int | bytes | None) -> bytes:
    return value if isinstance(value, bytes) else b""


def _text(value: int | bytes | None) -> str:
    return _bytes(value).decode("utf-8")
