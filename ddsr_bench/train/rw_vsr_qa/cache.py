"""Fragments of videos, cut once and kept: a file for each video and view, named by what it was cut from."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench import video
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder, replacing
from ddsr_bench.jobs import Job, run_jobs
from ddsr_bench.jobs.records import Progress
from ddsr_bench.quality.rw_vsr_qa.fragments import (
    FRAGMENTS_VERSION,
    KEY,
    SCORING,
    is_key,
    key_fragments,
    native_count,
)
from ddsr_bench.seeding import generator
from ddsr_bench.train.rw_vsr_qa.samples import Sample
from ddsr_bench.weights import cache_root

Bytes = NDArray[np.uint8]
#: The view that scores are defined for: patches in the middle of their cells.
SCORED = 0
_HELD = 2  # version of what a file holds


@dataclass(frozen=True)
class Fragments:
    """The patches of a video.

    Attributes:
        patches: uint8 (K, P, 4, 64, 64), those at native resolution first; mapped from the file, not read yet.
        native: how many of the P are at native resolution.
        motion: float64 (K,), pixels into each key frame; None where it was not kept.
    """

    patches: Bytes
    native: int
    motion: NDArray[np.float64] | None = None


@dataclass(frozen=True)
class Cut:
    """One file to make: which video, by path and SHA-256, and which view."""

    path: Path
    sha256: str
    view: int
    target: Path


class FragmentCache:
    """A folder of fragments, safe for several processes: files are written whole and never changed.

    Args:
        folder: made if absent; ``fragments`` in the user's cache (``$DDSR_BENCH_HOME``) unless given.

    Raises:
        DdsrError: the folder cannot be made.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder) if folder is not None else cache_root() / "fragments"
        make_folder(self.folder)

    def path(self, sha256: str, view: int) -> Path:
        """Where a video's fragments are kept."""
        return self.folder / sha256[:2] / f"{sha256}-f{FRAGMENTS_VERSION}-h{_HELD}-v{view}.npy"

    def fill(
        self, samples: Sequence[Sample], views: int, *, workers: int = 1, progress: Progress | None = None
    ) -> dict[str, str]:
        """Cut what is not there yet; returns the SHA-256 of each sample's file by its id.

        Raises:
            DdsrError: a video cannot be read or is too short (the first such one is told), or a file not written.
            KeyboardInterrupt: Ctrl-C; what is cut is kept.
        """
        hashes = {one.id: video.file_sha256(one.path) for one in samples}
        wanted = {
            self.path(hashes[one.id], view): Cut(one.path, hashes[one.id], view, self.path(hashes[one.id], view))
            for one in samples
            for view in range(views)
        }
        missing = [cut for target, cut in wanted.items() if not target.is_file()]
        jobs = [Job(f"{cut.sha256}-{cut.view}", cut) for cut in missing]
        if not jobs:
            return hashes
        engine = "processes" if workers > 1 and len(jobs) > 1 else "serial"
        report = run_jobs(cut_file, jobs, engine=engine, workers=workers, progress=progress)
        if report.interrupted:
            raise KeyboardInterrupt
        if report.failures:
            first = report.failures[0]
            more = f" ({len(report.failures)} of {len(jobs)} videos fail)" if len(report.failures) > 1 else ""
            raise DdsrError(f"{first.message}{more}")
        return hashes

    def read(self, sha256: str, view: int) -> Fragments:
        """A video's fragments.

        Raises:
            DdsrError: not there, or damaged.
        """
        path = self.path(sha256, view)
        held = mapped(path)
        if held is None or held.shape != (1,) or held.dtype.names != ("native", "motion", "patches"):
            raise DdsrError(f"{path}: fragments are damaged; remove the file, they are cut again")
        return Fragments(held["patches"][0], int(held["native"][0]), np.array(held["motion"][0]))


def mapped(path: Path) -> Any:
    """The array in a ``.npy`` file, mapped from it; None where it cannot be read as one. No pickle is opened."""
    try:
        return np.lib.format.open_memmap(path, mode="r")
    # The header is Python text, and damaged ones raise nearly anything that text can (token, syntax, type errors).
    except Exception:
        return None


def cut_file(cut: Cut) -> None:
    """Cut a video's fragments and write them; errors as :meth:`FragmentCache.fill`."""
    made = cut_fragments(cut.path, cut.view, cut.sha256)
    keys = len(made.patches)
    # One record, so that a file has both and its patches can still be mapped.
    record = np.zeros(1, [("native", "<i8"), ("motion", "<f8", (keys,)), ("patches", "u1", made.patches.shape)])
    record["native"], record["motion"], record["patches"] = made.native, made.motion, made.patches
    make_folder(cut.target.parent)
    with replacing(cut.target) as part, part.open("wb") as file:
        np.save(file, record, allow_pickle=False)


def cut_fragments(path: Path, view: int, name: str) -> Fragments:
    """All patches of a video.

    Args:
        path: of the video.
        view: 0 is what scores are defined for; others move each patch within its cell, addressed by ``name``.
        name: of the video, for that.

    Raises:
        DdsrError: it cannot be read, or has no key frame.
    """
    info = video.probe(path)
    before, cut, motion = None, [], []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", video.UntaggedColourWarning)
        for number, frame in enumerate(video.read_frames(path, threads=1, precise=True)):
            if before is not None and is_key(number):
                rng = None if view == SCORED else generator("fragments", name, view, number)
                made = key_fragments(before, frame, SCORING, rng)
                cut.append(made.patches)
                motion.append(made.motion)
            before = frame
    if not cut:
        raise DdsrError(
            f"{path}: {info.frames} frames, too few for a key frame ({KEY + 1} are needed); leave the clip out or use "
            "a longer one"
        )
    return Fragments(np.stack(cut), native_count(info.height, info.width), np.array(motion))
