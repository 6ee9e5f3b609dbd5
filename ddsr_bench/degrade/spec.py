"""A spec: the ranges that a degradation is drawn from, read from TOML and checked in full before use.

::

    name = "mine"
    [[stage]]
    kind = "blur"
    prob = 0.8                      # the stage happens in this share of clips
    [[stage.one_of]]                # exactly one alternative, by weight
    weight = 0.7
    shape = "iso"
    sigma_x = [0.2, 3.0]
    ...
    [[stage]]
    kind = "shuffle"                # members in random order; `sequence` keeps theirs, `choose` takes one by `share`
    [[stage.stage]]
    ...
"""

from __future__ import annotations

import hashlib
import importlib.resources
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ddsr_bench.degrade.check import check_alternative
from ddsr_bench.degrade.values import Value, parse_value, unknown_key
from ddsr_bench.errors import DdsrError

GROUPS = ("shuffle", "sequence", "choose")
_COMMON = ("kind", "prob", "repeat", "label", "share")
_TOP = ("name", "title", "source", "stage", "shared", "spec_version")
SPEC_VERSION = 1


@dataclass(frozen=True)
class Alternative:
    """One way in which a stage's parameters may be drawn."""

    weight: float
    values: Mapping[str, Value]


@dataclass(frozen=True)
class StageSpec:
    """One stage, or a group of stages (``kind`` shuffle, sequence or choose), before its parameters are drawn."""

    kind: str
    prob: float = 1.0
    repeat: int = 1
    label: str = ""
    share: float = 1.0
    alternatives: tuple[Alternative, ...] = ()
    members: tuple[StageSpec, ...] = ()
    keep_order: tuple[str, ...] = ()


@dataclass(frozen=True)
class Spec:
    """A named set of stages with their ranges; make one with :func:`load_spec` or :func:`parse_spec`."""

    name: str
    stages: tuple[StageSpec, ...]
    shared: Mapping[str, Value] = field(default_factory=dict)
    title: str = ""
    source: str = ""
    sha256: str = ""


def preset_names() -> list[str]:
    """Names of the presets that come with the package."""
    folder = importlib.resources.files("ddsr_bench.degrade") / "presets"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def preset_text(name: str) -> str:
    """The TOML of preset ``name``, comments included.

    Raises:
        DdsrError: there is no such preset.
    """
    if name not in preset_names():
        raise DdsrError(f"preset {name!r}: unknown (presets: {', '.join(preset_names())})")
    return (importlib.resources.files("ddsr_bench.degrade") / "presets" / f"{name}.toml").read_text("utf-8")


def load_preset(name: str) -> Spec:
    """The spec of preset ``name``; raises DdsrError where there is none."""
    return parse_spec(preset_text(name), f"preset {name}")


def load_spec(path: str | Path) -> Spec:
    """Read and check a spec file.

    Raises:
        DdsrError: unreadable file, bad TOML, a wrong key or value; the text names the file and the key's path.
    """
    try:
        text = Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8 text"
        raise DdsrError(f"{path}: spec cannot be read ({reason}); give a TOML file") from error
    return parse_spec(text, str(path))


