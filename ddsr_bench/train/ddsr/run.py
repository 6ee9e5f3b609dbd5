"""The recipe from its options to ``best.safetensors`` with where it comes from beside it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ddsr_bench import video
from ddsr_bench.degrade.spec import Spec, load_preset, load_spec
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder
from ddsr_bench.provenance import collect, content_hash, write_json_atomic
from ddsr_bench.seeding import derive_seed
from ddsr_bench.train.ddsr.config import DdsrConfig
from ddsr_bench.train.ddsr.discriminator import Discriminator
from ddsr_bench.train.ddsr.footage import Sides, find_footage, parted
from ddsr_bench.train.ddsr.objectives import Objectives
from ddsr_bench.train.ddsr.start import network_of
from ddsr_bench.train.ddsr.stock import Stock
from ddsr_bench.train.ddsr.stream import Samples, Stream
from ddsr_bench.train.ddsr.task import DdsrTask
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.rehearse import seconds_of_a_step
from ddsr_bench.train.loop.train import BEST, Outcome, Report, place_of, train
from ddsr_bench.train.settings import load_settings

RECORD = "train.json"
RECORD_VERSION = 1


@dataclass(frozen=True)
class Options:
    """What the user chose; see ``ddsr-bench train ddsr --help``."""

    data: str
    out: Path
    config: str = "ddsr-lite-x4"
    preset: str | None = None
    init: Path | None = None
    transfer: Path | None = None
    cache: Path | None = None
    epochs: int | None = None
    seed: int = 0
    device: str = "auto"
    precision: str | None = None
    resume: bool = False
    workers: int = 1

    @property
    def stock_folder(self) -> Path:
        """Where decoded and degraded clips are kept."""
        return self.cache or self.out / "clips"


@dataclass(frozen=True)
class Trained:
    """A finished run.

    Attributes:
        outcome: of the loop.
        values: what the validation said of the best weights.
    """

    outcome: Outcome
    values: dict[str, float]


def settings_of(options: Options) -> DdsrConfig:
    """The settings, with the options that overrule them.

    Raises:
        DdsrError: as :func:`~ddsr_bench.train.settings.load_settings`.
    """
    config = load_settings(options.config, "ddsr", DdsrConfig)
    if options.preset is not None:
        config = config.model_copy(update={"data": config.data.model_copy(update={"preset": options.preset})})
    chosen = {"epochs": options.epochs, "precision": options.precision}
    loop = config.loop.model_copy(update={name: value for name, value in chosen.items() if value is not None})
    return config.model_copy(update={"loop": loop})


def sides_of(options: Options, config: DdsrConfig) -> Sides:
    """The clips, parted by source group.

    Raises:
        DdsrError: no clips, or clips that cannot be used.
    """
    data = config.data
    clips = find_footage(options.data, side=data.scale * data.crop, frames=data.frames)
    return parted(clips, data.validation, options.seed)


def task_of(options: Options) -> DdsrTask:
    """Read and put together all that training needs.

    Raises:
        DdsrError: settings, data or weights that cannot be used.
    """
    config = settings_of(options)
    sides = sides_of(options, config)
    with torch.random.fork_rng([]):
        torch.manual_seed(derive_seed("ddsr", options.seed))
        network, init = network_of(config, options.init, options.transfer)
        # A fifth faster on processors; of this, the types of torch know nothing.
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        critic = Discriminator(config.critic_width) if config.loss.adversarial else None
    stock = Stock(
        options.stock_folder, _spec(config.data.preset), config.data.scale, options.seed, config.network.aligned
    )
    samples = Samples(stock, sides.train, config.data.cut, options.seed)
    stream = Stream(samples, config.data.batch, options.workers)
    if not stream.steps:
        raise DdsrError(
            f"{options.data}: {len(sides.train)} clips to train on give no batch of {config.data.batch}; "
            "raise data.samples, or lower data.batch"
        )
    objectives = Objectives(config.loss, config.data.scale, critic)
    return DdsrTask(network, config, sides, stream, objectives, critic, init)


def _spec(preset: str) -> Spec:
    return load_spec(preset) if preset.endswith(".toml") else load_preset(preset)


def train_ddsr(
    options: Options,
    ranks: Ranks,
    *,
    progress: Callable[[Report], None] | None = None,
    task: DdsrTask | None = None,
) -> Trained:
    """Train, and leave in ``options.out`` the best weights, the log, the state and the record.

    Args:
        options: the user's.
        ranks: the processes that train together.
        progress: told of every event.
        task: of these options, where it is there already; else it is made.

    Raises:
        DdsrError: as :func:`task_of` and :func:`~ddsr_bench.train.loop.train.train`.
    """
    task = task or task_of(options)
    make_folder(options.stock_folder)
    task.begin(place_of(options.device, task.config.loop, ranks).device, ranks)
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
    if ranks.first:
        write_json_atomic(options.out / RECORD, _record(options, task, outcome))
    return Trained(outcome, dict(task.best))


def _record(options: Options, task: DdsrTask, outcome: Outcome) -> dict[str, object]:
    sides = {"train": task.sides.train, "validation": task.sides.validation}
    training = {
        "record_version": RECORD_VERSION,
        "settings": {"name": Path(options.config).name, **task.config.model_dump(mode="json")},
        "data": {
            "name": Path(options.data).name,
            "clips": {side: {clip.id: clip.sha256 for clip in members} for side, members in sides.items()},
            "spec_sha256": task.stream.samples.stock.spec.sha256,
        },
        "init_sha256": task.init if options.init else None,
        "transfer_sha256": task.init if options.transfer else None,
        "parameters": sum(one.numel() for one in task.network.parameters()),
        "device": options.device,
        "steps": outcome.steps,
        "epochs": outcome.epochs,
        "best_epoch": outcome.best_epoch,
        "stopped_early": outcome.early,
        "watched": {"name": task.config.watch, "best": outcome.best},
        "weights": {"file": BEST, "sha256": video.file_sha256(options.out / BEST)},
        "log": "log.jsonl",
        "facts_sha256": content_hash(task.facts()),
    }
    return {**collect("train ddsr", options.seed), "training": training}


def rehearsed(task: DdsrTask, options: Options) -> tuple[float, str]:
    """What a step takes, by the second of two on random frames, on a network that is then worthless.

    Returns:
        Seconds, and peak memory as text: of the GPU, or of this process.
    """
    data = task.config.data
    rng = np.random.default_rng(0)
    channels = task.stream.samples.stock.channels
    batch = {
        name: torch.from_numpy(rng.integers(0, 256, (data.batch, data.frames, planes, side, side), np.uint8))
        for name, planes, side in (("lr", channels, data.crop), ("hr", 3, data.crop * data.scale))
    }
    seconds, device = seconds_of_a_step(task, batch, task.config.loop, options.device, options.seed)
    return seconds, _peak(device)


def _peak(device: torch.device) -> str:
    if device.type == "cuda":
        return f"{torch.cuda.max_memory_allocated(device) / 2**30:.2f} GiB of the GPU"
    import resource

    # Linux counts in KiB, macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    return f"{peak / 2**30:.2f} GiB of this process"
