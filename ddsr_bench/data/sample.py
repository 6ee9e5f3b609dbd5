"""A dataset to look at: sheets of random videos, boards of what every method made of a clip, side-by-side clips."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
from pydantic import ValidationError

from ddsr_bench import video
from ddsr_bench.data.cells import below, beside, grid, liveliest, save, text
from ddsr_bench.data.load import LazyClip
from ddsr_bench.degrade.describe import describe
from ddsr_bench.degrade.recipe import Recipe
from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import derive_key
from ddsr_bench.video.info import Frame

Row = dict[str, Any]
_WHOLE, _PIECE, _WORDS = 392, 220, 520
_CLIP_WIDTH, _CLIP_HEIGHT, _LABEL = 320, 240, 36
_BOARD_PIECE = 120
_SIDE_CRF = 16.0


@dataclass(frozen=True)
class Group:
    """The videos made of one LR clip: their rows, by method as in the table."""

    lr_id: str
    rows: tuple[Row, ...]

    @property
    def scale(self) -> int:
        """Size of the videos / size of the LR clip."""
        return int(self.rows[0]["scale"])


@dataclass(frozen=True)
class Square:
    """A piece of a picture in pixels of the SR videos; its corner and sides are multiples of the scale."""

    top: int
    left: int
    height: int
    width: int


@dataclass(frozen=True)
class Panel:
    """One clip of a comparison: its name, what stands below it, and how much smaller than the videos it is."""

    name: str
    words: str
    clip: LazyClip
    scale: int = 1


def draw(rows: Sequence[Row], count: int, seed: int) -> list[Row]:
    """``count`` random rows, or all; the same for any order of the table."""
    return sorted(rows, key=lambda row: derive_key(seed, row["video_id"], "sample"))[:count]


def draw_groups(rows: Sequence[Row], count: int, seed: int, wanted: Sequence[str] = ()) -> list[Group]:
    """The groups of the LR clips ``wanted``, or else of ``count`` random ones.

    Raises:
        DdsrError: no such LR clip.
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["lr_id"], []).append(row)
    for lr_id in wanted:
        if lr_id not in groups:
            near = get_close_matches(lr_id, groups, 1) or sorted(groups)[:1]
            raise DdsrError(f"--lr {lr_id}: no such LR clip among {len(groups)}; did you mean {near[0]!r}?")
    names = wanted or sorted(groups, key=lambda lr_id: derive_key(seed, lr_id, "sample"))[:count]
    return [Group(name, tuple(groups[name])) for name in names]


def score_text(row: Row) -> str:
    """The score in words; a simulated one says so."""
    if row["mos"] is None:
        return "not rated"
    interval = f" ± {row['mos_ci95']:.2f}" if row.get("mos_ci95") is not None else ""
    word = "simulated MOS" if row["score_origin"] == "simulated" else "MOS"
    return f"{word} {row['mos']:.2f}{interval}"


def sheet(root: Path, rows: Sequence[Row], path: Path) -> None:
    """Write a PNG with a line for each row: middle frame, a piece of LR, SR and HR at one size, facts.

    Raises:
        DdsrError: a clip is missing or cannot be read, or the picture cannot be written.
    """
    names = (("SR", _WHOLE), ("LR detail", _PIECE), ("SR detail", _PIECE), ("HR detail", _PIECE), ("video", _WORDS))
    head = beside([text([name], width, 20, bold=True) for name, width in names])
    with _quiet():
        save(below([head, *(_line(root, row) for row in rows)]), path)


def boards(root: Path, groups: Sequence[Group], path: Path) -> None:
    """Write a PNG with a board for each LR clip: the same piece of LR, of each method's video, and of HR.

    Raises:
        DdsrError: as :func:`sheet`.
    """
    made: list[Frame] = []
    with _quiet():
        for group in groups:
            panels = _panels(root, group)
            middle = group.rows[0]["frames"] // 2
            piece = _find_piece(panels, middle, group.scale, _BOARD_PIECE, _BOARD_PIECE)
            frames = [_frame(panel, middle) for panel in panels]
            board = _arranged(panels, _labels(panels, 2 * piece.width), frames, piece)
            made += [text([f"{group.lr_id}, x{group.scale}, frame {middle}"], board.shape[1], 24, bold=True), board]
    save(below(made), path)


