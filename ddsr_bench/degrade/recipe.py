"""A recipe: one draw of a spec with every parameter explicit; the same recipe gives the same bytes again."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ddsr_bench.degrade.stage import StageParams, get_stage
from ddsr_bench.errors import DdsrError

RECIPE_VERSION = 1


class ClipInfo(BaseModel):
    """What a recipe is drawn for: the source as it enters the first stage (after cropping to the scale).

    ``fps`` is frames a second as text of a fraction ("30000/1001"), so that nothing is rounded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    width: int = Field(ge=1)
    height: int = Field(ge=1)
    frames: int = Field(ge=1)
    fps: str = "24"

    @field_validator("fps")
    @classmethod
    def _positive_rate(cls, value: str) -> str:
        if Fraction(value) <= 0:
            raise ValueError("fps must be above 0")
        return value

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return Fraction(self.fps)


class RecipeStage(BaseModel):
    """One stage of a recipe: its kind, its place in the spec (``key``) and its parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    key: str
    params: dict[str, Any]

    def typed(self) -> StageParams:
        """The parameters as the stage's own record.

        Raises:
            DdsrError: a parameter is unknown, missing or outside its bounds.
        """
        model: type[StageParams] = get_stage(self.kind).Params
        try:
            return model.model_validate(self.params)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"]) or "params"
            reason = first["msg"].removeprefix("Value error, ")
            raise DdsrError(f"recipe stage {self.key} ({self.kind}).{field}: {reason}") from error


class Recipe(BaseModel):
    """Everything that turns one source clip into its LR clip.

    ``lr_width`` and ``lr_height`` are the clip's size divided by ``scale``; ``seed`` addresses the noise.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    recipe_version: int = RECIPE_VERSION
    preset: str
    spec_sha256: str = ""
    clip: ClipInfo
    scale: int = Field(ge=1, le=8)
    seed: int = Field(ge=0)
    stages: tuple[RecipeStage, ...]

    @property
    def lr_width(self) -> int:
        """Width of the LR clip, pixels."""
        return self.clip.width // self.scale

    @property
    def lr_height(self) -> int:
        """Height of the LR clip, pixels."""
        return self.clip.height // self.scale

    def to_json(self) -> str:
        """The recipe as JSON text, keys in a fixed order."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str, origin: str = "recipe") -> Recipe:
        """Read and check a recipe; ``origin`` opens the text of any error.

        Raises:
            DdsrError: not JSON, another recipe version, an unknown key or a value outside its bounds.
        """
        try:
            raw = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise DdsrError(f"{origin}: not valid JSON ({error})") from error
        return cls.from_dict(raw, origin)

    @classmethod
    def from_dict(cls, raw: Any, origin: str = "recipe") -> Recipe:
        """As :meth:`from_json`, from parsed JSON."""
        version = raw.get("recipe_version") if isinstance(raw, dict) else None
        if version != RECIPE_VERSION:
            raise DdsrError(
                f"{origin}: recipe_version {version!r}, this version of ddsr-bench reads {RECIPE_VERSION}; "
                "draw it again with generate-lr --preset, or install the version that wrote it"
            )
        try:
            recipe = cls.model_validate(raw)
            for stage in recipe.stages:
                stage.typed()
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise DdsrError(f"{origin}: {field}: {first['msg'].removeprefix('Value error, ')}") from error
        except DdsrError as error:
            raise DdsrError(f"{origin}: {error}") from error
        return recipe

    @classmethod
    def load(cls, path: str | Path) -> Recipe:
        """Read a recipe file; raises DdsrError that names it."""
        try:
            return cls.from_json(Path(path).read_text("utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8 text"
            raise DdsrError(f"{path}: recipe cannot be read ({reason})") from error
