"""Any table with a header: a column of files and one of scores, and what else there is."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from ddsr_bench.data.importers.label import Label, Labels, csv_rows, number, pick

_FILE = ("file_name", "file", "filename", "name", "video", "video_name")
_MOS = ("mos", "score", "dmos")


def read(paths: list[Path]) -> Labels:
    """Read CSV files with the columns ``file_name`` and ``mos``, and where they have them ``source_id, lr_id,
    source_set, method, scale, split, mos_ci95, n_ratings``.

    Raises:
        DdsrError: a file cannot be read, or has no such columns.
    """
    found = Labels()
    for path in paths:
        for place, row in csv_rows(path, found):
            file, mos = pick(row, _FILE, path), pick(row, _MOS, path)
            found.add(
                f"{path.name}:{place}",
                lambda row=row, file=file, mos=mos, path=path: _label(row, file, mos, path),  # type: ignore[misc]
            )
    return found


def _label(row: dict[str, str], file: str, mos: str, path: Path) -> Label:
    stem = PurePosixPath(file.replace("\\", "/")).stem
    source = row.get("source_id") or stem
    ci95, votes = row.get("mos_ci95"), row.get("n_ratings")
    return Label(
        file=file,
        mos=number(mos, "the score"),
        source=source,
        lr=row.get("lr_id") or source,
        set=row.get("source_set") or path.stem,
        method=row.get("method") or "original",
        scale=int(number(row.get("scale") or "1", "the scale")),
        split=row.get("split") or "",
        ci95=number(ci95, "mos_ci95") if ci95 else None,
        votes=int(number(votes, "n_ratings")) if votes else None,
    )
