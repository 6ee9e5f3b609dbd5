"""Plain tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence


def failure_table(rows: Sequence[tuple[str, str]]) -> str:
    """One line for each failed item, under a heading that counts them; file names of any bytes are shown."""
    lines = [f"Failed ({len(rows)}):"]
    width = min(40, max(len(name) for name, _ in rows))
    lines += [f"  {name:{width}s}  {message}" for name, message in rows]
    return "\n".join(lines).encode("utf-8", "backslashreplace").decode("utf-8")


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells, each column as wide as its widest cell."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)
    return "\n".join(lines).encode("utf-8", "backslashreplace").decode("utf-8")
