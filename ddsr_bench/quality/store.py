"""The store of scores: every value of a metric on a clip, kept by what it was computed from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import content_hash, read_json, write_json_atomic
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.runner import Selection
from ddsr_bench.weights import cache_root

#: Raised when what stands in an entry, or how frames are read, changes.
SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Stored:
    """What is kept of one metric on one clip.

    Attributes:
        values: float64 (n, k).
        frames: the frame each value belongs to.
        fps: scored frames per second.
    """

    values: Floats
    frames: Sequence[int]
    fps: float


@dataclass(frozen=True)
class Key:
    """What a score depends on; two scores of one key are equal.

    Attributes:
        clip: sha256 of the clip's file, or of its folder of frames.
        reference: that of the reference; None for a no-reference metric.
        metric: its name.
        version: its version.
        parameters: sha256 of its own parameters and of the selection of frames.
    """

    clip: str
    reference: str | None
    metric: str
    version: str
    parameters: str


def key_of(metric: Metric, selection: Selection, clip: str, reference: str | None) -> Key:
    """The key of a metric's score on a clip, given the SHA-256 of the clip and of its reference."""
    full = metric.reference == "FR"
    chosen = {**asdict(selection), "crop_border": selection.crop_border if full else 0}
    parameters = {"metric": dict(metric.parameters), "selection": chosen, "columns": metric.columns}
    return Key(clip, reference if full else None, metric.name, metric.version, content_hash(parameters))


class ScoreStore:
    """A folder with a JSON file for each score, safe for many processes: files are written whole, never changed.

    Args:
        folder: made if absent; ``scores`` in the user's cache (``$DDSR_BENCH_HOME``) unless given.

    Raises:
        DdsrError: the folder cannot be made or written to.
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder) if folder is not None else cache_root() / "scores"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DdsrError(
                f"{self.folder}: no place for scores ({error.strerror}); choose another --store, or --no-store"
            ) from error
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise DdsrError(f"{self.folder}: cannot be written to; choose another --store, or --no-store")

    def get(self, key: Key) -> Stored | None:
        """The stored score; None if there is none, or a file that is not what it should be."""
        path = self.path(key)
        if not path.exists():
            return None
        try:
            return _parsed(read_json(path), key)
        except (DdsrError, KeyError, TypeError, ValueError):
            # Cut off by a full disk, or another program's: it is computed anew and replaced.
            return None

    def put(self, key: Key, stored: Stored) -> None:
        """Keep a score.

        Raises:
            DdsrError: it cannot be written.
        """
        path = self.path(key)
        path.parent.mkdir(exist_ok=True)
        entry = {
            "schema_version": SCHEMA_VERSION,
            "key": asdict(key),
            "fps": stored.fps,
            "frames": list(stored.frames),
            "values": stored.values.tolist(),
        }
        write_json_atomic(path, entry)

    def path(self, key: Key) -> Path:
        """Where the score of ``key`` stands: ``<folder>/<first two digits>/<sha256 of the key>.json``."""
        digest = content_hash(asdict(key))
        return self.folder / digest[:2] / f"{digest}.json"


def _parsed(entry: Mapping[str, Any], key: Key) -> Stored | None:
    if entry["schema_version"] != SCHEMA_VERSION or entry["key"] != asdict(key):
        return None
    values = np.array(entry["values"], np.float64)
    frames = [int(frame) for frame in entry["frames"]]
    if values.ndim != 2 or not len(values) or len(values) != len(frames) or not np.isfinite(values).all():
        return None
    return Stored(values, frames, float(entry["fps"]))
