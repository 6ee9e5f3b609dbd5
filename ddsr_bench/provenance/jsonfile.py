"""JSON in one spelling: strict (no NaN), hashed canonically, written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import replacing


def canonical_json(data: Any) -> str:
    """Return the one spelling of ``data``: keys sorted, no spaces, UTF-8 text, shortest exact floats.

    Tuples count as lists, paths as text with forward slashes, NumPy scalars as Python's, -0.0 as 0.0.
    ``1`` and ``1.0`` stay apart.

    Raises:
        ValueError: NaN or an infinity, with its place in the data.
        TypeError: a key that is not text, or a value that JSON does not know, with its place.
    """
    return json.dumps(_plain(data, "$"), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_hash(data: Any) -> str:
    """Return the SHA-256 of :func:`canonical_json` as 64 hexadecimal digits; raises what it raises."""
    return hashlib.sha256(canonical_json(data).encode("utf-8", "surrogatepass")).hexdigest()


def write_json_atomic(path: str | os.PathLike[str], data: Any) -> None:
    """Write ``data`` as indented JSON, keys in the caller's order: the whole file or none of it.

    Raises:
        DdsrError: the file cannot be written (folder missing, no right, disk full).
        ValueError, TypeError: as :func:`canonical_json`.
    """
    text = json.dumps(_plain(data, "$"), indent=2, ensure_ascii=False)
    write_text_atomic(path, text + "\n")


def write_text_atomic(path: str | os.PathLike[str], text: str) -> None:
    """Write UTF-8 text under a temporary name in the same folder, then rename it to ``path``.

    Raises:
        DdsrError: the file cannot be written.
    """
    # Not mkstemp: that makes files nobody else may read, whatever the umask says.
    with replacing(Path(path)) as part:
        part.write_text(text, encoding="utf-8", errors="surrogateescape", newline="\n")


def read_json(path: str | os.PathLike[str]) -> Any:
    """Read a JSON file.

    Raises:
        DdsrError: the file is missing, unreadable, or no strict JSON (the line and column are named).
    """
    source = Path(path)
    try:
        return json.loads(source.read_bytes(), parse_constant=_refuse_constant)
    except FileNotFoundError as error:
        raise DdsrError(f"{source}: no such file; check the path") from error
    except OSError as error:
        raise DdsrError(f"{source}: cannot read ({error.strerror or error}); check the path") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno} column {error.colno}"
        raise DdsrError(f"{source}: not JSON ({error.msg}, {place}); correct it or write it anew") from error
    except (ValueError, RecursionError) as error:
        raise DdsrError(f"{source}: not JSON ({error}); correct it or write it anew") from error


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def _plain(value: Any, place: str) -> Any:
    """Return ``value`` rebuilt of dict, list, str, int, float, bool and None; ``place`` is for messages."""
    if value is None or isinstance(value, bool | str):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, Mapping):
        return {_key(key, place): _plain(item, f"{place}.{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        # Values of frames by the thousand are floats; the place of one is spelt only where it is asked for.
        return [
            item + 0.0 if type(item) is float and math.isfinite(item) else _plain(item, f"{place}[{number}]")
            for number, item in enumerate(value)
        ]
    if isinstance(value, os.PathLike):
        return Path(value).as_posix()
    return _number(value, place)


def _key(key: object, place: str) -> str:
    if isinstance(key, str):
        return str(key)
    raise TypeError(f"{place}: JSON keys are text, got {type(key).__name__} {key!r}")


def _number(value: Any, place: str) -> bool | int | float | str:
    # NumPy scalars are known by .item(), so that this module needs no NumPy.
    plain = value.item() if getattr(value, "shape", None) == () and hasattr(value, "item") else value
    if isinstance(plain, float):
        if not math.isfinite(plain):
            raise ValueError(f"{place}: {plain} is no JSON number; leave the entry out or write null")
        return float(plain) + 0.0
    if isinstance(plain, bool | str):
        return plain
    if isinstance(plain, int):
        return int(plain)
    raise TypeError(f"{place}: {type(value).__name__} is not JSON; convert it first")
