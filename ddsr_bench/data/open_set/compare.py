"""Whether a build is the one that the manifest tells of, and the manifest's scores for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ddsr_bench.data.manifest.read import manifests_folder, read_parquet, read_rows
from ddsr_bench.errors import DdsrError

_SCORES = ("mos", "mos_ci95", "n_ratings", "score_origin")


@dataclass(frozen=True)
class Comparison:
    """A build beside the manifest.

    Attributes:
        known: how many of its videos the manifest lists.
        same_file, same_frames: how many of these have the same file, and the same decoded frames.
        different: names of those that have neither.
    """

    known: int
    same_file: int
    same_frames: int
    different: tuple[str, ...]

    def text(self, name: str) -> str:
        """One line for the user."""
        if not self.known:
            return f"none of the videos is in the manifest {name}"
        if self.same_file == self.known:
            return f"all {self.known} videos are byte for byte those of the manifest {name}"
        return (
            f"{self.same_file} of {self.known} videos are byte for byte those of the manifest {name}, "
            f"{self.same_frames} have the same frames; the others differ as processors and library versions do "
            f"(first: {self.different[0] if self.different else 'files only'})"
        )


def manifest_of(name: str) -> Path | None:
    """The tables-only manifest called ``name``, or None."""
    folder = manifests_folder()
    path = folder / name if folder is not None else None
    return path if path is not None and (path / "train.parquet").is_file() else None


def compare(rows: Sequence[dict[str, Any]], manifest: Path) -> Comparison:
    """Compare hashes by ``video_id``.

    Raises:
        DdsrError: the manifest cannot be read.
    """
    known = {row["video_id"]: row for row in read_rows(manifest)}
    pairs = [(row, known[row["video_id"]]) for row in rows if row["video_id"] in known]
    same_file = [row["sha256"] == other["sha256"] for row, other in pairs]
    same_frames = [row["frames_sha256"] == other["frames_sha256"] for row, other in pairs]
    different = tuple(row["video_id"] for (row, _), same in zip(pairs, same_frames, strict=True) if not same)
    return Comparison(len(pairs), sum(same_file), sum(same_frames), different)


def with_scores(rows: Sequence[dict[str, Any]], manifest: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The rows with the manifest's scores, and the manifest's ratings of these videos with their file names.

    Raises:
        DdsrError: the manifest cannot be read.
    """
    known = {row["video_id"]: row for row in read_rows(manifest)}
    scored = [{**row, **{key: known[row["video_id"]][key] for key in _SCORES}} if row["video_id"] in known else row
              for row in rows]  # fmt: skip
    files = {row["video_id"]: row["file_name"] for row in rows}
    try:
        votes = read_parquet(manifest / "ratings.parquet").to_pylist()
    except DdsrError:
        return scored, []
    return scored, [{**vote, "file_name": files[vote["video_id"]]} for vote in votes if vote["video_id"] in files]
