"""Settings of a recipe: TOML that comes with the package, or a user's own, checked in full before anything runs."""

from __future__ import annotations

import importlib.resources
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from ddsr_bench.errors import DdsrError

M = TypeVar("M", bound=BaseModel)


def shipped_names(recipe: str) -> list[str]:
    """Names of a recipe's own settings, such as those of ``"rw_vsr_qa"``."""
    folder = importlib.resources.files("ddsr_bench.train") / recipe / "configs"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def load_settings(name: str, recipe: str, schema: type[M]) -> M:
    """Read settings by name, or a TOML file; what it does not say has its default.

    Args:
        name: one of :func:`shipped_names`, or the path of a file that ends in ``.toml``.
        recipe: package of the recipe below ``ddsr_bench.train``.
        schema: what they must fulfil.

    Raises:
        DdsrError: no such settings, or a key that is unknown or wrong; the text names it.
    """
    try:
        return schema.model_validate(tomllib.loads(_text(name, recipe)))
    except tomllib.TOMLDecodeError as error:
        raise DdsrError(f"{name}: not valid TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DdsrError(f"{name}: {where + ': ' if where else ''}{first['msg']}; correct the settings") from error


def _text(name: str, recipe: str) -> str:
    if name in shipped_names(recipe):
        folder = importlib.resources.files("ddsr_bench.train") / recipe / "configs"
        return (folder / f"{name}.toml").read_text("utf-8")
    if not name.endswith(".toml"):
        known = ", ".join(shipped_names(recipe))
        raise DdsrError(f"--config {name}: no settings of that name ({known}); give one, or a file that ends in .toml")
    try:
        return Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise DdsrError(f"{name}: settings cannot be read ({reason}); give a TOML file") from error