def side_by_side(root: Path, group: Group, path: Path) -> int:
    """Write a clip in which LR, each method's video and HR play beside each other at one size; returns its frames.

    It shows the liveliest 320x240 pixels of the videos, as they are; LR is enlarged without smoothing.

    Raises:
        DdsrError: as :func:`sheet`.
    """
    with _quiet():
        panels = _panels(root, group)
        frames = int(group.rows[0]["frames"])
        piece = _find_piece(panels, frames // 2, group.scale, _CLIP_WIDTH, _CLIP_HEIGHT)
        streams = [panel.clip.frames() for panel in panels]
        labels = _labels(panels, piece.width)
        # A clip may lack its last frames; the shortest ends it.
        pictures = (_arranged(panels, labels, moment, piece) for moment in zip(*streams, strict=False))
        return _write(pictures, path, group)


def _write(pictures: Iterator[Frame], path: Path, group: Group) -> int:
    first = next(pictures, None)
    if first is None:
        raise DdsrError(f"{group.lr_id}: one of its clips has no frames; look into it with: ddsr-bench dataset check")
    fps = Fraction(float(group.rows[0]["fps"])).limit_denominator(1001)
    count = 1
    with video.VideoWriter(path, width=first.shape[1], height=first.shape[0], fps=fps, crf=_SIDE_CRF) as writer:
        writer.write(first)
        for picture in pictures:
            writer.write(picture)
            count += 1
    return count


def _line(root: Path, row: Row) -> Frame:
    """A row of the sheet."""
    group = Group(row["lr_id"], (row,))
    panels = {panel.name: panel for panel in _panels(root, group)}
    middle = int(row["frames"]) // 2
    shown = {name: _frame(panel, middle) for name, panel in panels.items()}
    side = min(_PIECE // 2, int(row["height"]), int(row["width"]))
    piece = _find_piece(list(panels.values()), middle, group.scale, side, side)
    blank = text([""], _PIECE, _PIECE)
    pieces = [
        cv2.resize(_cut(shown[name], piece, panels[name].scale), (_PIECE, _PIECE), interpolation=cv2.INTER_NEAREST)
        if name in shown
        else blank
        for name in ("LR", row["method"], "HR")
    ]
    words = text(_facts(row), _WORDS, _PIECE)
    return beside([_thumbnail(shown[row["method"]]), *pieces, words])


def _thumbnail(frame: Frame) -> Frame:
    """The whole frame, as large as fits the place, on paper."""
    height, width = frame.shape[:2]
    ratio = min(_WHOLE / width, _PIECE / height)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    place = text([""], _WHOLE, _PIECE).copy()
    place[: size[1], : size[0]] = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return place


def _facts(row: Row) -> list[str]:
    size = f"{row['width']}x{row['height']}, {row['frames']} frames at {row['fps']:g}"
    lines = [str(row["video_id"]), f"{row['method']} x{row['scale']}, {size}, {row['split']}", score_text(row)]
    try:
        return [*lines, *describe(Recipe.model_validate_json(row["recipe"]))] if row["recipe"] else lines
    except ValidationError:
        return [*lines, "(its recipe is not one of ours)"]


def _panels(root: Path, group: Group) -> list[Panel]:
    """LR where there is one, each method, HR where there is one."""
    row = group.rows[0]
    panels = []
    if row.get("lr_file_name"):
        low = LazyClip(root, row["lr_file_name"], root.name)
        panels.append(Panel("LR", f"enlarged x{group.scale}", low, group.scale))
    panels += [Panel(one["method"], score_text(one), LazyClip(root, one["file_name"], root.name)) for one in group.rows]
    if row.get("hr_file_name"):
        panels.append(Panel("HR", "source", LazyClip(root, row["hr_file_name"], root.name)))
    return panels


def _frame(panel: Panel, index: int) -> Frame:
    frame = next(panel.clip.frames(index, index + 1), None)
    if frame is None:
        raise DdsrError(f"{panel.clip.file_name}: has no frame {index}; look into it with: ddsr-bench dataset check")
    return frame


def _find_piece(panels: Sequence[Panel], middle: int, scale: int, width: int, height: int) -> Square:
    """The piece with most detail in the last panel, which is HR where there is one."""
    frame = _frame(panels[-1], middle)
    rows, columns = frame.shape[:2]
    height, width = (max(scale, side // scale * scale) for side in (min(height, rows), min(width, columns)))
    side = min(height, width)
    top, left = liveliest(frame, side)
    top, left = min(top, rows - height), min(left, columns - width)
    return Square(top // scale * scale, left // scale * scale, height, width)


def _labels(panels: Sequence[Panel], width: int) -> list[Frame]:
    return [text([panel.name, panel.words], width, _LABEL) for panel in panels]


def _arranged(panels: Sequence[Panel], labels: Sequence[Frame], frames: Sequence[Frame], piece: Square) -> Frame:
    """The piece of each panel's frame, as wide as the labels, below its label; all in a grid."""
    cells = []
    for panel, label, frame in zip(panels, labels, frames, strict=True):
        size = label.shape[1], round(piece.height * label.shape[1] / piece.width)
        cut = cv2.resize(_cut(frame, piece, panel.scale), size, interpolation=cv2.INTER_NEAREST)
        cells.append(below([label, cut]))
    return grid(cells, max(1, math.ceil(math.sqrt(1.6 * len(cells)))))


def _cut(frame: Frame, piece: Square, scale: int) -> Frame:
    top, left, height, width = (one // scale for one in (piece.top, piece.left, piece.height, piece.width))
    cut = frame[top : top + height, left : left + width]
    return cut if cut.size else frame


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", video.UntaggedColourWarning)
        yield
