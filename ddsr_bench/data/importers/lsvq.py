"""Lists in the manner of LSVQ as FAST-VQA uses them: lines ``path,duration,fps,mos`` without a header.

The name of the file (``train_labels.txt``, ``labels_test.txt``) says which split its videos are of.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ddsr_bench.data.importers.label import Label, Labels, number, plain_lines
from ddsr_bench.errors import DdsrError


def read(paths: list[Path]) -> Labels:
    """Read the lists.

    Raises:
        DdsrError: a file cannot be read.
    """
    found = Labels()
    for path in paths:
        split = next((word for word in ("train", "test") if word in path.stem.lower()), "")
        for place, parts in plain_lines(path):
            found.add(f"{path.name}:{place}", lambda parts=parts, split=split: _label(parts, split))  # type: ignore[misc]
    return found


def _label(parts: list[str], split: str) -> Label:
    if len(parts) != 4:
        raise DdsrError(f"{','.join(parts)!r}: has {len(parts)} fields; four are due: path,duration,fps,mos")
    name = PurePosixPath(parts[0].replace("\\", "/")).with_suffix("").as_posix()
    return Label(parts[0], number(parts[3], "the score"), name, name, "LSVQ", split=split)
