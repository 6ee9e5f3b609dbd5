"""A record inside a script: JSON that no browser can mistake for markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ddsr_bench.errors import DdsrError


def data_script(board: Mapping[str, Any]) -> str:
    r"""Return ``window.DDSR_BOARD = {...};`` in ASCII.

    A script, because pages opened from ``file://`` may not fetch a JSON file. ``<`` is written ``\u003c``, so no
    text in the board can end the script or open a comment; U+2028, U+2029 and lone surrogates are escapes as well.

    Raises:
        DdsrError: a number that is not finite, or a value that JSON does not know.
    """
    try:
        text = json.dumps(board, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError) as error:
        raise DdsrError(f"leaderboard page: {error}; give such a cell a reason in place of a number") from error
    return f"window.DDSR_BOARD = {text.replace('<', chr(92) + 'u003c')};\n"