def parse_spec(text: str, origin: str = "spec") -> Spec:
    """The spec written in ``text`` (TOML); ``origin`` opens the text of any error."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DdsrError(f"{origin}: not valid TOML: {error}") from error
    try:
        return _spec(raw)
    except DdsrError as error:
        raise DdsrError(f"{origin}: {error}") from error


def _spec(raw: Mapping[str, Any]) -> Spec:
    for key in raw:
        if key not in _TOP:
            raise unknown_key("spec", key, _TOP)
    version = raw.get("spec_version", SPEC_VERSION)
    if version != SPEC_VERSION:
        raise DdsrError(f"spec_version: {version!r}; this version of ddsr-bench reads {SPEC_VERSION}")
    name = raw.get("name")
    if not isinstance(name, str) or not name:
        raise DdsrError('name: missing; add name = "my-spec"')
    shared = _shared(raw.get("shared", {}))
    stages = _stages(raw.get("stage"), "stage", shared)
    digest = hashlib.sha256(json.dumps(raw, sort_keys=True, default=str).encode()).hexdigest()
    return Spec(name, stages, shared, str(raw.get("title", "")), str(raw.get("source", "")), digest)


def _shared(raw: Any) -> dict[str, Value]:
    if not isinstance(raw, Mapping):
        raise DdsrError(f"shared: {raw!r}; write a table of values")
    return {name: parse_value(value, f"shared.{name}") for name, value in raw.items()}


def _stages(raw: Any, path: str, shared: Mapping[str, Value]) -> tuple[StageSpec, ...]:
    if not isinstance(raw, list) or not raw or not all(isinstance(item, Mapping) for item in raw):
        raise DdsrError(f"{path}: no stages; add at least one [[{path.replace('[', '.').split('.')[0]}]] table")
    return tuple(_stage(item, f"{path}[{index}]", shared) for index, item in enumerate(raw))


def _stage(raw: Mapping[str, Any], path: str, shared: Mapping[str, Value]) -> StageSpec:
    kind = raw.get("kind")
    if not isinstance(kind, str):
        raise DdsrError(f'{path}.kind: missing; name a stage, as in kind = "blur"')
    common = _common(raw, path)
    if kind in GROUPS:
        return _group(raw, kind, path, shared, common)
    alternatives = _alternatives(raw, path)
    for index, alternative in enumerate(alternatives):
        where = f"{path}.one_of[{index}]" if "one_of" in raw else path
        check_alternative(kind, alternative.values, shared, where)
    return StageSpec(kind, alternatives=alternatives, **common)


def _common(raw: Mapping[str, Any], path: str) -> dict[str, Any]:
    prob, repeat, label = raw.get("prob", 1.0), raw.get("repeat", 1), raw.get("label", "")
    if isinstance(prob, bool) or not isinstance(prob, int | float) or not 0 <= prob <= 1:
        raise DdsrError(f"{path}.prob: {prob!r}; give a number from 0 to 1")
    if isinstance(repeat, bool) or not isinstance(repeat, int) or not 1 <= repeat <= 8:
        raise DdsrError(f"{path}.repeat: {repeat!r}; give a whole number from 1 to 8")
    if not isinstance(label, str):
        raise DdsrError(f"{path}.label: {label!r}; give a text")
    share = raw.get("share", 1.0)
    if isinstance(share, bool) or not isinstance(share, int | float) or share <= 0:
        raise DdsrError(f"{path}.share: {share!r}; give a number above 0")
    return {"prob": float(prob), "repeat": repeat, "label": label, "share": float(share)}


def _group(
    raw: Mapping[str, Any], kind: str, path: str, shared: Mapping[str, Value], common: dict[str, Any]
) -> StageSpec:
    allowed = (*_COMMON, "stage", "keep_order")
    for key in raw:
        if key not in allowed:
            raise unknown_key(path, key, allowed)
    members = _stages(raw.get("stage"), f"{path}.stage", shared)
    keep = raw.get("keep_order", [])
    labels = [member.label for member in members]
    for name in keep:
        if name not in labels:
            raise DdsrError(f"{path}.keep_order: no member has label {name!r} (labels: {', '.join(labels)})")
    return StageSpec(kind, members=members, keep_order=tuple(keep), **common)


def _alternatives(raw: Mapping[str, Any], path: str) -> tuple[Alternative, ...]:
    base = {key: value for key, value in raw.items() if key not in (*_COMMON, "one_of")}
    tables = raw.get("one_of", [{}])
    if not isinstance(tables, list) or not tables or not all(isinstance(item, Mapping) for item in tables):
        raise DdsrError(f"{path}.one_of: write [[{path.split('[')[0]}.one_of]] tables")
    result = []
    for index, table in enumerate(tables):
        where = f"{path}.one_of[{index}]" if "one_of" in raw else path
        weight = table.get("weight", 1.0)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or weight < 0:
            raise DdsrError(f"{where}.weight: {weight!r}; give a number >= 0")
        merged = {**base, **{key: value for key, value in table.items() if key != "weight"}}
        values = {key: parse_value(value, f"{where}.{key}") for key, value in merged.items()}
        result.append(Alternative(float(weight), values))
    if sum(item.weight for item in result) <= 0:
        raise DdsrError(f"{path}.one_of: all weights are 0")
    return tuple(result)
