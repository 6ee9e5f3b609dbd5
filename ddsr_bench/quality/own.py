"""A user's own measure: a function in a file, taken for a metric."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.userfile import file_hash, load_object, required_arguments, source_hash


def load_own(text: str) -> Metric:
    """The metric in ``"path/to/file.py:name"``: a :class:`Metric`, or a function (:func:`from_function`).

    Raises:
        DdsrError: no such file or name, the file does not run, or what it names is neither.
    """
    found = load_object(text, option="--metric", wanted="a function or a Metric")
    file, _, name = text.rpartition(":")
    if isinstance(found, Metric):
        # Its version may not be raised at every change of a file that is being written.
        return replace(found, parameters={**found.parameters, "source": file_hash(Path(file))})
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
    count = required_arguments(function)
    if count not in (1, 2):
        raise DdsrError(f"metric {name!r}: takes {count} arguments; write it as f(frames) or f(frames, reference)")
    label = name.replace("_", "-")
    return Metric(
        name=label,
        version=str(getattr(function, "version", None) or source_hash(function, f"metric {name!r}")),
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
