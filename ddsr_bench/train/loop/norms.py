"""Batch norms that see the whole batch of all processes, on any device (torch's own do so on GPUs alone)."""

from __future__ import annotations

from functools import partial
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ddsr_bench.train.loop.ranks import Ranks


def join_norms(module: nn.Module, ranks: Ranks) -> None:
    """Let every batch norm of ``module`` take its statistics in training over all processes; in place.

    Names and evaluation stay as they are. Nothing changes for one process. Not to be copied afterwards: the copy's
    norms would be those of the original.
    """
    if ranks.world > 1:
        for one in module.modules():
            if isinstance(one, nn.modules.batchnorm._BatchNorm):
                one.forward = partial(_forward, one)  # type: ignore[method-assign]


def _forward(norm: Any, x: Tensor) -> Tensor:
    if not norm.training:
        result: Tensor = type(norm).forward(norm, x)
        return result
    wide = x.float()
    axes = [axis for axis in range(x.ndim) if axis != 1]
    shape = [1, -1] + [1] * (x.ndim - 2)
    # Counts are summed too, so that processes may have unequal shares.
    count, sums = _total(torch.cat([wide.new_full((1,), x.numel() / x.shape[1]), wide.sum(axes)])).tensor_split([1])
    mean = sums / count
    away = wide - mean.view(shape)
    variance = _total(away.square().sum(axes)) / count
    _track(norm, mean.detach(), variance.detach() * count / (count - 1))
    away = away * (variance + norm.eps).rsqrt().view(shape)
    scaled: Tensor = away if norm.weight is None else away * norm.weight.view(shape) + norm.bias.view(shape)
    return scaled.to(x.dtype)


@torch.no_grad()
def _track(norm: Any, mean: Tensor, variance: Tensor) -> None:
    if norm.running_mean is not None:
        norm.num_batches_tracked += 1
        share = 1 / float(norm.num_batches_tracked) if norm.momentum is None else norm.momentum
        norm.running_mean.lerp_(mean, share)
        norm.running_var.lerp_(variance, share)


def _total(x: Tensor) -> Tensor:
    total: Tensor = _Total.apply(x)  # type: ignore[no-untyped-call]
    return total


class _Total(torch.autograd.Function):
    """The sum over processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        total = x.clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Tensor:
        total: Tensor = gradients[0].clone()
        dist.all_reduce(total)
        return total
