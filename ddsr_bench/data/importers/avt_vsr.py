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
_INPUT = ("lr_id", "lr", "input")
_MOS = ("mos", "MOS", "score")
_CI95 = ("ci", "mos_ci95", "ci95")
_VOTES = ("count", "n_ratings")
_SCALE = ("upscaling_factor", "scale")


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
    method = str(_first(entry, _METHOD) or "original")
    # Names are LR.METHOD without a suffix; the published key source_encoding names some LR clips otherwise.
    name = str(file).removesuffix(".mkv").removesuffix(".mp4").removesuffix(".avi")
    lr = str(_first(entry, _INPUT) or name.removesuffix(f".{method}"))
    ci95, votes, scale = (_first(entry, names) for names in (_CI95, _VOTES, _SCALE))
    return Label(
        file=str(file),
        mos=number(str(mos), "the score"),
        source=str(_first(entry, _SOURCE) or name.split("_")[0]),
        lr=lr,
        set="AVT-VQDB-UHD-1-VSR",
        method=method,
        scale=int(number(str(scale), "the scale")) if scale is not None else 1,
        ci95=number(str(ci95), "the interval") if ci95 is not None else None,
        votes=int(number(str(votes), "the number of votes")) if votes is not None else None,
    )


def _first(entry: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((entry[name] for name in names if entry.get(name) not in (None, "")), None)
