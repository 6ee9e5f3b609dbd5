"""Where the files of a generated dataset lie below its folder."""

from __future__ import annotations

from pathlib import Path

from ddsr_bench.errors import DdsrError

#: Suffix of the clip files, and the writer's format behind it, for each ``--format``.
FORMATS = {"mkv": (".mkv", "ffv1"), "mp4": (".mp4", "h264"), "png": ("", "png")}


def clip_file(kind: str, item_id: str, file_format: str) -> str:
    """Path below the dataset of a clip of ``kind`` ("lr" or "hr"); a folder for PNG frames."""
    return f"{kind}/{item_id}{FORMATS[file_format][0]}"


def record_file(item_id: str) -> str:
    """Path below the dataset of the record of an item; it is written last, so it marks the item as done."""
    return f"recipes/{item_id}.json"


def inside(root: Path, relative: str) -> Path:
    """``root / relative``, which must lie below ``root``.

    Raises:
        DdsrError: an absolute path, or one that leaves the folder.
    """
    path = Path(relative)
    if path.is_absolute() or ".." in path.parts:
        raise DdsrError(f"{relative}: leaves the dataset's folder; only paths below it are allowed")
    return root / path
