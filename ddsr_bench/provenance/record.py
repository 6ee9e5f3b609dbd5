"""The provenance record: one dictionary that goes beside every result."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from ddsr_bench import __version__
from ddsr_bench.provenance.encoders import encoder_builds
from ddsr_bench.provenance.git import git_state
from ddsr_bench.provenance.machine import machine_facts

SCHEMA_VERSION = 1

_PACKAGES = ("numpy", "scipy", "pandas", "pyarrow", "torch", "opencv", "av")
# The same cv2 module is published under four names.
_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def collect(
    command: str | None = None, seed: int | None = None, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return what a reader needs to judge or repeat a run, as plain JSON values.

    Args:
        command: the command's name, such as ``"degrade"``; None for library use.
        seed: the run's seed, if it has one.
        extra: further facts, kept under ``"extra"`` so that they cannot hide ours.

    Returns:
        Keys ``schema_version, package, git, python, machine, libraries, ffmpeg, encoders, created_utc,
        command, argv, seed, extra``. Holds no host or user name; ``argv`` is what was typed, with the
        program's folder cut off and the home folder written ``~``. Unknown facts are None. The time makes
        two records differ: hash what the record describes, not the record.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "package": {"name": "ddsr-bench", "version": __version__},
        "git": git_state(__file__),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": machine_facts(),
        "libraries": {name: library_version(name) for name in _PACKAGES},
        "ffmpeg": _ffmpeg(),
        "encoders": dict(encoder_builds()),
        "created_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command,
        "argv": shown_arguments(sys.argv),
        "seed": seed,
        "extra": dict(extra or {}),
    }


def library_version(name: str) -> str | None:
    """Return the installed version of a package without importing it; ``"opencv"`` knows all its names."""
    names = _OPENCV if name == "opencv" else (name,)
    return next((found for found in map(_version, names) if found), None)


def shown_arguments(arguments: Sequence[str]) -> list[str]:
    """Return a command line fit for publication: the program without its folder, the home folder as ``~``."""
    if not arguments:
        return []
    home = str(Path.home())
    return [Path(arguments[0]).name, *(_without_home(text, home) for text in arguments[1:])]


def _without_home(text: str, home: str) -> str:
    if len(home) < 2:
        return text
    # Whole path parts only: /home/ann must not turn /home/anna into ~a.
    return re.sub(rf"(?<![^=:, ]){re.escape(home)}(?=[\\/,: ]|$)", "~", text)


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _ffmpeg() -> dict[str, Any]:
    """Return FFmpeg's version and those of its libraries, as PyAV is linked with them."""
    import av

    libraries = {name: ".".join(map(str, number)) for name, number in av.library_versions.items()}
    return {"version": getattr(av, "ffmpeg_version_info", None), "libraries": libraries}
