"""Many processes as one: torchrun starts them, each computes its share, and all take the same step.

Gradients are averaged in one piece after the backward pass. Networks are not wrapped, so a part may be called in any
way a loss likes; what is lost is the overlap of sending with computing, which counts for large networks only.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ddsr_bench.errors import DdsrError

# Until others are given up: one may be cutting or judging a long video meanwhile.
_PATIENCE = timedelta(hours=2)


@dataclass(frozen=True)
class Ranks:
    """This process among its equals.

    Attributes:
        rank: its number, from 0; number 0 writes the files.
        world: how many there are.
        local: its number on this machine, which is that of its GPU.
    """

    rank: int = 0
    world: int = 1
    local: int = 0

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes."""
        return self.rank == 0

    def share(self, items: Sequence[Any]) -> Sequence[Any]:
        """This process's part of a list: consecutive, lengths differing by one at most."""
        return items[len(items) * self.rank // self.world : len(items) * (self.rank + 1) // self.world]

    def gather(self, x: Tensor) -> Tensor:
        """The rows of all processes, (N, ...) of (n, ...), in order of rank; gradients go to each one's own.

        The loss on the result must be the same on all processes. The gradient of a process's rows is multiplied by
        the number of processes, as the average over them later divides by it.
        """
        if self.world == 1:
            return x
        gathered: Tensor = _Gather.apply(x, self)  # type: ignore[no-untyped-call]
        return gathered

    @torch.no_grad()
    def average(self, tensors: Sequence[Tensor]) -> None:
        """Put the mean over processes in place of each tensor."""
        if self.world == 1 or not tensors:
            return
        flat = torch.cat([one.reshape(-1).float() for one in tensors])
        dist.all_reduce(flat)
        flat /= self.world
        for one, mean in zip(tensors, torch.split(flat, [one.numel() for one in tensors]), strict=True):
            one.copy_(mean.view_as(one))

    @torch.no_grad()
    def unite(self, modules: Iterable[nn.Module]) -> None:
        """Give all processes the parameters and buffers of the first."""
        if self.world > 1:
            for module in modules:
                for tensor in (*module.parameters(), *module.buffers()):
                    dist.broadcast(tensor, 0)

    def all_of(self, entries: Mapping[str, Any]) -> dict[str, Any]:
        """The dictionaries of all processes in one; their values are picklable."""
        if self.world == 1:
            return dict(entries)
        found: list[Any] = [None] * self.world
        dist.all_gather_object(found, dict(entries))
        return {key: value for one in found for key, value in one.items()}

    def agreed(self, value: Any) -> Any:
        """What the first process holds, a picklable value."""
        if self.world == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box, 0)
        return box[0]


class _Gather(torch.autograd.Function):
    """All rows of all processes; processes may have different numbers of them."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        counts = [torch.zeros(1, dtype=torch.int64, device=x.device) for _ in range(ranks.world)]
        dist.all_gather(counts, torch.tensor([len(x)], device=x.device))
        sizes = [int(one) for one in counts]
        padded = x.new_zeros((max(sizes), *x.shape[1:]))
        padded[: len(x)] = x
        found = [torch.empty_like(padded) for _ in sizes]
        dist.all_gather(found, padded)
        ctx.world, ctx.start, ctx.count = ranks.world, sum(sizes[: ranks.rank]), len(x)
        return torch.cat([one[:size] for one, size in zip(found, sizes, strict=True)])

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> tuple[Tensor, None]:
        own: Tensor = gradients[0][ctx.start : ctx.start + ctx.count]
        return own * ctx.world, None


@contextmanager
def joined() -> Iterator[Ranks]:
    """Join the processes that torchrun started, by NCCL where each has a GPU, else by gloo; alone without torchrun.

    Raises:
        DdsrError: torchrun's variables are there in part, or the others are not to be reached.
    """
    world = os.environ.get("WORLD_SIZE", "1")
    if world == "1":
        yield Ranks()
        return
    try:
        ranks = Ranks(int(os.environ["RANK"]), int(world), int(os.environ.get("LOCAL_RANK", "0")))
        gpus = torch.cuda.is_available() and torch.cuda.device_count() > ranks.local
        if gpus:
            torch.cuda.set_device(ranks.local)
        kind = "nccl" if gpus else "gloo"
        dist.init_process_group(kind, rank=ranks.rank, world_size=ranks.world, timeout=_PATIENCE)
    except (KeyError, ValueError, RuntimeError) as error:
        raise DdsrError(f"WORLD_SIZE={world}: cannot join the processes ({error}); start them with torchrun") from error
    try:
        yield ranks
    finally:
        dist.destroy_process_group()
