"""The log of a run: a line of JSON for each event, and TensorBoard's files where that package is there."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.provenance import write_text_atomic
from ddsr_bench.train.loop.task import Validated

LOG, BOARD = "log.jsonl", "tensorboard"


class Journal:
    """``log.jsonl`` in a folder; lines after ``step`` are dropped when a run goes on from there.

    What is no finite number is written as null, for JSON has no word for it.

    Args:
        folder: made if absent; None writes nothing.
        step: how many steps are done.

    Raises:
        DdsrError: it cannot be written.
    """

    def __init__(self, folder: Path | None, step: int = 0) -> None:
        self._path = None if folder is None else folder / LOG
        self.note = ""
        self._board: Any = None
        if folder is not None:
            make_folder(folder)
            write_text_atomic(folder / LOG, "".join(_before(folder / LOG, step)))
            self._board, self.note = _board(folder / BOARD, step)

    def step(self, step: int, epoch: int, rate: float, values: Mapping[str, float], waited: float) -> None:
        """Write a step's losses; ``waited`` is the share of time in which the step waited for its batch."""
        line = {"kind": "step", "step": step, "epoch": epoch, "rate": rate, "waited": round(waited, 4)}
        self._write({**line, "values": _finite(values)})
        self._scalars("train", values, step)
        self._scalars("train", {"rate": rate, "waited": waited}, step)

    def validation(self, step: int, epoch: int, found: Validated, *, best: bool) -> None:
        """Write what a validation found."""
        line = {"kind": "validation", "step": step, "epoch": epoch, "best": best}
        self._write({**line, "values": _finite(found.values)})
        self._scalars("validation", found.values, step)
        for name, picture in found.pictures.items():
            if self._board is not None:
                self._board.add_image(f"validation/{name}", picture, step, dataformats="HWC")

    def close(self) -> None:
        """Finish TensorBoard's files."""
        if self._board is not None:
            self._board.close()

    def _write(self, line: Mapping[str, Any]) -> None:
        if self._path is None:
            return
        try:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, allow_nan=False) + "\n")
        except OSError as error:
            reason = error.strerror or error
            raise DdsrError(f"{self._path}: cannot write ({reason}); the last checkpoint is intact") from error

    def _scalars(self, start: str, values: Mapping[str, float], step: int) -> None:
        if self._board is not None:
            for name, value in values.items():
                self._board.add_scalar(f"{start}/{name}", value, step)


def read_log(path: Path) -> list[dict[str, Any]]:
    """The lines of a log; a last one that a killed run has cut off is left out.

    Raises:
        DdsrError: it cannot be read, or is no log.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DdsrError(f"{path}: cannot be read as a log; remove it to begin a new one") from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(json.loads(line))
        except ValueError as error:
            if number < len(lines):
                raise DdsrError(f"{path}: line {number} is no JSON; remove the file to begin a new log") from error
    return found


def _finite(values: Mapping[str, float]) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in values.items()}


def _before(path: Path, step: int) -> list[str]:
    lines = read_log(path) if step and path.exists() else []
    return [json.dumps(line) + "\n" for line in lines if line["step"] <= step]


def _board(folder: Path, step: int) -> tuple[Any, str]:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None, f"no TensorBoard files: the package tensorboard is not installed; {LOG} holds the same"
    return SummaryWriter(str(folder), purge_step=step + 1), ""
