"""What a build will make, how long it will take, and how large it will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ddsr_bench import video
from ddsr_bench.data.discover import SourceClip, find_clips
from ddsr_bench.data.open_set.build import Task
from ddsr_bench.data.open_set.sources import Source, open_sources, spread
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs import Failure

# Measured on one core of a server of 2024, for a frame of 640x360: milliseconds of each method with its file, and of
# the source with its LR clip.
_COST_MS = {
    "nearest": 25,
    "bilinear": 30,
    "bicubic": 30,
    "lanczos": 30,
    "bicubic-unsharp": 40,
    "steering-kernel": 45,
    "nlm-lanczos": 70,
    "wiener": 50,
    "back-projection": 65,
    "flow-fusion": 115,
    "btv": 155,
}
_OTHER_MS, _SOURCE_MS = 500, 190
_SR_BYTES, _SOURCE_BYTES = 21_000, 130_000  # a frame
_FRAMES_OF_FOOTAGE = 32


@dataclass(frozen=True)
class Estimate:
    """What a build comes to: videos, frames of sources, seconds on ``workers`` cores, bytes."""

    videos: int
    frames: int
    seconds: float
    size: int


def estimate(tasks: Sequence[Task], workers: int) -> Estimate:
    """Estimate the whole of ``tasks``, whatever of it is there already."""
    frames = sum(task.source.frames for task in tasks)
    units = [task.source.frames * task.source.width * task.source.height / (640 * 360) for task in tasks]
    cost = [sum(_COST_MS.get(name, _OTHER_MS) for name in task.methods) + _SOURCE_MS for task in tasks]
    seconds = sum(unit * one / 1000 for unit, one in zip(units, cost, strict=True)) / workers
    size = sum(unit * (_SR_BYTES * len(task.methods) + _SOURCE_BYTES) for unit, task in zip(units, tasks, strict=True))
    return Estimate(sum(len(task.methods) for task in tasks), frames, seconds, int(size))


def open_tasks(root: Path, methods: tuple[str, ...], subset: int | None = None, seed: int = 0) -> list[Task]:
    """The tasks of the open dataset, or of ``subset`` of its sources spread over all kinds; the longest first.

    Raises:
        DdsrError: more sources asked for than there are.
    """
    sources = open_sources()
    if subset is not None:
        if subset > len(sources):
            raise DdsrError(f"--subset {subset}: there are {len(sources)} sources; ask for as many or fewer")
        sources = spread(sources, subset)
    return [Task(source, root, methods, seed) for source in _longest_first(sources)]


def footage_tasks(
    root: Path, methods: tuple[str, ...], folder: str, subset: int | None = None, seed: int = 0
) -> tuple[list[Task], list[Failure]]:
    """Tasks for the user's own sharp clips, and why others give none.

    LR is made at x2 and x4 in turn, and a fifth of the clips is for testing. Each clip is cropped to multiples of 16
    and cut to its first 32 frames.

    Raises:
        DdsrError: no clip, or none of use.
    """
    clips = find_clips([folder])[:subset]
    found: dict[str, Path] = {}
    tasks: dict[Source, Task] = {}
    failures: list[Failure] = []
    for number, clip in enumerate(clips):
        try:
            source = _footage(clip, number)
            if source.id in found:
                same = f"{clip.path} and {found[source.id]}"
                raise DdsrError(f"{same}: both would be named {source.id!r}; rename one")
        except DdsrError as error:
            failures.append(Failure(clip.id, str(error), "input"))
        else:
            found[source.id] = clip.path
            tasks[source] = Task(source, root, methods, seed, clip.path)
    if not tasks:
        raise DdsrError(f"{folder}: none of its {len(clips)} clips can be used; {failures[0].message}")
    return [tasks[source] for source in _longest_first(list(tasks))], failures


def _footage(clip: SourceClip, number: int) -> Source:
    """What is taken of the user's clip ``number``.

    Raises:
        DdsrError: it cannot be read, or is too small.
    """
    info = video.probe(clip.path)
    width, height = info.width // 16 * 16, info.height // 16 * 16
    if min(width, height) < 64:
        raise DdsrError(f"{clip.path}: {info.width}x{info.height} is smaller than 64x64; leave it out")
    name = clip.id.replace("/", "_")
    return Source(
        id=name,
        kind="footage",
        group=name,
        seed=0,
        width=width,
        height=height,
        frames=min(info.frames, _FRAMES_OF_FOOTAGE),
        fps=max(1, round(info.fps)),
        scale=4 if number % 2 else 2,
        split="test" if number % 5 == 2 else "train",
    )


def _longest_first(sources: list[Source]) -> list[Source]:
    return sorted(sources, key=lambda source: (-source.frames * source.width * source.height, source.id))
