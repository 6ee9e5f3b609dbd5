"""The result store: what each method made of each clip, and each metric of that, kept by what it depends on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.leaderboard.clips import BoardClip
from ddsr_bench.leaderboard.entries import Entry
from ddsr_bench.provenance import content_hash, read_json, write_json_atomic
from ddsr_bench.quality.metric import Metric
from ddsr_bench.video import file_sha256
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.precomputed import PREFIX, find_clip

#: Raised when what stands in an entry, or how it is made, changes.
STORE_VERSION = 1


class _Key:
    """What something stored depends on, and the hash of it."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the key as JSON."""
        return content_hash(asdict(self))  # type: ignore[call-overload]


@dataclass(frozen=True)
class RunKey(_Key):
    """What a method's output on a clip depends on; two outputs of one key are equal.

    Attributes:
        clip: SHA-256 of the LR file.
        frames: first frame, and frame after the last.
        method, version: of the method.
        weights: by file's name the SHA-256; of clips made elsewhere the file itself.
        settings: what the method was told.
    """

    clip: str
    frames: tuple[int, int]
    method: str
    version: str
    weights: Mapping[str, str]
    settings: Mapping[str, Any]


@dataclass(frozen=True)
class CellKey(_Key):
    """What a cell depends on.

    Attributes:
        run: of the method's output.
        reference: SHA-256 of the sharp file; None for no-reference metrics.
        metric, version: of the metric.
        parameters: SHA-256 of its parameters and the cropped border.
    """

    run: RunKey
    reference: str | None
    metric: str
    version: str
    parameters: str


def run_key(entry: Entry, clip: BoardClip, settings: Settings) -> RunKey:
    """The key of a method's output on a clip.

    Raises:
        DdsrError: of clips made elsewhere, the clip is not there.
    """
    weights = dict(entry.weights)
    if entry.text.startswith(PREFIX):
        made = find_clip(Path(entry.text.removeprefix(PREFIX)).expanduser(), clip.id)
        weights[made.name] = file_sha256(made)
    return RunKey(clip.lr_sha256, (clip.start, clip.stop), entry.name, entry.version, weights, told(settings))


def told(settings: Settings) -> dict[str, Any]:
    """Settings as plain JSON values."""
    chosen = {key: value for key, value in asdict(settings).items() if key not in ("weights", "compile")}
    return {**chosen, "options": dict(settings.options)}


def cell_key(run: RunKey, clip: BoardClip, metric: Metric, crop_border: int) -> CellKey:
    """The key of a metric's values on a method's output."""
    full = metric.reference == "FR"
    parameters = {"metric": dict(metric.parameters), "crop_border": crop_border if full else 0}
    return CellKey(run, clip.hr_sha256 if full else None, metric.name, metric.version, content_hash(parameters))


class BoardStore:
    """Two folders with a JSON file for each output and each cell; files are written whole and never changed.

    Args:
        folder: made if absent.

    Raises:
        DdsrError: it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        make_folder(folder)

    def get(self, key: RunKey | CellKey) -> dict[str, Any] | None:
        """What is stored under a key; None if there is nothing, or a file that is not what it should be."""
        path = self.path(key)
        if not path.is_file():
            return None
        try:
            entry = read_json(path)
            whole = entry["store_version"] == STORE_VERSION and content_hash(entry["key"]) == key.digest
            return dict(entry["content"]) if whole else None
        except (DdsrError, KeyError, TypeError):
            # Cut off by a full disk, or another program's: it is computed anew and replaced.
            return None

    def put(self, key: RunKey | CellKey, content: Mapping[str, Any]) -> None:
        """Keep something, plain JSON values.

        Raises:
            DdsrError: it cannot be written.
        """
        path = self.path(key)
        make_folder(path.parent)
        write_json_atomic(path, {"store_version": STORE_VERSION, "key": asdict(key), "content": dict(content)})

    def path(self, key: RunKey | CellKey) -> Path:
        """Where something stands: ``<runs or cells>/<first two digits>/<sha256 of the key>.json``."""
        folder = self.folder / ("cells" if isinstance(key, CellKey) else "runs")
        return folder / key.digest[:2] / f"{key.digest}.json"
