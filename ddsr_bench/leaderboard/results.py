"""``results/<method>.json``: what one method reached, in a schema with a version, so that others can add theirs.

All but ``cost`` and ``provenance`` is the same whenever and wherever it is made on the same clips; those two hold what
depends on the machine and the day.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json, write_json_atomic

_STRICT = ConfigDict(extra="forbid", frozen=True)
_SHA256 = r"^[0-9a-f]{64}$"


class Cell(BaseModel):
    """A metric on a clip: the pooled ``value`` of ``n`` values, or the ``reason`` why there is none."""

    model_config = _STRICT

    value: float | None = Field(default=None, allow_inf_nan=False)
    n: int = Field(default=0, ge=0)
    reason: str | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Cell:
        if (self.value is None) == (self.reason is None):
            raise ValueError("a cell has either a value or a reason")
        return self


class Output(BaseModel):
    """What the method made of a clip; ``frames_sha256`` is that of the RGB frames."""

    model_config = _STRICT

    width: int = Field(gt=0)
    height: int = Field(gt=0)
    frames: int = Field(gt=0)
    frames_sha256: str = Field(pattern=_SHA256)
    shift: tuple[float, float] | None = None


class ClipResult(BaseModel):
    """One clip: the files it was made of, what came out, and the cells by metric.

    ``hr_sha256`` is None where there is no sharp clip, ``output`` where the method failed.
    """

    model_config = _STRICT

    lr_sha256: str = Field(pattern=_SHA256)
    hr_sha256: str | None = Field(default=None, pattern=_SHA256)
    frames: tuple[int, int]
    output: Output | None = None
    cells: dict[str, Cell]


class MetricUsed(BaseModel):
    """The metric that made cells: its version, and the border that was cropped for it."""

    model_config = _STRICT

    version: str
    crop_border: int = Field(ge=0)


class MethodFacts(BaseModel):
    """Which method it was: ``weights`` are file names with their SHA-256."""

    model_config = _STRICT

    name: str
    version: str
    kind: Literal["classical", "network", "precomputed", "own"]
    weights: dict[str, str]


class Cost(BaseModel):
    """What the method took here: ``seconds`` by clip and frame (warm), the rest by clip or once."""

    model_config = _STRICT

    seconds: dict[str, list[float]] = {}
    peak_mib: dict[str, float] = {}
    cold_s: list[float] = []
    gflops_per_mp: float | None = None
    parameters: int | None = None


class MethodResults(BaseModel):
    """The whole file.

    Attributes:
        schema_version: of this schema.
        method: which it was.
        scale: SR size / LR size.
        settings: what the method was told.
        metrics: by name.
        clips: by id.
        reason: why there is no clip at all, or None.
        cost: by machine.
        provenance: of the last run that added to it.
    """

    model_config = _STRICT

    schema_version: Literal[1] = 1
    method: MethodFacts
    scale: int = Field(ge=1, le=16)
    settings: dict[str, Any]
    metrics: dict[str, MetricUsed]
    clips: dict[str, ClipResult]
    reason: str | None = None
    cost: Cost = Cost()
    provenance: dict[str, Any] = {}

    def quality(self) -> dict[str, Any]:
        """All that two runs must agree on, as plain JSON values."""
        return self.model_dump(mode="json", exclude={"cost", "provenance"})


def write_results(path: Path, results: MethodResults) -> None:
    """Write a file as a whole; errors as :func:`~ddsr_bench.provenance.write_json_atomic`."""
    write_json_atomic(path, results.model_dump(mode="json"))


def read_results(path: Path) -> MethodResults:
    """Read and check a file.

    Raises:
        DdsrError: unreadable, not JSON, or not of this schema; the place is named.
    """
    data: Mapping[str, Any] = read_json(path)
    try:
        return MethodResults.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DdsrError(f"{path}: {where}: {first['msg']}; correct it, or run the leaderboard anew") from error
