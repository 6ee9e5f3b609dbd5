"""A dataset as a pandas table whose clips read themselves when they are asked to."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench import video
from ddsr_bench.data.layout import inside
from ddsr_bench.data.manifest.read import find_dataset, read_parquet
from ddsr_bench.data.manifest.schema import SPLITS
from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Frame

_CLIPS = {"file_name": "video", "hr_file_name": "hr", "lr_file_name": "lr"}


@dataclass(frozen=True, slots=True)
class LazyClip:
    """A clip of a dataset; nothing is opened before frames are asked for.

    Attributes:
        root: the dataset's folder.
        file_name: the clip's path below it.
        dataset: name for messages.
    """

    root: Path
    file_name: str
    dataset: str

    @property
    def path(self) -> Path:
        """Where the clip is.

        Raises:
            DdsrError: it is not there, or its name leads out of the folder.
        """
        path = inside(self.root, self.file_name)
        if not path.exists():
            raise DdsrError(f"{self.file_name}: {self._missing()}")
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise DdsrError(f"{self.file_name}: leads out of the dataset's folder; not opened")
        return path

    def _missing(self) -> str:
        """Why the clip is not there, and what to do: tables come without any videos, a built folder lost this one."""
        top = self.root / Path(self.file_name).parts[0]
        if top.is_dir() and any(one.is_file() for one in top.rglob("*")):
            return (
                f"this file is missing in {self.root}, others are there; "
                f"see what else with: ddsr-bench dataset check {self.root}, then build or import the dataset again"
            )
        return (
            f"{self.root} holds no videos; make them with: "
            f"ddsr-bench dataset build {self.dataset} --out DIR, then load DIR"
        )

    def frames(self, start: int = 0, stop: int | None = None) -> Generator[Frame, None, None]:
        """Yield frames ``start <= index < stop``, uint8 (H, W, 3), RGB, full range.

        Raises:
            DdsrError: as :attr:`path`, or the clip cannot be read.
        """
        yield from video.read_frames(self.path, start, stop, threads=1)

    def array(self, start: int = 0, stop: int | None = None) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Those frames as one array, uint8 (T, H, W, 3); errors as :meth:`frames`."""
        return np.stack(list(self.frames(start, stop)))


def _lazy(root: Path, file: Any) -> LazyClip | None:
    return LazyClip(root, file, root.name) if isinstance(file, str) else None


def load(name: str) -> Any:
    """Open a dataset.

    Args:
        name: of a manifest that comes with the package (``"ddsr-open-1155"``), or the folder of a built or imported
            dataset.

    Returns:
        A pandas DataFrame, a row a video: the manifest's columns, and ``video``, ``hr`` and ``lr`` (where there are
        such files) holding :class:`LazyClip` objects: ``table.video[0].array()``; the folder is in ``table.attrs``.

    Raises:
        DdsrError: no such dataset, or its tables cannot be read.
    """
    import pandas

    root = find_dataset(str(name))
    found = [root / f"{split}.parquet" for split in SPLITS if (root / f"{split}.parquet").is_file()]
    frames = [read_parquet(path).to_pandas() for path in found]
    table = pandas.concat([one for one in frames if len(one)] or frames[:1], ignore_index=True)
    for column, clip in _CLIPS.items():
        if column in table:
            table[clip] = pandas.Series([_lazy(root, file) for file in table[column]], dtype=object)
    table.attrs["root"] = str(root)
    return table
