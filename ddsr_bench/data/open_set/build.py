"""One source of an open dataset on disk: HR clip, LR clip, and a video by each method, each with its record."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from ddsr_bench import video
from ddsr_bench.data.generate import Item, generate, is_done, source_clip_info
from ddsr_bench.data.layout import inside
from ddsr_bench.data.open_set.sources import Source
from ddsr_bench.degrade.memory import keep_freed_memory
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import Spec, load_preset
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.provenance import read_json, write_json_atomic
from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.checkpoints import weights_hashes
from ddsr_bench.vsr.method import Settings

PRESET = "ddsr"
#: Quality of the files: HR for the eye lossless, SR so that coding adds nothing to see.
HR_CRF, SR_CRF = 8.0, 14.0
_CODER = "veryfast"  # x264's preset; slower ones make files a fifth smaller and cost as much as the methods
RECORD_VERSION = 1


@dataclass(frozen=True)
class Task:
    """What one job makes: a source's clips below ``root`` by ``methods``.

    ``footage`` is the user's own HR clip in place of a rendered scene; ``seed`` decides the recipe, which is drawn from
    ``spec``, or from preset ``ddsr``.
    """

    source: Source
    root: Path
    methods: tuple[str, ...]
    seed: int = 0
    footage: Path | None = None
    spec: Spec | None = None


def hr_file(source: Source) -> str:
    """Path of the sharp clip below the dataset's folder."""
    return f"hr/{source.id}.mp4"


def lr_file(source: Source) -> str:
    """Path of the LR clip."""
    return f"lr/{source.lr_id}.mkv"


def sr_file(source: Source, method: str) -> str:
    """Path of the video that ``method`` makes."""
    return f"videos/{method}/{source.lr_id}.mp4"


def build_source(task: Task) -> list[dict[str, Any]]:
    """Make what is not there yet, and return a manifest row for each method, without scores.

    What is there is taken where its record fits: same source, recipe, method version, weights, and the file's own
    hash.

    Raises:
        DdsrError: a photograph's package is missing, the footage cannot be read, the disk is full.
    """
    warnings.simplefilter("ignore", video.UntaggedColourWarning)
    with keep_freed_memory():
        _sharp(task)
        recipe = _degraded(task)
        return [_row(task, recipe, _upscaled(task, method), method) for method in task.methods]


def _sharp(task: Task) -> None:
    """Render or crop the HR clip."""
    source = task.source
    facts = {
        "source": vars(source) | {"footage": task.footage.name if task.footage else ""},
        "crf": HR_CRF,
        "preset": _CODER,
    }
    path = task.root / hr_file(source)
    record = _record_file(task, "hr")
    if _stands(record, path, facts):
        return
    make_folder(path.parent)
    make_folder(record.parent)
    with _writer(path, source, HR_CRF) as writer:
        for frame in _frames(task):
            writer.write(frame)
    write_json_atomic(record, _facts(facts, path))


def _frames(task: Task) -> Iterator[Frame]:
    from ddsr_bench.data.scenes import Scene, build_photo, make_scene, render_clip

    source = task.source
    if task.footage is not None:
        for frame in video.read_frames(task.footage, 0, source.frames, threads=1):
            yield frame[: source.height, : source.width].copy()
        return
    scene: Scene
    if source.photograph:
        scene = build_photo(source.photograph, source.seed, source.width, source.height)
    else:
        scene = make_scene(source.kind, seed=source.seed, width=source.width, height=source.height)
    yield from render_clip(scene, frames=source.frames, fps=float(source.fps))


def _degraded(task: Task) -> str:
    """Make the LR clip from the HR file as anyone can read it; returns the recipe as canonical JSON."""
    source = task.source
    sharp = task.root / hr_file(source)
    clip = source_clip_info(source.lr_id, sharp, source.scale)
    recipe = sample(task.spec or load_preset(PRESET), seed=task.seed, scale=source.scale, clip=clip)
    item = Item(source.lr_id, source.id, 0, sharp, recipe, task.root)
    if not is_done(item):
        generate(item)
    return recipe.to_json()


