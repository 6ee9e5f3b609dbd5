"""Training from the first step, or from where a run stopped, to the last."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch

from ddsr_bench.files import make_folder
from ddsr_bench.train.loop.checkpoint import Progressed, load_state, save_state
from ddsr_bench.train.loop.config import NOT_OF_THE_COURSE, LoopConfig
from ddsr_bench.train.loop.journal import Journal
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.schedule import rate_of
from ddsr_bench.train.loop.step import Machine, machine, take_step
from ddsr_bench.train.loop.task import Moment, Task, Validated
from ddsr_bench.vsr.drive.place import Place, chosen_place
from ddsr_bench.vsr.method import Settings

LAST, BEST = "last.pt", "best.safetensors"


@dataclass(frozen=True)
class Report:
    """What the caller is told while training goes on.

    Attributes:
        kind: of event; ``begin`` once the networks stand, ``note`` for a remark in ``text``.
        step, steps: done, and in all.
        epoch: from 1.
        values: losses of a step, or values of a validation.
        best: whether the validation is the best so far.
        text: of a note.
    """

    kind: Literal["begin", "step", "validation", "note", "end"]
    step: int
    steps: int
    epoch: int
    values: Mapping[str, float] = field(default_factory=dict)
    best: bool = False
    text: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        steps: done in all, those before it was resumed included.
        epochs: begun.
        best: best watched value, and its epoch from 1; None and 0 where every validation gave NaN.
        early: whether it stopped for want of a better validation.
        resumed_at: step from which it went on; 0 for a run from the start.
    """

    steps: int
    epochs: int
    best: float | None
    best_epoch: int
    early: bool
    resumed_at: int


def place_of(device: str, config: LoopConfig, ranks: Ranks) -> Place:
    """Where to train: one GPU for each process of torchrun; ``auto`` precision is fp32 on processors.

    Raises:
        DdsrError: a device that is not here, or a precision that it has not.
    """
    if ranks.world > 1 and device in ("auto", "cuda"):
        device = f"cuda:{ranks.local}" if torch.cuda.device_count() > ranks.local else "cpu"
    place = chosen_place(Settings(device=device, precision=config.precision))
    plain = config.precision == "auto" and place.device.type == "cpu"
    return Place(place.device, "fp32") if plain else place


def train(
    task: Task,
    config: LoopConfig,
    out: Path,
    *,
    seed: int = 0,
    device: str = "auto",
    resume: bool = False,
    ranks: Ranks | None = None,
    progress: Callable[[Report], None] | None = None,
) -> Outcome:
    """Train a task's networks; ``out`` then holds ``last.pt``, ``best.safetensors`` and ``log.jsonl``.

    Equal seed, task and device give equal weights, whether the run was cut off and resumed or not; on processors to
    the bit, with an equal number of threads.

    Args:
        task: what to train.
        config: how.
        out: folder for the files, which the first process writes.
        seed: decides every draw.
        device: as ``upscale --device``.
        resume: go on from ``last.pt`` where there is one.
        ranks: the processes that train together.
        progress: called after every event, on the first process.

    Raises:
        DdsrError: a loss that is no number, a checkpoint that does not fit, a disk that is full.
    """
    ranks = ranks or Ranks()
    tell = progress if progress is not None and ranks.first else _silent
    place = place_of(device, config, ranks)
    gpus = [place.device] if place.device.type == "cuda" else []
    with torch.random.fork_rng(gpus):
        run = _Run(task, config, out, seed, ranks, tell, place)
        return run.go(resume=resume)


def _silent(report: Report) -> None:
    return None


