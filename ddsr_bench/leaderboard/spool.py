"""Frames on disk as they are: written once, read as often as needed, gone with the process."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Frame


class Spool:
    """A clip's frames, raw, in a file without a name: a killed process leaves nothing.

    Kept out of memory, so that what a method needs can be told from what its output takes.

    Args:
        folder: where the file is to be; it needs 3 bytes a pixel.
    """

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  (closed by __exit__)
        self._shape: tuple[int, ...] = ()
        self._count = 0
        self._digest = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return self._count

    @property
    def shape(self) -> tuple[int, ...]:
        """(height, width, 3) of the frames."""
        return self._shape

    @property
    def sha256(self) -> str:
        """What :func:`~ddsr_bench.video.frames_sha256` says of the frames."""
        return self._digest.hexdigest()

    def add(self, frame: Frame) -> None:
        """Append a frame, uint8 (H, W, 3), of the same size as those before.

        Raises:
            DdsrError: the disk is full.
        """
        data = np.ascontiguousarray(frame)
        try:
            self._file.write(data.data)
        except OSError as error:
            raise DdsrError(
                f"frames of {data.shape[1]}x{data.shape[0]}: no room for them ({error.strerror or error}); free some "
                "space, or take fewer frames with --frames"
            ) from error
        self._digest.update(f"{data.dtype.str}{data.shape}".encode())
        self._digest.update(data.data)
        self._shape = data.shape
        self._count += 1

    def frames(self) -> Iterator[Frame]:
        """All frames from the first on, each a fresh array."""
        self._file.flush()
        size = int(np.prod(self._shape))
        for index in range(self._count):
            self._file.seek(index * size)
            yield np.frombuffer(self._file.read(size), np.uint8).reshape(self._shape)

    def frame(self, index: int) -> Frame:
        """One frame."""
        self._file.flush()
        size = int(np.prod(self._shape))
        self._file.seek(index * size)
        return np.frombuffer(self._file.read(size), np.uint8).reshape(self._shape)
