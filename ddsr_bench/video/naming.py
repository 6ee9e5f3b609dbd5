"""How a path is written in a message."""

from __future__ import annotations

import os


def shown(path: str | os.PathLike[str]) -> str:
    """The path as text that any terminal can print, bytes outside UTF-8 written as ``\\xNN``."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")
