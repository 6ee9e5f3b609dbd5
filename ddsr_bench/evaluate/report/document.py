"""What a report is made of, before it is Markdown or HTML: sections of paragraphs, lists, tables and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


class Name(str):
    """A word of the user's (metric, column, file), set apart from our own text."""

    __slots__ = ()


Text: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class Paragraph:
    """Running text; ``loud`` where a reader must not miss it."""

    text: Text
    loud: bool = False


@dataclass(frozen=True)
class Items:
    """A list of short sentences."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class Facts:
    """Pairs of a word and what it stands for."""

    rows: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class Column:
    """A table's column; ``under`` is a second, smaller line of the heading."""

    heading: str
    under: str = ""
    numeric: bool = True


@dataclass(frozen=True)
class Cell:
    """One cell: text, a smaller second part (an interval), a mark behind the text, and what to sort by."""

    text: str
    small: str = ""
    strong: bool = False
    mark: str = ""
    why: str = ""
    key: float | None = None


@dataclass(frozen=True)
class Table:
    """A table with a caption and notes; a ``folded`` one is closed until a reader opens it."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Text, ...] = ()
    folded: bool = False
    sortable: bool = True


@dataclass(frozen=True)
class Picture:
    """A drawn figure by its file's stem; ``alt`` says in words what it shows."""

    stem: str
    alt: str
    caption: Text


@dataclass(frozen=True)
class Gallery:
    """Small pictures side by side on the page, one overview of them on paper, and a shared legend."""

    pictures: tuple[Picture, ...]
    overview: Picture
    legend: tuple[str, ...] = ()


Block: TypeAlias = Paragraph | Items | Facts | Table | Picture | Gallery


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Page:
    """The whole report."""

    title: Text
    sections: tuple[Section, ...]


def listed(names: list[str], most: int = 8) -> Text:
    """Return names as ``a, b and c``; beyond ``most`` the rest is counted."""
    shown = names[:most]
    rest = len(names) - len(shown)
    parts: list[str] = []
    for place, name in enumerate(shown):
        last = place == len(shown) - 1 and not rest
        parts += ([" and " if last else ", "] if place else []) + [Name(name)]
    return (*parts, f" and {rest} more") if rest else tuple(parts)
