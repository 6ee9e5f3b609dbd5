"""A user's own measure: a function in a file, taken for a metric."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric


def load_own(text: str) -> Metric:
    """The metric in ``"path/to/file.py:name"``: a :class:`Metric`, or a function (:func:`from_function`).

    Raises:
        DdsrError: no such file or name, the file does not run, or what it names is neither.
    """
    file, _, name = text.rpartition(":")
    module = _module(Path(file).resolve(), file)
    if not hasattr(module, name):
        raise DdsrError(f"{text}: {file} has no {name!r}; name a function or a Metric in it")
    found = getattr(module, name)
    if isinstance(found, Metric):
        # Its version may not be raised at every change of a file that is being written.
        return replace(found, parameters={**found.parameters, "source": _file_hash(Path(file))})
    if not callable(found):
        raise DdsrError(f"{text}: is of type {type(found).__name__}; name a function of frames, or a Metric")
    return from_function(found, name)


def from_function(function: Callable[..., Any], name: str) -> Metric:
    """Take ``function(frames)`` or ``function(frames, reference)`` for a metric, the latter for a full-reference one.

    The function gets uint8 (B, H, W, 3) RGB frames in batches of any size, in order, and returns a value for each.
    Its attributes ``higher_is_better`` and ``version`` count where it has them; without a version, stored scores hold
    until the file it stands in changes.

    Raises:
        DdsrError: it takes none, or more than two, arguments.
    """
    count = _arguments(function)
    if count not in (1, 2):
        raise DdsrError(f"metric {name!r}: takes {count} arguments; write it as f(frames) or f(frames, reference)")
    label = name.replace("_", "-")
    return Metric(
        name=label,
        version=str(getattr(function, "version", None) or _source_hash(function)),
        reference="FR" if count == 2 else "NR",
        higher_is_better=getattr(function, "higher_is_better", None),
        start=lambda: _Own(label, function),
    )


class _Own:
    """Calls the function in one thread at a time, batches in order, since nobody knows what it keeps."""

    def __init__(self, name: str, function: Callable[..., Any]) -> None:
        self._name, self._function = name, function

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Score each frame."""
        given = (frames.rgb,) if reference is None else (frames.rgb, reference.rgb)
        values = np.asarray(self._function(*given), np.float64)
        if values.shape != (len(frames),):
            raise DdsrError(
                f"{self._name}: returned values of shape {values.shape} for {len(frames)} frames; return one for each"
            )
        return values

    def finish(self) -> Floats:
        """Nothing is left."""
        return np.zeros(0)


def _arguments(function: Callable[..., Any]) -> int:
    """How many arguments without a default a function takes by position."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # something built in
        return 0
    return sum(one.kind in positional and one.default is one.empty for one in parameters)


@lru_cache(maxsize=64)
def _module(path: Path, shown: str) -> ModuleType:
    spec = spec_from_file_location(f"ddsr_bench_own_{path.stem}", path) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise DdsrError(f"{shown}: no such Python file; write --metric path/to/file.py:function")
    module = module_from_spec(spec)
    # Known by its name while it runs, as dataclasses and pickle want it.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise DdsrError(f"{shown}: cannot be loaded ({type(error).__name__}: {error}); correct the file") from error
    return module


def _source_hash(function: Callable[..., Any]) -> str:
    try:
        return _file_hash(Path(inspect.getsourcefile(inspect.unwrap(function)) or ""))
    except (TypeError, OSError) as error:
        name = getattr(function, "__name__", repr(function))
        raise DdsrError(f"metric {name!r}: its source cannot be found; give it an attribute 'version'") from error


def _file_hash(path: Path) -> str:
    return "file-" + hashlib.sha256(path.read_bytes()).hexdigest()[:16]
