"""What a degradation stage is: a frozen record of parameters and a function over a stream of frames.

A stage lives in one file, ``ddsr_bench/degrade/stages/<kind>.py``, and offers

* ``Params``: a :class:`StageParams` whose fields are the recipe's explicit values;
* ``apply(frames, params, context)``: a generator that yields exactly one frame for each frame it takes;
* ``changes_size(params)``, where it may change the frames' size, and ``minimum_frames(params)``, where a clip may be
  too short for it; ``kernel(params, frame)``, where it is a blur that a resize behind it may take in.

Frames travel as ``uint8 (H, W, 3)`` RGB or as ``float32 (3, H, W)`` RGB in [0, 1]; see
:mod:`ddsr_bench.degrade.frames`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, model_validator

from ddsr_bench import seeding
from ddsr_bench.errors import DdsrError

Frame = np.ndarray[Any, np.dtype[Any]]
Frames = Iterator[Frame]
#: A value of the whole clip, or one value for each frame.
Track = float | tuple[float, ...]


@dataclass(frozen=True)
class Bounds:
    """The closed interval in which a parameter is meaningful; kept in the field's annotation."""

    low: float
    high: float

    def contains(self, value: float) -> bool:
        """Say whether ``value`` is a finite number inside the interval."""
        return bool(np.isfinite(value)) and self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.low:g} to {self.high:g}"


class StageParams(BaseModel):
    """Base of the stages' parameter records: unknown keys refused, numbers checked against their bounds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def bounds(cls, name: str) -> Bounds | None:
        """The :class:`Bounds` of field ``name``, or None where any value of its type will do."""
        return next((item for item in cls.model_fields[name].metadata if isinstance(item, Bounds)), None)

    @model_validator(mode="after")
    def _inside_bounds(self) -> StageParams:
        for name in type(self).model_fields:
            value, limit = getattr(self, name), self.bounds(name)
            if limit is None or value is None:
                continue
            values = value if isinstance(value, tuple) else (value,)
            if not values or not all(limit.contains(item) for item in values):
                raise ValueError(f"{name} = {value!r} is outside {limit}")
        return self


@dataclass(frozen=True)
class StageContext:
    """What a stage may know beside its own parameters.

    ``seed`` and ``key`` address its noise: the key names the stage's place in the spec, so that removing
    another stage from a recipe does not change this one's noise. ``lr_size`` is (height, width).
    """

    seed: int
    key: str
    fps: Fraction
    frames: int
    lr_size: tuple[int, int]
    scale: int

    def noise(self, frame: int, *what: str | int) -> np.random.Generator:
        """A fast generator that belongs to this stage and ``frame`` alone."""
        return seeding.fast_generator("pixels", self.seed, self.key, frame, *what)


def at(track: Track, frame: int) -> float:
    """The value of ``track`` at ``frame``; the last value holds where a track is shorter than the clip."""
    return track[min(frame, len(track) - 1)] if isinstance(track, tuple) else track


def stage_kinds() -> list[str]:
    """Names of all stages; a new file under ``stages/`` is a new name."""
    from ddsr_bench.degrade import stages

    return sorted(item.name for item in pkgutil.iter_modules(stages.__path__))


def get_stage(kind: str) -> ModuleType:
    """The module of stage ``kind``.

    Raises:
        DdsrError: there is no such stage.
    """
    if kind not in stage_kinds():
        raise DdsrError(f"stage kind {kind!r}: unknown; allowed: {', '.join(stage_kinds())}")
    return importlib.import_module(f"ddsr_bench.degrade.stages.{kind}")
