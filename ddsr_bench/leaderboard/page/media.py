"""The videos a board names: every path stays inside the page's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ddsr_bench.errors import DdsrError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def media_paths(board: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give (clip id, path) for every video of every clip, absent ones left out."""
    for clip in board.get("clips", ()):
        media = clip.get("media") or {}
        for path in (media.get("lr"), media.get("hr"), *(media.get("methods") or {}).values()):
            if path is not None:
                yield str(clip.get("id")), path


def check_media(board: Mapping[str, Any]) -> None:
    """Refuse a board whose page would reach out of its folder.

    Raises:
        DdsrError: a path that is absolute, climbs with "..", has a scheme or a drive, or is no plain text.
    """
    for clip, path in media_paths(board):
        wrong = _what_is_wrong(path)
        if wrong:
            raise DdsrError(f"clip {clip}: media path {path!r} {wrong}; use one below the page's folder, such as "
                            "'media/a.mp4'")  # fmt: skip


def _what_is_wrong(path: Any) -> str:
    if not isinstance(path, str) or not path:
        return "is no text"
    if _CONTROL.search(path):
        return "has control characters"
    if "\\" in path:
        return "has a backslash"
    if path.startswith("/"):
        return "is absolute"
    parts = path.split("/")
    if ":" in parts[0]:
        return "has a scheme or a drive"
    if any(part in ("", ".", "..") for part in parts):
        return "is not plain: it has an empty, '.' or '..' part"
    return ""
