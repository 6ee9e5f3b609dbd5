"""Plain tables for the terminal."""

from __future__ import annotations

from collections.abc import Sequence


def failure_table(rows: Sequence[tuple[str, str]]) -> str:
    """One line for each failed item, under a heading that counts them; file names of any bytes are shown."""
    lines = [f"Failed ({len(rows)}):"]
    width = min(40, max(len(name) for name, _ in rows))
    lines += [f"  {name:{width}s}  {message}" for name, message in rows]
    return "\n".join(lines).encode("utf-8", "backslashreplace").decode("utf-8")
