"""The report as one HTML file that needs nothing beside it: no script is needed, no link is followed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files

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
from ddsr_bench.evaluate.report.figures.legend import legend_icons
from ddsr_bench.evaluate.report.inline_svg import inline_svg

Figures = Mapping[str, str]


def html(page: Page, figures: Figures) -> str:
    """Return the page; ``figures`` holds the SVG of each picture by its stem."""
    title = escape_html("".join(page.title))
    anchors = [f"s{place}" for place in range(len(page.sections))]
    links = "".join(f'<a href="#{a}">{escape_html(s.title)}</a>' for a, s in zip(anchors, page.sections, strict=True))
    body = "".join(_section(s, a, figures) for a, s in zip(anchors, page.sections, strict=True))
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f"<title>{title}</title>\n<style>\n{_asset('page.css')}</style>\n</head>\n<body>\n"
        f"<header><h1>{_text(page.title)}</h1><nav>{links}</nav></header>\n<main>\n{body}</main>\n"
        f"<script>\n{_asset('page.js')}</script>\n</body>\n</html>\n"
    )


def escape_html(text: str) -> str:
    """Return text that HTML shows as it is; control characters, which it may not hold, become spaces."""
    return escape("".join(character if character.isprintable() else " " for character in text), quote=True)


def _asset(name: str) -> str:
    return files("ddsr_bench.evaluate.report").joinpath(name).read_text("utf-8")


def _section(section: Section, anchor: str, figures: Figures) -> str:
    blocks = "".join(_block(block, figures) for block in section.blocks)
    return f'<section id="{anchor}"><h2>{escape_html(section.title)}</h2>\n{blocks}</section>\n'


def _block(block: Block, figures: Figures) -> str:
    match block:
        case Paragraph(text, loud):
            return f'<p class="loud">{_text(text)}</p>\n' if loud else f"<p>{_text(text)}</p>\n"
        case Items(items):
            return f"<ul>{''.join(f'<li>{_text(item)}</li>' for item in items)}</ul>\n"
        case Facts(rows):
            pairs = (f"<dt>{escape_html(word)}</dt><dd>{_text(text)}</dd>" for word, text in rows)
            return f"<dl>{''.join(pairs)}</dl>\n"
        case Table():
            return _folded(block) if block.folded else _table(block)
        case Picture():
            return _picture(block, figures)
        case Gallery():
            return _gallery(block, figures)
    raise TypeError(f"no block: {block!r}")


def _text(text: Text) -> str:
    return "".join(_part(part) for part in text)


def _part(part: str) -> str:
    return f'<span class="name">{_breakable(part)}</span>' if isinstance(part, Name) else escape_html(part)


def _breakable(name: str) -> str:
    """A long name that may break behind ``_``, ``-``, ``.``, ``/`` and inside what is long all the same."""
    if len(name) <= 20:
        return escape_html(name)
    return "<wbr>".join(escape_html(piece) for piece in re.findall(r"[^_\-./]{1,24}[_\-./]*|[_\-./]+", name))


def _folded(table: Table) -> str:
    return f"<details><summary>{escape_html(table.caption)}</summary>{_table(table)}</details>\n"


def _table(table: Table) -> str:
    caption = "" if table.folded else f"<figcaption>{escape_html(table.caption)}</figcaption>"
    head = "".join(_heading(column) for column in table.columns)
    body = "".join(f"<tr>{_row(table.columns, row)}</tr>\n" for row in table.rows)
    notes = "".join(f"<li>{_text(note)}</li>" for note in table.notes)
    kind = ' class="sortable"' if table.sortable and len(table.rows) > 1 else ""
    box = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape_html(table.caption)}">'
    inner = f"<table{kind}><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>"
    below = f'<ul class="notes">{notes}</ul>' if notes else ""
    return f"<figure>{caption}{box}{inner}</div>{below}</figure>\n"


def _heading(column: Column) -> str:
    under = f"<small>{escape_html(column.under)}</small>" if column.under else ""
    kind = ' class="number"' if column.numeric else ""
    return f'<th scope="col"{kind}>{_part(column.heading)}{under}</th>'


def _row(columns: tuple[Column, ...], row: tuple[Cell, ...]) -> str:
    # The first words of a row (a metric, a group, a test) head it; a rank may stand before them.
    heads = [place for place, column in enumerate(columns) if not column.numeric][:1]
    return "".join(
        _cell(column, cell, place in heads) for place, (column, cell) in enumerate(zip(columns, row, strict=True))
    )


def _cell(column: Column, cell: Cell, heads: bool) -> str:
    text = _part(cell.text)
    inner = f"<b>{text}</b>" if cell.strong else text
    inner += f'<span class="mark">{escape_html(cell.mark)}</span>' if cell.mark else ""
    inner += f"<small>{escape_html(cell.small)}</small>" if cell.small else ""
    kind = "number" if column.numeric else "long" if len(cell.text) > 30 else ""
    given = f' class="{kind}"' if kind else ""
    given += f' title="{escape_html(cell.why)}"' if cell.why else ""
    given += f' data-key="{cell.key!r}"' if cell.key is not None else ""
    return f'<th scope="row"{given}>{inner}</th>' if heads else f"<td{given}>{inner}</td>"


def _picture(picture: Picture, figures: Figures) -> str:
    drawing = inline_svg(figures[picture.stem], picture.stem, escape_html(picture.alt))
    box = f'<div class="scroll" role="region" tabindex="0" aria-label="{escape_html(picture.alt)}">{drawing}</div>'
    return f"<figure>{box}<figcaption>{_text(picture.caption)}</figcaption></figure>\n"


def _gallery(gallery: Gallery, figures: Figures) -> str:
    cells: list[str] = []
    for picture in gallery.pictures:
        drawing = inline_svg(figures[picture.stem], picture.stem, escape_html(picture.alt), free=True)
        cells.append(f"<figure><figcaption>{_text(picture.caption)}</figcaption>{drawing}</figure>\n")
    icons = zip(legend_icons(gallery.legend), gallery.legend, strict=True)
    legend = "".join(f"<li>{icon}{escape_html(name)}</li>" for icon, name in icons)
    key = f'<ul class="legend">{legend}</ul>' if legend else ""
    return f'<p>{_text(gallery.overview.caption)}</p>{key}<div class="gallery">\n{"".join(cells)}</div>\n'
