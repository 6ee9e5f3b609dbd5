"""The recipe from its options to ``best.safetensors`` with where it comes from beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ddsr_bench import video
from ddsr_bench.errors import DdsrError
from ddsr_bench.jobs.records import Progress
from ddsr_bench.provenance import collect, content_hash, write_json_atomic
from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration, load_network, save_network
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape
from ddsr_bench.seeding import derive_seed
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.rehearse import seconds_of_a_step
from ddsr_bench.train.loop.train import BEST, Outcome, Report, train
from ddsr_bench.train.rw_vsr_qa.cache import FragmentCache
from ddsr_bench.train.rw_vsr_qa.config import QaConfig
from ddsr_bench.train.rw_vsr_qa.judge import agreement, video_scores
from ddsr_bench.train.rw_vsr_qa.kernels import with_kernels
from ddsr_bench.train.rw_vsr_qa.ladders import read_ladders
from ddsr_bench.train.rw_vsr_qa.measures import Known
from ddsr_bench.train.rw_vsr_qa.perceptrons import with_perceptrons
from ddsr_bench.train.rw_vsr_qa.samples import OWN_SPLIT, Sample, Samples, held_back, read_samples
from ddsr_bench.train.rw_vsr_qa.shards import hash_of, is_cut, read_shards
from ddsr_bench.train.rw_vsr_qa.task import QaTask
from ddsr_bench.train.settings import load_settings

RECORD, VIDEOS = "train.json", "videos.json"
RECORD_VERSION = 1
_FEWEST = 8  # rated videos that a line is fitted to


@dataclass(frozen=True)
class Options:
    """What the user chose; see ``ddsr-bench train rw-vsr-qa --help``."""

    out: Path
    data: str | None = None
    ladders: Path | None = None
    shards: Path | None = None
    config: str = "default"
    init: Path | None = None
    cache: Path | None = None
    split: str = OWN_SPLIT
    epochs: int | None = None
    precision: str | None = None
    seed: int = 0
    device: str = "auto"
    resume: bool = False
    workers: int = 1


@dataclass(frozen=True)
class Trained:
    """A finished run.

    Attributes:
        outcome: of the loop.
        origin: of the scores it learnt from; ``simulated`` must be said wherever its values are shown.
        values: what the validation says of the best weights.
        calibration: from what they say to MOS; None where too few videos are rated.
    """

    outcome: Outcome
    origin: str
    values: dict[str, float]
    calibration: Calibration | None


def settings_of(options: Options) -> QaConfig:
    """The settings, with the options that overrule them.

    Raises:
        DdsrError: as :func:`~ddsr_bench.train.settings.load_settings`.
    """
    config = load_settings(options.config, "rw_vsr_qa", QaConfig)
    chosen = {"epochs": options.epochs, "precision": options.precision}
    loop = config.loop.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    return config.model_copy(update={"loop": loop})


def samples_of(options: Options, config: QaConfig) -> Samples:
    """Rated videos and ladders together, parted by source group.

    Raises:
        DdsrError: neither is given, or as :func:`read_samples`, :func:`read_ladders` and :func:`held_back`.
    """
    if options.data is None and options.ladders is None and options.shards is None:
        raise DdsrError("nothing to learn from; give --data FOLDER, --ladders FOLDER or both, or --shards FOLDER")
    rated: tuple[Sample, ...] = ()
    if options.data is not None:
        rated = read_samples(options.data, split=options.split, leave_out=config.data.leave_out)
    ladders = read_ladders(options.ladders) if options.ladders is not None else ()
    if options.shards is not None:
        cut = read_shards(options.shards, config.data.leave_out)
        rated, ladders = rated + cut[0], ladders + cut[1]
    if not rated and not config.data.ladder_batch:
        raise DdsrError(f"{options.config}: data.ladder_batch is 0, and no video is rated; raise it, or give --data")
    return held_back(rated, ladders, config.data.validation, options.seed)


def network_of(options: Options, config: QaConfig) -> tuple[RwVsrQa, str]:
    """The network to begin with, and the SHA-256 of the file it is from; random and empty without one.

    Raises:
        DdsrError: weights that cannot be used, or of other sizes than the settings say.
    """
    sizes = {name: size for name, size in config.network.model_dump().items() if size is not None}
    if options.init is not None:
        network, _ = load_network(options.init)
        if replace(network.shape, **sizes) != network.shape:
            raise DdsrError(f"{options.init}: a network of {network.shape}, but --config says {sizes}; change one")
        return quick(network), video.file_sha256(options.init)
    with torch.random.fork_rng([]):
        torch.manual_seed(derive_seed("rw-vsr-qa", options.seed))
        return quick(RwVsrQa(Shape(**sizes))), ""


def quick(network: RwVsrQa) -> RwVsrQa:
    """The network with channels last in memory, in which training is a third quicker on processors."""
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload, no-any-return]


def task_of(options: Options, ranks: Ranks, *, fragments: Progress | None = None, first_batch: bool = False) -> QaTask:
    """Read, cut and put together all that training needs.

    Args:
        options: the user's.
        ranks: each process cuts its share of the videos.
        fragments: told of each video that is cut.
        first_batch: cut no more than the first batch needs, for a dry run.

    Raises:
        DdsrError: settings, data or weights that cannot be used.
    """
    config = settings_of(options)
    samples = samples_of(options, config)
    network, init = network_of(options, config)
    cache = FragmentCache(options.cache)
    everyone = (*samples.train, *samples.validation)
    task = QaTask(network, config, samples, cache, {}, options.seed, init)
    wanted = task.first_batch() if first_batch else list(ranks.share(everyone))
    told = fragments if ranks.first else None
    videos = [one for one in wanted if not is_cut(one)]
    cut = cache.fill(videos, config.data.views, workers=options.workers, progress=told)
    cut |= {one.id: hash_of(one) for one in wanted if is_cut(one)}
    task.hashes = cut if first_batch else ranks.all_of(cut)
    return task


def train_rw_vsr_qa(
    options: Options,
    ranks: Ranks,
    *,
    progress: Callable[[Report], None] | None = None,
    fragments: Progress | None = None,
) -> Trained:
    """Train, and leave in ``options.out`` the best weights, the log, the state and the record.

    Raises:
        DdsrError: as :func:`task_of` and :func:`~ddsr_bench.train.loop.train.train`.
    """
    task = task_of(options, ranks, fragments=fragments)
    outcome = train(
        task,
        task.config.loop,
        options.out,
        seed=options.seed,
        device=options.device,
        resume=options.resume,
        ranks=ranks,
        progress=progress,
    )
    trained = _judged(task, outcome, options.out) if ranks.first else None
    if trained is not None:
        _record(options, task, trained)
    agreed: Trained = ranks.agreed(trained)
    return agreed


def _judged(task: QaTask, outcome: Outcome, out: Path) -> Trained:
    """Judge the best weights once more, fit the line to MOS, and keep that with them."""
    network = quick(load_network(out / BEST)[0])
    config, samples = task.config, task.samples.train
    known: Known = {}  # both members measure the same videos
    if config.kernels.share:
        network = with_kernels(network, samples, task.read, task.middle, config.kernels, config.motion, known)
    if config.perceptrons.share:
        network = with_perceptrons(
            network,
            samples,
            task.read,
            task.middle,
            config.perceptrons,
            config.loss,
            motion=config.motion,
            seed=task.seed,
            known=known,
        )
    samples = task.samples.validation
    scores = video_scores(network, samples, task.read)
    rated = [(score, one.label) for one, score in zip(samples, scores, strict=True) if one.rated]
    calibration = None
    if len(rated) >= _FEWEST:
        x, y = np.array(rated, np.float64).T
        calibration = fitted_line(x, y)
    save_network(network, out / BEST, calibration)
    values = agreement(samples, scores, task.config.loss.gap)
    return Trained(outcome, task.samples.origin, values, calibration)


def fitted_line(x: Any, y: Any) -> Calibration | None:
    """Least squares of ``y`` on ``x``, float64 (n,); None where x does not differ or the line does not rise."""
    away = x - x.mean()
    square = float(away @ away)
    slope = float(away @ (y - y.mean())) / square if square > 0 else 0.0
    return Calibration(slope, float(y.mean()) - slope * float(x.mean())) if slope > 0 else None


def _record(options: Options, task: QaTask, trained: Trained) -> None:
    outcome = trained.outcome
    samples = task.samples
    sides = {"train": samples.train, "validation": samples.validation}
    write_json_atomic(
        options.out / VIDEOS,
        {side: {one.id: task.hashes[one.id] for one in members} for side, members in sides.items()},
    )
    training = {
        "record_version": RECORD_VERSION,
        "settings": {"name": Path(options.config).name, **task.config.model_dump(mode="json")},
        "data": {
            "name": Path(options.data).name if options.data else None,
            "ladders": options.ladders.name if options.ladders else None,
            "shards": options.shards.name if options.shards else None,
            "split": options.split,
            "scores": trained.origin,
            "sha256": task.data_hash(),
            "videos": {side: len(members) for side, members in sides.items()},
            "source_groups": {side: len({one.source_group for one in members}) for side, members in sides.items()},
            "files": VIDEOS,
        },
        "init_sha256": task.init or None,
        "device": options.device,
        "steps": outcome.steps,
        "epochs": outcome.epochs,
        "best_epoch": outcome.best_epoch,
        "stopped_early": outcome.early,
        "validation": {"scores": trained.origin, **_finite(trained.values)},
        "calibration": None if trained.calibration is None else vars(trained.calibration),
        "weights": {"file": BEST, "sha256": video.file_sha256(options.out / BEST)},
        "log": "log.jsonl",
        "facts_sha256": content_hash(task.facts()),
    }
    write_json_atomic(options.out / RECORD, {**collect("train rw-vsr-qa", options.seed), "training": training})


def _finite(values: dict[str, float]) -> dict[str, float | None]:
    return {name: value if np.isfinite(value) else None for name, value in values.items()}


def rehearsed(task: QaTask, options: Options) -> float:
    """Seconds that a step takes, by the second of two on the first batch, on a network that is then worthless."""
    batch = next(task.batches(0, 0, Ranks()))
    return seconds_of_a_step(task, batch, task.config.loop, options.device, options.seed)[0]
