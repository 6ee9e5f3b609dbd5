"""Kinds of option of ``leaderboard``, and its subcommand that may be left out."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import click

_UNITS = {"s": 1, "sec": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$")


class DefaultRun(click.Group):
    """A group whose command ``run`` is meant where none is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] not in ctx.help_option_names:
            args = ["run", *args]
        return super().parse_args(ctx, args)


class Duration(click.ParamType):  # type: ignore[type-arg]
    """A time such as ``90s``, ``20min`` or ``2h``, in seconds."""

    name = "TIME"

    def convert(self, value: Any, param: Any, ctx: Any) -> float:
        if isinstance(value, float):
            return value
        match = _DURATION.match(str(value).lower())
        if match is None or (match[2] or "s") not in _UNITS:
            self.fail(f"{value!r} is no time; write 90s, 20min or 2h", param, ctx)
        return float(match[1]) * _UNITS[match[2] or "s"]


def listed(*known: str) -> Callable[[click.Context, click.Parameter, str | None], tuple[str, ...] | None]:
    """Callback: some of the known words with commas between them; None where the option is not given."""

    def split(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
        if value is None:
            return None
        chosen = tuple(word.strip() for word in value.split(",") if word.strip())
        wrong = [word for word in chosen if word not in known]
        if wrong or not chosen:
            raise click.BadParameter(f"{(wrong or [value])[0]!r} is none of {', '.join(known)}")
        return chosen

    return split
