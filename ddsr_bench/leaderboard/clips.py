"""The clips of a leaderboard, checked before anything runs: LR, its sharp source where there is one, what is known."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import file_sha256, probe
from ddsr_bench.video.naming import shown

_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
#: What is made of footage without a sharp source, and taken of a dataset of several scales, unless told.
USUAL_SCALE = 4


@dataclass(frozen=True)
class RawClip:
    """A clip as a dataset or folder names it.

    Attributes:
        id: its name.
        lr: file or folder of frames.
        hr: the sharp source, frame for frame, or None.
        source: name of its source.
        group: sources that share content; resampled together.
        tags: what else is known of it, for filters.
    """

    id: str
    lr: Path
    hr: Path | None = None
    source: str = ""
    group: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class BoardClip:
    """A clip that was looked at.

    Attributes:
        raw: as it was named.
        scale: size of SR / size of LR.
        width, height: of SR, pixels.
        start, stop: frames that are used.
        fps: frames per second.
        lr_sha256, hr_sha256: of the files.
    """

    raw: RawClip
    scale: int
    width: int
    height: int
    start: int
    stop: int
    fps: Fraction
    lr_sha256: str
    hr_sha256: str | None

    @property
    def id(self) -> str:
        """Its name."""
        return self.raw.id

    @property
    def frames(self) -> int:
        """How many frames are used."""
        return self.stop - self.start


@dataclass(frozen=True)
class BoardData:
    """What a leaderboard is made on.

    Attributes:
        name: of the dataset or folder.
        clips: in the order of their ids.
        origin: of the opinions: subjective, simulated or none.
        mos: by clip's id and method the mean opinion score.
        wins: by group of sources and (preferred, other) how often people preferred one method's video.
        notes: what was left out.
    """

    name: str
    clips: tuple[BoardClip, ...]
    origin: str = "none"
    mos: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    wins: Mapping[str, Mapping[tuple[str, str], float]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def looked_at(
    raw: Sequence[RawClip], *, scale: int | None, frames: tuple[int, int | None]
) -> tuple[list[BoardClip], list[str]]:
    """Probe and hash clips, and keep those of one scale; also returns what was left out, a line each.

    Args:
        raw: with different ids.
        scale: None is 4 where any clip is or may be x4, else the most frequent one.
        frames: first frame, and frame after the last or None.

    Raises:
        DdsrError: a clip that cannot be read, is shorter than ``frames`` begin, or does not fit its sharp source; or no
            clip of that scale.
    """
    sizes = [_looked_at(clip, frames) for clip in raw]
    counts = Counter(found.scale for found in sizes if found.scale)
    chosen = scale or _usual(counts)
    kept = [replace(one, scale=chosen) if not one.scale else one for one in sizes if one.scale in (0, chosen)]
    if not kept:
        there = ", ".join(f"x{one}" for one in sorted(counts))
        raise DdsrError(f"--scale {scale}: no clip of that scale among {len(raw)}; there are {there}")
    notes = [] if len(kept) == len(sizes) else [f"{len(sizes) - len(kept)} clips of other scales than x{chosen}"]
    return [_sized(one) for one in kept], notes


def _usual(counts: Counter[int]) -> int:
    if not counts or counts[USUAL_SCALE]:
        return USUAL_SCALE
    return min(counts, key=lambda one: (-counts[one], one))


def _looked_at(clip: RawClip, frames: tuple[int, int | None]) -> BoardClip:
    """A clip whose width and height are those of its LR frames yet, and whose scale is 0 where nothing tells it."""
    info = probe(clip.lr)
    start, stop = frames[0], min(info.frames, info.frames if frames[1] is None else frames[1])
    if start >= stop:
        raise DdsrError(f"{shown(clip.lr)}: has {info.frames} frames, none from {start} on; ask for earlier --frames")
    scale = 0 if clip.hr is None else _scale_of(clip, info.width, info.height, info.frames)
    sharp = None if clip.hr is None else file_sha256(clip.hr)
    digest = file_sha256(clip.lr)
    return BoardClip(clip, scale, info.width, info.height, start, stop, info.fps, digest, sharp)


def _scale_of(clip: RawClip, width: int, height: int, frames: int) -> int:
    assert clip.hr is not None
    sharp = probe(clip.hr)
    scale = sharp.width // width
    if scale < 1 or (sharp.width, sharp.height) != (scale * width, scale * height):
        raise DdsrError(
            f"{shown(clip.hr)}: {sharp.width}x{sharp.height} is no whole multiple of {width}x{height} of "
            f"{shown(clip.lr)}; give the sharp clip that it was made from"
        )
    if sharp.frames != frames:
        raise DdsrError(
            f"{shown(clip.hr)}: {sharp.frames} frames, but {shown(clip.lr)} has {frames}; give clips of one length"
        )
    return scale


def _sized(clip: BoardClip) -> BoardClip:
    return replace(clip, width=clip.width * clip.scale, height=clip.height * clip.scale)


def evenly(clips: Sequence[RawClip], count: int | None) -> list[RawClip]:
    """``count`` clips spread evenly over the list; all of them for None or more than there are."""
    if count is None or count >= len(clips):
        return list(clips)
    return [clips[(2 * i + 1) * len(clips) // (2 * count)] for i in range(count)]


def safe_name(name: str) -> str:
    """A name that is good in a path, in a URL and on every system; different names stay different."""
    from hashlib import sha256

    parts = [_SAFE.sub("_", part).strip(".") or "_" for part in name.split("/")]
    safe = "/".join(parts)
    return safe if safe == name else f"{safe}-{sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:6]}"
