"""Checks a stage's values in a spec against the stage's own parameters, before anything is drawn."""

from __future__ import annotations

import dataclasses
import itertools
import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from ddsr_bench.degrade.stage import StageParams, get_stage
from ddsr_bench.degrade.values import Choice, Constant, Range, Shared, Value, unknown_key
from ddsr_bench.errors import DdsrError

# A stage with more combinations of choices than this is not tried in full.
_MOST_COMBINATIONS = 256


def check_alternative(kind: str, values: Mapping[str, Value], shared: Mapping[str, Value], path: str) -> None:
    """Raise DdsrError where a value of stage ``kind`` is unknown, missing, or may leave its bounds."""
    try:
        params: type[StageParams] = get_stage(kind).Params
    except DdsrError as error:
        raise DdsrError(f"{path}.kind: {error}") from error
    fields = params.model_fields
    for name, value in values.items():
        if name not in fields:
            raise unknown_key(path, name, list(fields))
        check_value(params, name, resolve(value, shared, f"{path}.{name}"), f"{path}.{name}")
    for name, info in fields.items():
        if info.is_required() and name not in values:
            raise DdsrError(f"{path}.{name}: missing; {kind} needs it ({describe(params, name)})")
    resolved = {name: resolve(value, shared, f"{path}.{name}") for name, value in values.items()}
    check_together(params, resolved, path)


def resolve(value: Value, shared: Mapping[str, Value], path: str) -> Constant | Range | Any:
    """The value behind a ``"@name"`` reference; other values are returned as they are."""
    if not isinstance(value, Shared):
        return value
    if value.name not in shared or isinstance(shared[value.name], Shared):
        raise DdsrError(f"{path}: '@{value.name}' is not under [shared] (there: {', '.join(shared) or 'nothing'})")
    return shared[value.name]


def check_value(params: type[StageParams], name: str, value: Any, path: str) -> None:
    """Raise DdsrError unless every draw of ``value`` is valid for the field."""
    info = params.model_fields[name]
    moves = isinstance(value, Range) and bool(value.step or value.drift)
    if moves and not takes_track(info):
        raise DdsrError(f"{path}: cannot move over the clip; leave out 'step' and 'drift'")
    for scale in (2, 3, 4):
        for end in value.ends(scale):
            _check_end(params, name, end, path, isinstance(value, Range))


def check_together(params: type[StageParams], values: Mapping[str, Any], path: str) -> None:
    """Raise DdsrError where valid values exclude each other: each choice is tried with all low and all high ends."""
    names = list(values)
    tried = [value.choices if isinstance(value, Choice) else (value,) for value in values.values()]
    for combination in itertools.islice(itertools.product(*tried), _MOST_COMBINATIONS):
        for scale, last in itertools.product((2, 4), (False, True)):
            draw = {
                name: _end(params.model_fields[name], value, scale, last)
                for name, value in zip(names, combination, strict=True)
            }
            try:
                params.model_validate(draw)
            except ValidationError as error:
                raise DdsrError(f"{path}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error


def _end(info: FieldInfo, value: Any, scale: int, last: bool) -> Any:
    if isinstance(value, Constant):
        return value.value
    if not isinstance(value, Range):
        return value
    end = value.ends(scale)[-1 if last else 0]
    return (math.floor(end) if last else math.ceil(end)) if is_integer(info) else end


def _check_end(params: type[StageParams], name: str, end: Any, path: str, ranged: bool) -> None:
    info, bounds = params.model_fields[name], params.bounds(name)
    if ranged and not is_number(info):
        raise DdsrError(f"{path}: a range, but it takes {describe(params, name)}")
    candidate = int(end) if ranged and is_integer(info) and float(end).is_integer() else end
    try:
        TypeAdapter(typing.cast(Any, info.annotation)).validate_python(candidate, strict=isinstance(candidate, bool))
    except ValidationError as error:
        raise DdsrError(f"{path}: {end!r} is not allowed; {describe(params, name)}") from error
    if bounds is not None and isinstance(end, int | float) and not bounds.contains(end):
        raise DdsrError(f"{path}: {end:g} is not allowed; {describe(params, name)}")


def typed(params: type[StageParams], name: str, value: Value) -> Value:
    """``value`` with its range marked as whole numbers where the field takes only those."""
    if isinstance(value, Range) and is_integer(params.model_fields[name]):
        return dataclasses.replace(value, integer=True)
    return value


def is_integer(info: FieldInfo) -> bool:
    """Whether a field takes whole numbers only."""
    return _members(info.annotation) <= {int, type(None)}


def is_number(info: FieldInfo) -> bool:
    """Whether a field takes numbers."""
    return bool(_members(info.annotation) & {int, float})


def takes_track(info: FieldInfo) -> bool:
    """Whether a field may have one value a frame."""
    return any(typing.get_origin(member) is tuple for member in _members(info.annotation))


def describe(params: type[StageParams], name: str) -> str:
    """What the field takes, in words: its bounds or its choices."""
    bounds = params.bounds(name)
    if bounds is not None:
        return f"allowed: {bounds}"
    members = _members(params.model_fields[name].annotation)
    choices = [str(item) for member in members for item in typing.get_args(member)]
    if any(typing.get_origin(member) is typing.Literal for member in members):
        return f"allowed: {', '.join(choices)}"
    return f"allowed: {' or '.join(sorted(getattr(m, '__name__', str(m)) for m in members))}"


def _members(annotation: Any) -> set[Any]:
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return set(typing.get_args(annotation))
    return {annotation}
