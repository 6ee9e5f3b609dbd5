"""The RealVQA-DDSR authors' layout: videos ``_{METHOD}x{SCALE}_{SET}_{CLIP}.avi`` and lines ``name,-1,-1,mos``.

Scores run from 0 to 100, higher is better. A condition is a method at a scale. The label files' own train and
validation lists share contents, so the split is made anew, by clip.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from ddsr_bench.data.importers.label import Label, Labels, number, plain_lines
from ddsr_bench.errors import DdsrError

_NAME = re.compile(r"^_(?P<method>.+?)x(?P<scale>\d+)_(?P<set>[^_]+)_(?P<clip>.+)$")


def read(paths: list[Path]) -> Labels:
    """Read label files.

    Raises:
        DdsrError: a file cannot be read at all.
    """
    found = Labels()
    for path in paths:
        for place, parts in plain_lines(path):
            found.add(f"{path.name}:{place}", lambda parts=parts: _label(parts))  # type: ignore[misc]
    return found


def _label(parts: list[str]) -> Label:
    if len(parts) != 4:
        raise DdsrError(f"{','.join(parts)!r}: has {len(parts)} fields; four are due: name,-1,-1,mos")
    mos = number(parts[3], "the score")
    if not 0 <= mos <= 100:
        raise DdsrError(f"the score {mos:g} is outside 0..100")
    return parsed(parts[0], mos)


def parsed(file: str, mos: float) -> Label:
    """The label of a file by its name.

    Raises:
        DdsrError: the name is not of the form that the authors use.
    """
    stem = PurePosixPath(file.replace("\\", "/")).stem
    match = _NAME.match(stem)
    if match is None:
        raise DdsrError(f"{file!r}: the name is not of the form _METHODxSCALE_SET_CLIP")
    source = f"{match['set']}_{match['clip']}"
    scale = int(match["scale"])
    return Label(file, mos, source, source, match["set"], f"{match['method']}x{scale}", scale)
