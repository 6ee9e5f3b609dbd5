"""Photographs of free packages, for training clips: pictures of people, animals, buildings and land.

    apt-get download $(cut -d, -f2 reports/rw-vsr-qa/photographs.csv | tail -n +2 | sort -u)
    for file in *.deb; do dpkg-deb -x "$file" FOLDER; done

These commands are for Debian 12. ``photographs.csv`` has a row a photograph: name, Debian package and version, terms,
file in the package, member where that file is a Qt resource file, sha256 of the picture as packed. All are in Debian's
main archive, so their terms are free; terms are those of the package's ``copyright`` file, which names the authors
(pictures of gcompris-qt-data that it does not list have the package's own). None is copied here.
"""

from __future__ import annotations

import csv
import hashlib
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from ddsr_bench.errors import DdsrError

TABLE = Path(__file__).with_name("photographs.csv")
# How much larger than the frame the cut is: build_picture's camera needs room.
_ROOM = 1.35
_LARGEST = 6.0  # pixels of the photograph to one of the cut, at most


def rows() -> list[dict[str, str]]:
    """The table."""
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def names() -> list[str]:
    """Photographs, in the table's order."""
    return [row["name"] for row in rows()]


def load(name: str, folder: Path) -> np.ndarray:
    """A photograph, ``uint8 (H, W, 3)`` RGB, of packages unpacked in ``folder``.

    Raises:
        DdsrError: it is not there, or is not the one of the table.
    """
    row = next(row for row in rows() if row["name"] == name)
    path = folder / row["file"]
    if not path.exists():
        raise DdsrError(f"{path}: not there; unpack Debian's {row['package']} {row['version']} into {folder}")
    packed = member(path, row["member"]) if row["member"] else path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != row["sha256"]:
        raise DdsrError(f"{path}: {name} is another picture; need {row['package']} {row['version']}")
    return np.ascontiguousarray(cv2.imdecode(np.frombuffer(packed, np.uint8), cv2.IMREAD_COLOR)[..., ::-1])


def member(path: Path, wanted: str) -> bytes:
    """One member of a Qt resource file."""
    try:
        for name, content in members(path.read_bytes()):
            if name == wanted:
                return content
    except (struct.error, zlib.error, UnicodeDecodeError) as error:
        raise DdsrError(f"{path}: no Qt resource file, or a damaged one ({error}); unpack its package anew") from error
    raise DdsrError(f"{path}: no {wanted} in it; {TABLE.name} says which version of the package has it")


def members(packed: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a Qt resource file: a tree of 14 bytes a node (22 from version 2), names and contents."""
    version, tree, contents, labels = struct.unpack(">4I", packed[4:20])
    size = 22 if version >= 2 else 14
    waiting = [(0, "")]
    while waiting:
        index, above = waiting.pop()
        label, flags, first, second = struct.unpack(">IHII", packed[tree + index * size :][:14])
        start = labels + label
        length = 2 * struct.unpack(">H", packed[start : start + 2])[0] if index else 0
        name = above + "/" + packed[start + 6 : start + 6 + length].decode("utf-16-be") if index else ""
        if flags & 2:  # a folder: number of members, index of the first
            waiting += [(second + k, name) for k in reversed(range(first))]
            continue
        start = contents + second
        content = packed[start + 4 :][: struct.unpack(">I", packed[start : start + 4])[0]]
        yield name, zlib.decompress(content[4:]) if flags & 1 else content


def cut(photograph: np.ndarray, width: int, height: int, rng: np.random.Generator) -> np.ndarray:
    """A part of it at a size drawn, for a clip of that size: the busier of two places."""
    rows, columns = photograph.shape[:2]
    wide, high = _ROOM * width, _ROOM * height
    zoom = min(columns / wide, rows / high)
    if zoom > 1:
        zoom = float(np.exp(rng.uniform(0, np.log(min(zoom, _LARGEST)))))
    size = min(columns, int(zoom * wide)), min(rows, int(zoom * high))
    places = []
    for _ in range(2):
        x, y = (int(rng.integers(whole - part + 1)) for whole, part in zip((columns, rows), size, strict=True))
        part = photograph[y : y + size[1], x : x + size[0]]
        if zoom > 1:
            part = cv2.resize(part, (int(wide), int(high)), interpolation=cv2.INTER_AREA)
        places.append(part)
    return max(places, key=lambda part: cv2.Laplacian(part, cv2.CV_32F).std())
