"""Ladders: clips whose order is known though nobody rated them, such as one recipe at rising strength.

A folder of ladders holds one JSON file or more, anywhere below it, beside the clips::

    {"ladders_version": 1, "ladders": [
        {"id": "cat-blur", "source_group": "cat",
         "steps": [["cat/hr.mkv"], ["cat/blur-1.mkv", "cat/other-1.mkv"], ["cat/blur-2.mkv"]]}]}

``steps`` go from best to worst; clips of one step are not compared. Paths are relative to the JSON file's folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ddsr_bench.data.layout import inside
from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json
from ddsr_bench.train.rw_vsr_qa.samples import Sample

LADDERS_VERSION = 1
ORDER = "order"


class Ladder(BaseModel):
    """One ladder: its id, what it shows, and its steps of clips from best to worst."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    source_group: str = Field(min_length=1)
    steps: tuple[tuple[str, ...], ...] = Field(min_length=2)


class LadderFile(BaseModel):
    """What a JSON file of ladders holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ladders_version: int
    ladders: tuple[Ladder, ...] = Field(min_length=1)


def read_ladders(folder: Path) -> tuple[Sample, ...]:
    """The clips of all ladders below a folder; their groups are ``<file>:<id>``, their labels minus the step.

    Raises:
        DdsrError: no folder or ladder, a file of another form or version, an id twice, or a clip that is not there.
    """
    if not folder.is_dir():
        raise DdsrError(f"{folder}: no such folder; give a folder of ladders (JSON files beside clips)")
    files = sorted(path for path in folder.rglob("*.json") if not path.name.startswith("."))
    if not files:
        raise DdsrError(f"{folder}: no ladders in it (*.json); make some, or leave out --ladders")
    samples = [sample for path in files for sample in _of_file(folder, path)]
    return tuple(samples)


def _of_file(folder: Path, path: Path) -> list[Sample]:
    content = _checked(path, read_json(path))
    ids = [ladder.id for ladder in content.ladders]
    twice = next((one for one in ids if ids.count(one) > 1), None)
    if twice is not None:
        raise DdsrError(f"{path}: ladder {twice!r} is there twice; give each an id of its own")
    start = path.relative_to(folder).with_suffix("").as_posix()
    return [sample for ladder in content.ladders for sample in _of_ladder(path, f"{start}:{ladder.id}", ladder)]


def _of_ladder(path: Path, group: str, ladder: Ladder) -> list[Sample]:
    found = []
    for step, clips in enumerate(ladder.steps):
        for clip in clips:
            file = inside(path.parent, clip)
            if not file.exists():
                raise DdsrError(f"{path}: ladder {ladder.id!r}: {clip} is not there; paths are relative to the file")
            found.append(Sample(f"{group}:{clip}", file, group, ladder.source_group, -float(step), False, ORDER))
    return found


def _checked(path: Path, content: Any) -> LadderFile:
    version = content.get("ladders_version") if isinstance(content, dict) else None
    if version != LADDERS_VERSION:
        raise DdsrError(f"{path}: no ladders of version {LADDERS_VERSION} (found {version}); write them anew")
    try:
        return LadderFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DdsrError(f"{path}: {where}: {first['msg']}; correct the ladders") from error
