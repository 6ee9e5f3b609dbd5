"""Writing the page: one HTML file, its static files, and the board's data as a script."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder, write_bytes_atomic
from ddsr_bench.leaderboard.page.embed import data_script
from ddsr_bench.leaderboard.page.media import check_media

SCHEMA_VERSION = 1
_HERE = Path(__file__).parent
STATIC, TEMPLATES = _HERE / "static", _HERE / "templates"


def write_page(board: Mapping[str, Any], folder: Path) -> Path:
    """Write ``index.html``, ``static/`` and ``data.js`` into ``folder``, which is made where it is missing.

    Everything from the board reaches the page as text, never as markup. ``index.html`` comes last, so that a page
    that is there has all its parts.

    Args:
        board: the leaderboard's record, JSON types only; unknown keys are kept and ignored.
        folder: where the board's media paths start.

    Returns:
        The path of ``index.html``.

    Raises:
        DdsrError: another schema version, a media path that leaves the folder, a number that is not finite, or a
            folder that cannot be written.
    """
    if board.get("schema_version") != SCHEMA_VERSION:
        given = board.get("schema_version")
        raise DdsrError(f"leaderboard page: schema version {given}, but {SCHEMA_VERSION} is known; make the board anew")
    check_media(board)
    data, page = data_script(board), _render(board)
    make_folder(folder / "static")
    for source in sorted(STATIC.iterdir()):
        if source.is_file():
            write_bytes_atomic(folder / "static" / source.name, source.read_bytes())
    write_bytes_atomic(folder / "data.js", data.encode("ascii"))
    index = folder / "index.html"
    write_bytes_atomic(index, page.encode("utf-8", "replace"))
    return index


def _render(board: Mapping[str, Any]) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    title, version = str(board.get("title") or "Leaderboard"), str(board.get("version") or "")
    return environment.get_template("index.html").render(title=title, version=version)
