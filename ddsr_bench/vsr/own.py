"""A user's own method: a function in a file, taken for a method."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.userfile import file_hash, load_object, required_arguments, source_hash
from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.method import Method, Run, Settings, chosen_scale

_USUAL = (4, 2, 3)


def load_own(text: str) -> Method:
    """The method in ``"path/to/file.py:name"``: a :class:`Method`, or a function (:func:`from_function`).

    Raises:
        DdsrError: no such file or name, the file does not run, or what it names is neither.
    """
    found = load_object(text, option="--method", wanted="a function or a Method")
    file, _, name = text.rpartition(":")
    if isinstance(found, Method):
        # Its version may not be raised at every change of a file that is being written.
        return replace(found, version=f"{found.version}+{file_hash(Path(file))}")
    if not callable(found):
        raise DdsrError(f"{text}: is of type {type(found).__name__}; name a function of frames, or a Method")
    return from_function(found, name)


def from_function(function: Callable[..., Any], name: str) -> Method:
    """Take a function for a method.

    ``function(frames)`` gets the uint8 (T, H, W, 3) RGB frames of one shot and returns (T, sH, sW, 3), an array or a
    list; a generator function gets an iterator of frames instead and yields a frame for each, in memory that does not
    grow. With a second argument it is told the scale. Its attributes count where it has them: ``scales`` (a tuple; 4,
    or 4, 2 and 3 where it is told), ``fewest`` (frames of a shot), ``version`` (else the file's hash).

    Raises:
        DdsrError: it takes none, or more than two, arguments.
    """
    count = required_arguments(function)
    if count not in (1, 2):
        raise DdsrError(f"method {name!r}: takes {count} arguments; write it as f(frames) or f(frames, scale)")
    label = name.replace("_", "-")
    streams = inspect.isgeneratorfunction(inspect.unwrap(function))

    def start(settings: Settings) -> Run:
        told = (chosen_scale(method, settings),) if count == 2 else ()

        def run(frames: Iterator[Frame]) -> Iterator[Frame]:
            return _made(label, function, frames if streams else np.stack(list(frames)), told)

        return run

    method = Method(
        name=label,
        version=str(getattr(function, "version", None) or source_hash(function, f"method {name!r}")),
        scales=tuple(getattr(function, "scales", _USUAL if count == 2 else _USUAL[:1])),
        start=start,
        temporal="forward" if streams else "bidirectional",
        fewest=int(getattr(function, "fewest", 1)),
    )
    return method


def _made(label: str, function: Callable[..., Any], frames: Any, told: tuple[int, ...]) -> Iterator[Frame]:
    """What the function gives, frame by frame."""
    made = function(frames, *told)
    if not isinstance(made, Iterable):
        raise DdsrError(f"method {label!r}: returned {type(made).__name__}; return frames, uint8 (T, H, W, 3)")
    for index, frame in enumerate(made):
        picture = np.asarray(frame)
        if np.issubdtype(picture.dtype, np.floating) and not np.isfinite(picture).all():
            raise DdsrError(f"method {label!r}: frame {index} holds NaN or infinity; return uint8, 0..255")
        if picture.dtype != np.uint8:
            raise DdsrError(f"method {label!r}: frame {index} is {picture.dtype}; return uint8, 0..255")
        yield picture
