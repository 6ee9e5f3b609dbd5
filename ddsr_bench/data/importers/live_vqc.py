"""LIVE-VQC (Sinno and Bovik, IEEE Trans. Image Processing 2019): ``data.mat`` (``video_list``, ``mos``), or a CSV.

Scores run from 0 to 100.
"""

from __future__ import annotations

import zlib
from pathlib import Path

from ddsr_bench.data.importers.label import Label, Labels, csv_rows, number, pick
from ddsr_bench.errors import DdsrError

# What truncated and foreign files give, beside SciPy's own error.
_UNREADABLE = (OSError, ValueError, LookupError, NotImplementedError, TypeError, zlib.error)


def read(paths: list[Path]) -> Labels:
    """Read the label files.

    Raises:
        DdsrError: a file cannot be read, or is of another layout.
    """
    found = Labels()
    for path in paths:
        rows = _mat(path) if path.suffix.lower() == ".mat" else _csv(path, found)
        for where, name, mos in rows:
            found.add(where, lambda name=name, mos=mos: _label(name, mos))  # type: ignore[misc]
    return found


def _label(name: str, mos: str) -> Label:
    stem = Path(name).stem
    return Label(name, number(mos, "the score"), stem, stem, "LIVE-VQC")


def _csv(path: Path, found: Labels) -> list[tuple[str, str, str]]:
    names = ("file_name", "video", "name", "video_list")
    return [
        (f"{path.name}:{place}", pick(row, names, path), pick(row, ("mos",), path))
        for place, row in csv_rows(path, found)
    ]


def _mat(path: Path) -> list[tuple[str, str, str]]:
    import numpy as np
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    try:
        # Only numbers and texts are read; MATLAB objects are left alone.
        content = loadmat(path, squeeze_me=True, variable_names=["video_list", "mos"])
        # Of one video they come without an axis.
        names, scores = (np.atleast_1d(content[key]).tolist() for key in ("video_list", "mos"))
    except (*_UNREADABLE, MatReadError) as error:
        raise DdsrError(f"{path}: is no data.mat of LIVE-VQC ({error!r}); get the file anew") from error
    if len(names) != len(scores):
        raise DdsrError(f"{path}: {len(names)} videos, but {len(scores)} scores; get the file anew")
    return [
        (f"{path.name}:{place}", str(name), str(mos))
        for place, (name, mos) in enumerate(zip(names, scores, strict=True), 1)
    ]
