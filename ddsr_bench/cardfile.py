"""Cards: small TOML files, one a metric or method, each checked against its schema and called after what it is of."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Protocol, Self, TypeVar

from pydantic import ValidationError

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import shipped_folder


class Card(Protocol):
    """A pydantic model with a name."""

    name: str

    @classmethod
    def model_validate(cls, obj: object) -> Self:
        """Check what a file holds."""
        ...


C = TypeVar("C", bound=Card)


def read_card_file(path: Path, schema: type[C]) -> C:
    """Read and check one card.

    Raises:
        DdsrError: unreadable, not TOML, a key that is unknown, missing or wrong, or another name than the file's.
    """
    try:
        card = schema.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise DdsrError(f"{path}: card cannot be read ({getattr(error, 'strerror', None) or 'not UTF-8'})") from error
    except tomllib.TOMLDecodeError as error:
        raise DdsrError(f"{path}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DdsrError(f"{path}: {where + ': ' if where else ''}{first['msg']}; correct the card") from error
    if card.name != path.stem:
        raise DdsrError(f"{path}: holds the card of {card.name!r}; name the file {card.name}.toml")
    return card


def shipped_cards(name: str, kind: str) -> Path:
    """The folder of the project's own cards, such as ``"baselines/qa"`` for ``"metric"``.

    Raises:
        DdsrError: it is not there.
    """
    folder = shipped_folder(name)
    if folder is None:
        raise DdsrError(f"ddsr-bench: no {kind} cards ({name}); install ddsr-bench anew")
    return folder
