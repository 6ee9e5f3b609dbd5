"""AVT-VQDB-UHD-1-VSR: ``dataset.json``, a list of rated videos with their source, method and mean opinion score."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ddsr_bench.data.importers.label import Label, Labels, number
from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json

_FILE = ("file_name", "file", "video", "video_name", "name", "filename")
_SOURCE = ("source", "src", "source_id", "content")
_METHOD = ("method", "upscaler", "vsr", "sr_method", "algorithm")
_INPUT = ("input", "lr", "lr_id", "lowres", "encoded")
_MOS = ("mos", "MOS", "score")


def read(paths: list[Path]) -> Labels:
    """Read the file.

    Raises:
        DdsrError: it cannot be read, or holds no list of videos.
    """
    found = Labels()
    for path in paths:
        for where, entry in _entries(path):
            found.add(f"{path.name}:{where}", lambda entry=entry: _label(entry))  # type: ignore[misc]
    return found


def _entries(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    content = read_json(path)
    if isinstance(content, dict) and isinstance(content.get("videos"), list | dict):
        content = content["videos"]
    if isinstance(content, dict):
        content = [{"file_name": key, **value} for key, value in content.items() if isinstance(value, dict)]
    if not isinstance(content, list) or not content:
        raise DdsrError(f"{path}: holds no list of videos; give the data set's dataset.json")
    for place, entry in enumerate(content, start=1):
        yield str(place), entry if isinstance(entry, dict) else {}


def _label(entry: Mapping[str, Any]) -> Label:
    file, mos = _first(entry, _FILE), _first(entry, _MOS)
    if file is None or mos is None:
        raise DdsrError(f"an entry with {', '.join(map(str, entry)) or 'nothing'}: no file name or no MOS in it")
    stem = Path(str(file)).stem
    source = str(_first(entry, _SOURCE) or stem.split("_")[0])
    method = str(_first(entry, _METHOD) or "original")
    lr = str(_first(entry, _INPUT) or stem.removesuffix(f".{method}"))
    ci95, votes = entry.get("mos_ci95") or entry.get("ci95"), entry.get("n_ratings")
    return Label(
        file=str(file),
        mos=number(str(mos), "the score"),
        source=source,
        lr=lr,
        set="AVT-VQDB-UHD-1-VSR",
        method=method,
        ci95=number(str(ci95), "the interval") if ci95 is not None else None,
        votes=int(number(str(votes), "the number of votes")) if votes is not None else None,
    )


def _first(entry: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) not in (None, "")), None)
