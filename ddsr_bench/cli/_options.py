"""Kinds of option that several commands have."""

from __future__ import annotations

import re
from typing import Any

import click

_FRAMES = re.compile(r"^(\d*):(\d*)$")


class FrameRange(click.ParamType):  # type: ignore[type-arg]
    """``A:B``, ``A:`` or ``:B`` as (first frame, frame after the last or None)."""

    name = "A:B"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int | None]:
        if isinstance(value, tuple):
            return value
        match = _FRAMES.match(value)
        start, stop = (int(match[1] or 0), int(match[2]) if match[2] else None) if match else (1, 0)
        if stop is not None and stop <= start:
            self.fail(f"{value!r} is no range of frames; write 0:30, 10: or :30", param, ctx)
        return start, stop


def names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Callback: names with commas between them; None where the option is not given."""
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())
