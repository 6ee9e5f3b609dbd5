"""The perceptrons of RW-VSR-QA: trained by the network's losses on statistics of the training videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa
from ddsr_bench.quality.rw_vsr_qa.network_regressions import Perceptrons
from ddsr_bench.seeding import derive_seed
from ddsr_bench.train.losses.within_input import within_input
from ddsr_bench.train.rw_vsr_qa.batches import Endless, epoch_batches
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.config import LossConfig, PerceptronConfig
from ddsr_bench.train.rw_vsr_qa.measures import Floats, Known, measures, standard, with_regression
from ddsr_bench.train.rw_vsr_qa.samples import Sample


def with_perceptrons(
    network: RwVsrQa,
    samples: Sequence[Sample],
    read: Callable[[Sample], Fragments],
    middle: float,
    config: PerceptronConfig,
    losses: LossConfig,
    *,
    motion: float = 0.0,
    seed: int = 0,
    known: Known | None = None,
) -> RwVsrQa:
    """A copy of a network with perceptrons trained on rated videos and on ladders.

    Args:
        network: on the processor.
        samples: of training.
        read: gives fragments.
        middle: taken off the labels, as it was for the network.
        config: how to train.
        losses: the network's.
        motion: how much it counts beside one statistic; 0 leaves it out.
        seed: of first weights, batches and what is left out of them.
        known: what is measured already, and is added to.

    Returns:
        in evaluation mode.

    Raises:
        DdsrError: as :func:`~ddsr_bench.train.rw_vsr_qa.measures.measures`.
    """
    used = [one for one in samples if one.rated or (losses.ladder and config.ladder_batch)]
    x = measures(used, read, motion=motion > 0, known=known)
    fitted = trained_perceptrons(x, used, middle, config, losses, motion=motion, seed=seed)
    sizes = {"perceptrons": config.count, "hidden": config.hidden}
    return with_regression(network, "perceptrons", fitted, motion=motion > 0, **sizes)


def trained_perceptrons(
    x: Floats,
    samples: Sequence[Sample],
    middle: float,
    config: PerceptronConfig,
    losses: LossConfig,
    *,
    motion: float,
    seed: int,
) -> Perceptrons:
    """Perceptrons on standardised ``x`` (n, columns), a row a sample; other arguments as :func:`with_perceptrons`."""
    from ddsr_bench.train.rw_vsr_qa.task import rated_losses

    if config.within_input is not None:
        losses = losses.model_copy(update={"within_input": config.within_input})
    rated = np.array([one.rated for one in samples])
    mean, scale = standard(x[rated], motion)
    members = Perceptrons(config.count, x.shape[1], config.hidden)
    for name, value in (("mean", mean), ("scale", scale), ("share", config.share)):
        members.get_buffer(name).copy_(torch.as_tensor(value))
    given = members.standardised(torch.as_tensor(x, dtype=torch.float32))
    labels = torch.tensor([one.label - middle * one.rated for one in samples], dtype=torch.float32)
    names = {name: k for k, name in enumerate(sorted({one.group for one in samples}))}
    groups = torch.tensor([names[one.group] for one in samples])
    batches = Batches(samples, config, seed)

    with torch.random.fork_rng([]), torch.enable_grad():
        torch.manual_seed(derive_seed("perceptrons", seed))
        moving = _first_weights(members)
        optimiser = torch.optim.AdamW(moving, config.learning_rate, weight_decay=config.weight_decay)
        cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, config.learning_rate, total_steps=1 + config.epochs * batches.steps
        )
        for step in range(config.epochs * batches.steps):
            rows, steps = batches.rows(step)
            said = members.each(given[rows + steps], config.dropout, config.noise)
            loss = torch.zeros(())
            for one in said:
                first = one[: len(rows)]
                found = rated_losses(first, labels[rows], groups[rows], losses)
                loss = loss + torch.stack([getattr(losses, name) * value for name, value in found.items()]).sum()
                if steps:
                    order = within_input(one[len(rows) :], labels[steps], groups[steps], losses.margin)
                    loss = loss + losses.ladder * order
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            cycle.step()
    # They are buffers, so the module's own switch does not reach them.
    for tensor in moving:
        tensor.requires_grad_(False)
    return members


class Batches:
    """Rows of rated videos and of ladders for each step; none of ladders where there are none."""

    def __init__(self, samples: Sequence[Sample], config: PerceptronConfig, seed: int) -> None:
        self._rated = [k for k, one in enumerate(samples) if one.rated]
        self._ladders = [k for k, one in enumerate(samples) if not one.rated]
        self._groups = [samples[k].group for k in self._rated]
        self._sizes, self._seed = (config.batch, config.per_input), seed
        beside = [samples[k].group for k in self._ladders]
        self._beside = Endless(beside, config.ladder_batch, config.per_ladder, seed) if beside else None
        self._epoch, self._batches = 0, self._of_epoch(0)
        self.steps = len(self._batches)

    def rows(self, step: int) -> tuple[list[int], list[int]]:
        """Those of step number ``step``."""
        epoch, place = divmod(step, self.steps)
        if epoch != self._epoch:
            self._epoch, self._batches = epoch, self._of_epoch(epoch)
        beside = self._beside.rows(step) if self._beside is not None else []
        return [self._rated[k] for k in self._batches[place]], [self._ladders[k] for k in beside]

    def _of_epoch(self, epoch: int) -> list[list[int]]:
        return epoch_batches(self._groups, *self._sizes, "perceptrons", self._seed, epoch)


def _first_weights(members: Perceptrons) -> list[Tensor]:
    """Draw them, uniform within one over the root of a layer's inputs; returns all that is trained."""
    moving = []
    for layer in (1, 2, 3):
        reach = members.get_buffer(f"weight{layer}").shape[1] ** -0.5
        for kind in ("weight", "bias"):
            moving.append(members.get_buffer(f"{kind}{layer}").uniform_(-reach, reach).requires_grad_())
    return moving
