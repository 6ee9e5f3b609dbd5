"""KoNViD-1k (Hosu et al., QoMEX 2017): ``KoNViD_1k_attributes.csv`` or ``KoNViD_1k_mos.csv``.

Videos are named by their number at Flickr. Scores run from 1 to 5; columns are ``flickr_id`` and ``mos``.
"""

from __future__ import annotations

from pathlib import Path

from ddsr_bench.data.importers.label import Label, Labels, csv_rows, number, pick


def read(paths: list[Path]) -> Labels:
    """Read the label files.

    Raises:
        DdsrError: a file cannot be read, or is of another layout.
    """
    found = Labels()
    for path in paths:
        for place, row in csv_rows(path, found):
            name, mos = pick(row, ("flickr_id", "file_name"), path), pick(row, ("mos",), path)
            found.add(f"{path.name}:{place}", lambda name=name, mos=mos: _label(name, mos))  # type: ignore[misc]
    return found


def _label(name: str, mos: str) -> Label:
    stem = name.removesuffix(".0").removesuffix(".mp4")
    return Label(f"{stem}.mp4", number(mos, "the score"), stem, stem, "KoNViD-1k")