def _upscaled(task: Task, method: str) -> dict[str, Any]:
    """Make one method's video from the LR file; returns its record."""
    source = task.source
    chosen = get_method(method)
    low = task.root / lr_file(source)
    settings = Settings(scale=source.scale, device="cpu", precision="fp32")
    facts: dict[str, Any] = {
        "method": method,
        "version": chosen.version,
        "lr": video.file_sha256(low),
        "crf": SR_CRF,
        "preset": _CODER,
    }
    # Only where there are any: records of methods without weights stay what they were.
    if weights := weights_hashes(chosen.name, source.scale, settings):
        facts["weights_sha256"] = weights
    path = task.root / sr_file(source, method)
    record = _record_file(task, method)
    if _stands(record, path, facts):
        return dict(read_json(record))
    make_folder(path.parent)
    make_folder(record.parent)
    run = chosen.start(settings)
    with _writer(path, source, SR_CRF) as writer:
        for frame in run(video.read_frames(low, threads=1)):
            writer.write(frame)
    made = _facts(facts, path)
    write_json_atomic(record, made)
    return made


def _row(task: Task, recipe: str, made: dict[str, Any], method: str) -> dict[str, Any]:
    source = task.source
    return {
        "file_name": sr_file(source, method),
        "hr_file_name": hr_file(source),
        "lr_file_name": lr_file(source),
        "video_id": f"{source.lr_id}-{method}",
        "source_id": source.id,
        "source_group": source.group,
        "source_set": source.kind,
        "lr_id": source.lr_id,
        "method": method,
        "scale": source.scale,
        "width": source.width,
        "height": source.height,
        "frames": source.frames,
        "fps": float(source.fps),
        "duration": source.frames / source.fps,
        "sha256": made["sha256"],
        "frames_sha256": made["frames_sha256"],
        "recipe": recipe,
        "split": source.split,
        "mos": None,
        "mos_ci95": None,
        "n_ratings": None,
        "score_origin": "none",
    }


def _writer(path: Path, source: Source, crf: float) -> video.VideoWriter:
    return video.VideoWriter(
        path,
        width=source.width,
        height=source.height,
        fps=Fraction(source.fps),
        format="h264",
        crf=crf,
        preset=_CODER,
    )


def _record_file(task: Task, what: str) -> Path:
    return inside(task.root, f"records/{task.source.lr_id}/{what}.json")


def _stands(record: Path, path: Path, facts: dict[str, Any]) -> bool:
    """Whether ``record`` says the same ``facts`` and the file at ``path`` is the one that it tells of."""
    try:
        known = read_json(record)
        same = known["facts"] == facts and known["record_version"] == RECORD_VERSION
        return bool(same and video.file_sha256(path) == known["sha256"])
    except (DdsrError, KeyError, TypeError):
        return False


def _facts(facts: dict[str, Any], path: Path) -> dict[str, Any]:
    return {
        "record_version": RECORD_VERSION,
        "facts": facts,
        "sha256": video.file_sha256(path),
        "frames_sha256": video.frames_sha256(video.read_frames(path, threads=1)),
        "bytes": path.stat().st_size,
    }


def check_methods(names: Sequence[str]) -> tuple[str, ...]:
    """The names of methods, each of which must exist and make both scales.

    Raises:
        DdsrError: unknown, twice, or of one scale only.
    """
    for name in names:
        method = get_method(name)
        missing = [f"x{scale}" for scale in (2, 4) if scale not in method.scales]
        if missing:
            raise DdsrError(f"method {name!r}: makes no {' and no '.join(missing)}, which the set has; leave it out")
    if len(set(names)) < len(names):
        raise DdsrError(f"--methods: {', '.join(names)} names one twice")
    return tuple(names)
