"""Photographs for training clips: found in unpacked packages, known by hash, cut to size."""

from __future__ import annotations

import importlib.util
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import file_sha256

SCRIPT = Path(__file__).parents[3] / "reports" / "rw-vsr-qa" / "photographs.py"


@pytest.fixture
def photographs():
    found = importlib.util.spec_from_file_location("photographs", SCRIPT)
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def resource(files: dict[str, bytes], version: int) -> bytes:
    """A Qt resource file with all files in one folder ``pictures``, the second one deflated."""
    labels, contents, nodes = b"", b"", []

    def label(text: str) -> int:
        nonlocal labels
        start = len(labels)
        labels += struct.pack(">HI", len(text), 0) + text.encode("utf-16-be")
        return start

    nodes.append(struct.pack(">IHII", 0, 2, 1, 1))
    nodes.append(struct.pack(">IHII", label("pictures"), 2, len(files), 2))
    for number, (name, content) in enumerate(files.items()):
        packed = struct.pack(">I", len(content)) + zlib.compress(content) if number == 1 else content
        nodes.append(struct.pack(">IHII", label(name), int(number == 1), 0x00010001, len(contents)))
        contents += struct.pack(">I", len(packed)) + packed
    tree = b"".join(node + (bytes(8) if version >= 2 else b"") for node in nodes)
    places = 20, 20 + len(tree), 20 + len(tree) + len(contents)
    return b"qres" + struct.pack(">IIII", version, *places) + tree + contents + labels


@pytest.mark.parametrize("version", [1, 2])
def test_members_of_a_qt_resource_file(photographs, tmp_path: Path, version: int) -> None:
    files = {"a.webp": b"first", "b.webp": b"second" * 50, "c.webp": b""}
    path = tmp_path / "pictures.rcc"
    path.write_bytes(resource(files, version))
    assert dict(photographs.members(path.read_bytes())) == {f"/pictures/{name}": one for name, one in files.items()}
    assert photographs.member(path, "/pictures/b.webp") == files["b.webp"]
    with pytest.raises(DdsrError, match=r"pictures\.rcc: no /pictures/d\.webp in it; photographs\.csv says which"):
        photographs.member(path, "/pictures/d.webp")
    path.write_bytes(path.read_bytes()[:30])
    with pytest.raises(DdsrError, match=r"pictures\.rcc: no Qt resource file, or a damaged one .*; unpack its package"):
        photographs.member(path, "/pictures/b.webp")


def test_a_photograph_is_known_by_its_hash(photographs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "one.png"), picture)
    row = {"name": "one", "package": "p", "version": "1", "file": "one.png", "member": ""}
    monkeypatch.setattr(photographs, "rows", lambda: [{**row, "sha256": file_sha256(tmp_path / "one.png")}])
    np.testing.assert_array_equal(photographs.load("one", tmp_path), picture[..., ::-1])
    with pytest.raises(DdsrError, match="not there; unpack Debian's p 1 into"):
        photographs.load("one", tmp_path / "elsewhere")
    monkeypatch.setattr(photographs, "rows", lambda: [{**row, "sha256": "0" * 64}])
    with pytest.raises(DdsrError, match="one is another picture; need p 1"):
        photographs.load("one", tmp_path)


def test_a_cut_leaves_the_camera_room_and_takes_the_busier_place(photographs) -> None:
    flat = np.full((900, 1600, 3), 128, np.uint8)
    flat[:, 800:] = np.random.default_rng(1).integers(0, 256, (900, 800, 3), np.uint8)
    cuts = [photographs.cut(flat, 320, 180, np.random.default_rng(seed)) for seed in range(12)]
    assert {cut.shape for cut in cuts} == {(243, 432, 3)}
    # One place is all flat with a chance of near a half; two seldom are.
    assert sum(cut.std() > 0 for cut in cuts) >= 9
    again = photographs.cut(flat, 320, 180, np.random.default_rng(3))
    np.testing.assert_array_equal(again, cuts[3])
    small = photographs.cut(flat[:200, :300], 320, 180, np.random.default_rng(0))
    assert small.shape[0] <= 200
    assert small.shape[1] <= 300


def test_every_row_of_the_table_is_whole(photographs) -> None:
    rows = photographs.rows()
    assert len({row["name"] for row in rows}) == len(rows) >= 100
    for row in rows:
        assert len(row["sha256"]) == 64
        assert row["terms"]
        assert row["file"].startswith("usr/share/")
        assert bool(row["member"]) == row["file"].endswith(".rcc")
