"""A recipe in words, for people: one short line a stage."""

from __future__ import annotations

from typing import Any

from ddsr_bench.degrade.recipe import Recipe

_LEADING = ("shape", "mode", "distribution", "codec", "method", "to")


def describe(recipe: Recipe) -> list[str]:
    """One line for each stage: its kind and its parameters; values that move are given as ``first..last``."""
    return [" ".join([stage.kind, *_parts(stage.params)]) for stage in recipe.stages]


def _parts(params: dict[str, Any]) -> list[str]:
    leading = [str(params[name]) for name in _LEADING if params.get(name) is not None]
    rest = [f"{name}={_value(value)}" for name, value in params.items() if name not in _LEADING]
    return leading + rest


def _value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"{_value(value[0])}..{_value(value[-1])}"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
