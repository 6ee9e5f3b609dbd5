"""From ``--data`` to clips: a rated dataset, a generated one, or a folder of anybody's footage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from ddsr_bench.data.discover import find_clips
from ddsr_bench.data.layout import inside
from ddsr_bench.data.manifest.read import find_dataset, manifest_names, read_parquet
from ddsr_bench.data.manifest.schema import SPLITS
from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.clips import BoardData, RawClip, evenly, looked_at
from ddsr_bench.leaderboard.opinions import opinions

_GENERATED = "metadata.parquet"


@dataclass(frozen=True)
class DataOptions:
    """Which clips.

    Attributes:
        data: folder of a dataset, its ``train.parquet`` or ``test.parquet``, the name of a manifest, a folder of clips
            or a clip.
        hr: folder of the sharp clips to a folder of clips, of the same names.
        split: of a rated dataset: train, test or all.
        where: ``column=value`` each, the value a shell pattern; of datasets with a table.
        clips: how many at most, spread evenly.
        scale: size of SR / size of LR; None is x4 where there is any.
        frames: first frame, and frame after the last or None.
    """

    data: str
    hr: Path | None = None
    split: str = "test"
    where: tuple[str, ...] = ()
    clips: int | None = None
    scale: int | None = None
    frames: tuple[int, int | None] = (0, None)


def load_data(options: DataOptions) -> BoardData:
    """Find, probe and hash the clips.

    Raises:
        DdsrError: no such data, a filter that fits nothing, and as :func:`~ddsr_bench.leaderboard.clips.looked_at`.
    """
    name, rows, root = _table(options)
    raw = _footage(options) if rows is None else _of_rows(rows, root, name)
    kept, notes = looked_at(raw, scale=options.scale, frames=options.frames)
    chosen = {clip.id for clip in evenly([clip.raw for clip in kept], options.clips)}
    clips = tuple(clip for clip in kept if clip.id in chosen)
    if len(clips) < len(kept):
        notes.append(f"{len(kept) - len(clips)} clips beyond the {len(clips)} asked for")
    if rows is None:
        return BoardData(name, clips, notes=tuple(notes))
    origin, mos, wins = opinions(rows, root, chosen)
    return BoardData(name, clips, origin, mos, wins, tuple(notes))


def _table(options: DataOptions) -> tuple[str, list[dict[str, Any]] | None, Path]:
    """Name, filtered rows and folder of a dataset; no rows for plain footage."""
    path, split = Path(options.data), options.split
    if path.suffix == ".parquet":
        split = path.stem if path.stem in SPLITS else split
        path = path.parent
    if (path / _GENERATED).is_file():
        rows = read_parquet(path / _GENERATED).to_pylist()
    elif any((path / f"{one}.parquet").is_file() for one in SPLITS) or options.data in manifest_names():
        path = find_dataset(str(path))
        wanted = SPLITS if split == "all" else (split,)
        found = [path / f"{one}.parquet" for one in wanted if (path / f"{one}.parquet").is_file()]
        rows = [row for one in found for row in read_parquet(one).to_pylist()]
    else:
        _no_filter(options)
        return path.resolve().name, None, path
    if options.hr is not None:
        raise DdsrError(f"--hr {options.hr}: {options.data} names its own sharp clips; leave --hr out")
    return path.resolve().name, _filtered(rows, options), path


def _no_filter(options: DataOptions) -> None:
    if options.where:
        raise DdsrError(f"--where {options.where[0]}: {options.data} has no table to filter; leave --where out")


def _filtered(rows: list[dict[str, Any]], options: DataOptions) -> list[dict[str, Any]]:
    for text in options.where:
        column, equals, pattern = text.partition("=")
        if not equals or (rows and column not in rows[0]):
            known = ", ".join(rows[0]) if rows else "none"
            raise DdsrError(f"--where {text}: write column=value with a column of {options.data}: {known}")
        rows = [row for row in rows if fnmatchcase(str(row[column]), pattern)]
    if not rows:
        asked = " and ".join(options.where) or f"split {options.split}"
        raise DdsrError(f"{options.data}: no row with {asked}; ask for others")
    return rows


def _of_rows(rows: Sequence[dict[str, Any]], root: Path, name: str) -> list[RawClip]:
    """One clip for each LR clip; a rated dataset has a row for each method on it."""
    clips: dict[str, RawClip] = {}
    for row in rows:
        rated = "lr_id" in row
        clip_id = str(row["lr_id"] if rated else row["id"])
        if clip_id in clips:
            continue
        lr = row.get("lr_file_name") if rated else row.get("file_name") or row.get("lr_folder")
        if not lr or not inside(root, lr).exists():
            raise DdsrError(
                f"{name}: clip {clip_id!r} has no LR clip there; make them with: ddsr-bench dataset build {name} "
                "--out DIR, then give DIR"
            )
        sharp = row.get("hr_file_name") or row.get("hr_folder")
        hr = inside(root, sharp) if sharp else None
        source = str(row.get("source_id") or clip_id)
        tags = [str(row[key]) for key in ("source_set", "preset") if row.get(key)]
        group = str(row.get("source_group") or source)
        clips[clip_id] = RawClip(clip_id, inside(root, lr), hr, source, group, tuple(tags))
    return [clips[clip_id] for clip_id in sorted(clips)]


def _footage(options: DataOptions) -> list[RawClip]:
    """A user's own clips; each is its own source."""
    if not Path(options.data).exists():
        raise DdsrError(
            f"{options.data}: no such folder, clip or manifest; manifests: {', '.join(manifest_names()) or 'none'}"
        )
    found = find_clips([options.data])
    sharp = {clip.id: clip.path for clip in find_clips([str(options.hr)])} if options.hr is not None else {}
    if options.hr is not None:
        lacking = [clip.id for clip in found if clip.id not in sharp]
        if lacking:
            raise DdsrError(f"{options.hr}: no sharp clip called {lacking[0]!r}; name them as the LR clips are")
    return [RawClip(clip.id, clip.path, sharp.get(clip.id), clip.id, clip.id) for clip in found]
