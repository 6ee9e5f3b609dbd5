"""Things in a user's own Python file, named on the command line as ``path/to/file.py:name``."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from ddsr_bench.errors import DdsrError


def is_in_file(text: str) -> bool:
    """Whether ``text`` names something in a user's file."""
    return ".py:" in text


def load_object(text: str, *, option: str, wanted: str) -> Any:
    """Run the file of ``"path/to/file.py:name"`` and return what it calls ``name``.

    Args:
        text: file and name.
        option: where it was given, such as ``"--metric"``, for messages.
        wanted: what it should name, such as ``"a function or a Metric"``.

    Raises:
        DdsrError: no such file or name, or the file does not run.
    """
    file, _, name = text.rpartition(":")
    module = _module(Path(file).resolve(), file, option)
    if not hasattr(module, name):
        raise DdsrError(f"{text}: {file} has no {name!r}; name {wanted} in it")
    return getattr(module, name)


@lru_cache(maxsize=64)
def _module(path: Path, shown: str, option: str) -> ModuleType:
    spec = spec_from_file_location(f"ddsr_bench_own_{path.stem}", path) if path.is_file() else None
    if spec is None or spec.loader is None:
        raise DdsrError(f"{shown}: no such Python file; write {option} path/to/file.py:function")
    module = module_from_spec(spec)
    # Known by its name while it runs, as dataclasses and pickle want it.
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise DdsrError(f"{shown}: cannot be loaded ({type(error).__name__}: {error}); correct the file") from error
    return module


def required_arguments(function: Callable[..., Any]) -> int:
    """How many arguments without a default a function takes by position."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # something built in
        return 0
    return sum(one.kind in positional and one.default is one.empty for one in parameters)


def source_hash(function: Callable[..., Any], what: str) -> str:
    """A version that changes with the file a function stands in.

    Raises:
        DdsrError: its source cannot be found; ``what`` names it in the message.
    """
    try:
        return file_hash(Path(inspect.getsourcefile(inspect.unwrap(function)) or ""))
    except (TypeError, OSError) as error:
        raise DdsrError(f"{what}: its source cannot be found; give it an attribute 'version'") from error


def file_hash(path: Path) -> str:
    """``file-`` and the first 16 digits of the file's SHA-256."""
    return "file-" + hashlib.sha256(path.read_bytes()).hexdigest()[:16]
