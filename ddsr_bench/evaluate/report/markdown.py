"""The report as Markdown (GitHub's tables), its pictures linked from ``figures/``."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ddsr_bench.evaluate.report.document import (
    Block,
    Cell,
    Column,
    Facts,
    Gallery,
    Items,
    Name,
    Page,
    Paragraph,
    Picture,
    Section,
    Table,
    Text,
)

_SPECIAL = re.compile(r"([\\`*_\[\]|~$#])")
_INTERVAL = re.compile(r"\\\[([−\d.,]+, [−\d.,]+)\\\](?!\()")
_LINE_START = re.compile(r"^(\s*)([-+]|\d+[.)])(\s)")


def markdown(page: Page) -> str:
    """Return the page as Markdown; what a user named cannot change its structure."""
    parts = [f"# {_text(page.title)}", *(_section(section) for section in page.sections)]
    return "\n\n".join(parts) + "\n"


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    clean = clean.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # An interval reads as it is: brackets round two numbers are no link.
    return _INTERVAL.sub(r"[\1]", _SPECIAL.sub(r"\\\1", clean))


def _section(section: Section) -> str:
    return "\n\n".join([f"## {escape_markdown(section.title)}", *(_block(block) for block in section.blocks)])


def _block(block: Block) -> str:
    match block:
        case Paragraph(text, loud):
            return f"> **{_text(text)}**" if loud else _line(_text(text))
        case Items(items):
            return "\n".join(f"- {_line(_text(item))}" for item in items)
        case Facts(rows):
            lines = [_row([escape_markdown(word), _text(text)]) for word, text in rows]
            return "\n".join(["| | |", "| --- | --- |", *lines])
        case Table():
            return _table(block)
        case Picture():
            return _picture(block)
        case Gallery():
            return _picture(block.overview)
    raise TypeError(f"no block: {block!r}")


def _text(text: Text) -> str:
    return "".join(_part(part) for part in text)


def _part(part: str) -> str:
    if isinstance(part, Name):
        return escape_markdown(part)
    # Our own parts begin and end with the spaces that part them from names.
    head, tail = part[: len(part) - len(part.lstrip())], part[len(part.rstrip()) :]
    return f"{head}{escape_markdown(part)}{tail}" if part.strip() else part


def _line(text: str) -> str:
    return _LINE_START.sub(r"\1\\\2\3", text) if not text[:1].isdigit() else re.sub(r"^(\d+)([.)]\s)", r"\1\\\2", text)


def _table(table: Table) -> str:
    lines = [f"**{escape_markdown(table.caption)}**", ""]
    lines += [_row([_heading(column) for column in table.columns])]
    lines += [_row(["---:" if column.numeric else "---" for column in table.columns])]
    lines += [_row([_cell(cell) for cell in row]) for row in table.rows]
    lines += [line for note in table.notes for line in ("", _line(_text(note)))]
    return "\n".join(lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _heading(column: Column) -> str:
    return escape_markdown(f"{column.heading} ({column.under})" if column.under else column.heading)


def _cell(cell: Cell) -> str:
    text = escape_markdown(cell.text)
    parts = [f"**{text}**" if cell.strong and text else text, escape_markdown(cell.mark), escape_markdown(cell.small)]
    return " ".join(part for part in parts if part)


def _picture(picture: Picture) -> str:
    alt = escape_markdown(picture.alt)
    return f"![{alt}](figures/{picture.stem}.png)\n\n{_line(_text(picture.caption))}"
