"""What a recipe gives the loop: its networks, its batches, its losses, its validation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, nn

from ddsr_bench.train.loop.ranks import Ranks


@dataclass(frozen=True)
class Part:
    """A network with an optimiser of its own: the one of a quality model; generator or discriminator.

    Attributes:
        module: the network; what does not require gradients stays as it is.
        rate: its learning rate, as a multiple of the configured one.
        slow: for names that begin with a key, a further multiple, such as ``{"backbone.": 0.1}``.
    """

    module: nn.Module
    rate: float = 1.0
    slow: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """Where training is. Draws are addressed by it, so a step is the same wherever training was begun again.

    Attributes:
        seed: of the run.
        epoch: from 0.
        index: of the batch in its epoch, from 0.
        step: of the run, from 0.
        steps: how many the run has in all.
    """

    seed: int
    epoch: int
    index: int
    step: int
    steps: int


@dataclass(frozen=True)
class Validated:
    """What validation found.

    Attributes:
        values: by name; one of them is the task's ``watch``.
        pictures: uint8 (H, W, 3) by name, for TensorBoard.
    """

    values: Mapping[str, float]
    pictures: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)


class Task(Protocol):
    """A recipe. The loop owns devices, precision, optimisers, averages, checkpoints and the log."""

    @property
    def watch(self) -> str:
        """Name of the validation value by which the best weights are known; higher is better."""
        ...

    @property
    def weights(self) -> Mapping[str, float]:
        """Weight of each loss in the sum that is minimised; 1 for names that are not in it."""
        ...

    @property
    def steps(self) -> int:
        """Batches in an epoch."""
        ...

    def parts(self) -> Mapping[str, Part]:
        """The networks, in the order in which each step trains them; the same objects at every call."""
        ...

    def facts(self) -> Mapping[str, Any]:
        """JSON values that the course of training depends on; a run goes on with equal ones only."""
        ...

    def batches(self, epoch: int, first: int, ranks: Ranks) -> Iterator[Any]:
        """This process's shares of batches ``first`` and on: tensors, or lists, tuples, dictionaries of them."""
        ...

    def losses(self, part: str, batch: Any, moment: Moment, ranks: Ranks) -> Mapping[str, Tensor]:
        """Scalars by name, for one part.

        Gradients are averaged over processes. So the mean over a process's own samples is right as it is, and a loss
        on the whole batch is computed, alike on all of them, from ``ranks.gather`` of the predictions.
        """
        ...

    def validate(self, modules: Mapping[str, nn.Module], ranks: Ranks) -> Validated:
        """Judge networks (averaged ones where averages are kept), which are in evaluation mode, without gradients."""
        ...

    def export(self, modules: Mapping[str, nn.Module], path: Path) -> None:
        """Write networks to ``path`` in the form in which people use them, whole or not at all."""
        ...
