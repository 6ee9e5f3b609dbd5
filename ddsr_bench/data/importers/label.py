"""What every layout is read into, and what could not be read."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ddsr_bench.errors import DdsrError


@dataclass(frozen=True)
class Label:
    """A video and its score, as a label file gives them.

    Attributes:
        file: the video's path or name in the label file.
        mos: mean opinion score on the file's own scale.
        source: what it shows; ``lr`` the LR clip it was made from; ``set`` the set its source is of.
        method: the condition; ``"original"`` for data sets without methods.
        scale: of the condition, 1 where unknown.
        split: train or test where the layout says so.
        ci95: half width of the 95 % interval; ``votes`` their number.
    """

    file: str
    mos: float
    source: str
    lr: str
    set: str
    method: str = "original"
    scale: int = 1
    split: str = ""
    ci95: float | None = None
    votes: int | None = None


@dataclass
class Labels:
    """The labels of a data set, and a line for each entry that could not be used: (where, why)."""

    labels: list[Label] = field(default_factory=list)
    problems: list[tuple[str, str]] = field(default_factory=list)

    def add(self, where: str, make: Callable[[], Label]) -> None:
        """Add a label, or note why there is none."""
        try:
            self.labels.append(make())
        except DdsrError as error:
            self.problems.append((where, str(error)))


def number(text: str, what: str) -> float:
    """A finite number.

    Raises:
        DdsrError: it is none; the text says what it should have been.
    """
    try:
        value = float(text)
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        raise DdsrError(f"{what} {text!r} is no number")
    return value


def csv_rows(path: Path, found: Labels) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with a header, with their line numbers; names of columns in lower case.

    A row with more fields than the header has is passed over and noted in ``found``.

    Raises:
        DdsrError: missing, not UTF-8, empty, or no CSV.
    """
    reader = csv.DictReader(_text(path), skipinitialspace=True)
    try:
        if not reader.fieldnames:
            raise DdsrError(f"{path}: is empty; give a table with a header")
        for row in reader:
            if any(field.strip() for field in row.pop(None, ())):
                why = f"has more fields than the header's {len(reader.fieldnames)}; quote those with commas in them"
                found.problems.append((f"{path.name}:{reader.line_num}", why))
            else:
                yield reader.line_num, {key.strip().lower(): (value or "").strip() for key, value in row.items()}
    except csv.Error as error:
        raise DdsrError(f"{path}:{reader.line_num}: is no CSV ({error}); look for a quote that nothing ends") from error


def plain_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Comma-separated lines without a header, with their numbers; empty lines are passed over.

    Raises:
        DdsrError: missing, or not UTF-8.
    """
    for place, line in enumerate(_text(path), start=1):
        if line.strip():
            yield place, [part.strip() for part in line.split(",")]


def _text(path: Path) -> io.StringIO:
    """A label file's text, ends of lines as they are, for the CSV reader to tell from those inside quotes."""
    try:
        return io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise DdsrError(f"{path}: labels cannot be read ({reason}); give a text file") from error


def pick(row: dict[str, str], names: tuple[str, ...], path: Path) -> str:
    """The value of the first of these columns that there is.

    Raises:
        DdsrError: there is none.
    """
    for name in names:
        if name in row:
            return row[name]
    raise DdsrError(f"{path}: has no column {' or '.join(names)}; its columns are {', '.join(row)}")