class _Run:
    """A run's state and the order of its events."""

    def __init__(
        self,
        task: Task,
        config: LoopConfig,
        out: Path,
        seed: int,
        ranks: Ranks,
        tell: Callable[[Report], None],
        place: Place,
    ) -> None:
        self.task, self.config, self.out, self.seed, self.ranks, self.tell = task, config, out, seed, ranks, tell
        self.held: Machine = machine(task, config, place, ranks)
        self.at = Progressed()
        self.steps = task.steps * config.epochs
        kept = config.model_dump(mode="json", exclude=set(NOT_OF_THE_COURSE))
        self.facts: dict[str, Any] = {"task": dict(task.facts()), "loop": kept, "seed": seed}
        self.journal = Journal(None)

    def go(self, *, resume: bool) -> Outcome:
        """Do all that is left to do."""
        if self.ranks.first:
            make_folder(self.out)
        if resume and self.ranks.agreed((self.out / LAST).exists()):
            self.at = load_state(self.out / LAST, self.held, self.facts)
        began = self.at.step
        self.journal = Journal(self.out if self.ranks.first else None, began)
        self._report("begin")
        if self.journal.note:
            self._report("note", text=self.journal.note)
        try:
            while self.at.epoch < self.config.epochs and not self.at.stopped:
                self._epoch()
        finally:
            self.journal.close()
        self._report("end")
        at = self.at
        early = at.stopped and at.epoch < self.config.epochs
        return Outcome(at.step, at.epoch, at.best, at.best_epoch, early, began)

    def _epoch(self) -> None:
        batches = self.task.batches(self.at.epoch, self.at.index, self.ranks)
        while self.at.index < self.task.steps:
            self._step(batches)
            every = self.config.checkpoint_every
            # The last step of an epoch is saved with its validation, so that a resumed run never skips that.
            if every and self.at.step % every == 0 and self.at.index < self.task.steps:
                self._save()
        epoch = self.at.epoch + 1
        if epoch % self.config.validate_every == 0 or epoch == self.config.epochs:
            self._validate()
        self.at.epoch, self.at.index = epoch, 0
        self._save()

    def _step(self, batches: Any) -> None:
        began = time.perf_counter()
        try:
            batch = next(batches)
        except StopIteration:
            raise RuntimeError(f"{type(self.task).__name__}: fewer batches than its {self.task.steps} steps") from None
        got = time.perf_counter()
        moment = Moment(self.seed, self.at.epoch, self.at.index, self.at.step, self.steps)
        values = take_step(self.task, self.held, batch, moment, self.ranks)
        waited = (got - began) / max(1e-9, time.perf_counter() - began)
        self.at.index, self.at.step = self.at.index + 1, self.at.step + 1
        if self.at.step % self.config.log_every == 0:
            rate = self.config.learning_rate * rate_of(moment.step, self.steps, self.config)
            self.journal.step(self.at.step, self.at.epoch + 1, rate, values, waited)
        self._report("step", values)

    @torch.no_grad()
    def _validate(self) -> None:
        averaged = self.held.average.modules
        with self.held.place.autocast():
            found: Validated = self.task.validate(averaged, self.ranks)
        found = self.ranks.agreed(found)
        value = found.values[self.task.watch]
        better = math.isfinite(value) and (self.at.best is None or value > self.at.best + self.config.better_by)
        if better:
            self.at.best, self.at.best_epoch, self.at.stale = float(value), self.at.epoch + 1, 0
        else:
            self.at.stale += 1
        # Where no validation gave a number, the weights of the end are what there is.
        only = self.at.best is None and self.at.epoch + 1 == self.config.epochs
        if self.ranks.first and (better or only):
            self.task.export(averaged, self.out / BEST)
        self.at.stopped = bool(self.config.patience) and self.at.stale >= self.config.patience
        self.journal.validation(self.at.step, self.at.epoch + 1, found, best=better)
        self._report("validation", found.values, best=better)

    def _save(self) -> None:
        if self.ranks.first:
            save_state(self.out / LAST, self.held, self.at, self.facts)

    def _report(
        self,
        kind: Literal["begin", "step", "validation", "note", "end"],
        values: Mapping[str, float] | None = None,
        *,
        best: bool = False,
        text: str = "",
    ) -> None:
        epoch = min(self.at.epoch + 1, self.config.epochs)
        self.tell(Report(kind, self.at.step, self.steps, epoch, values or {}, best, text))
