"""Convolutions with their activation, and residual blocks, under the names that published checkpoints use."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn
from torch.nn import functional


def lrelu(x: Tensor, slope: float = 0.1) -> Tensor:
    """LeakyReLU, written over ``x``; for fresh results of a convolution, whose gradient needs no copy of it."""
    return functional.leaky_relu(x, slope, inplace=True)


def relu(x: Tensor) -> Tensor:
    """ReLU, written over ``x``, as ``lrelu``."""
    return functional.relu(x, inplace=True)


def identity(x: Tensor) -> Tensor:
    """No activation."""
    return x


class ConvLayer(nn.Module):
    """``conv``, then ``bn`` if asked for, then an activation.

    Args:
        inputs, outputs: channels.
        kernel: odd side of the kernel; padded by zeros to keep the size.
        stride: of the convolution.
        act: the activation.
        norm: BatchNorm behind the convolution, which then has no bias.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int = 3,
        stride: int = 1,
        act: Callable[[Tensor], Tensor] = relu,
        norm: bool = False,
    ) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=not norm)
        self.bn = nn.BatchNorm2d(outputs) if norm else None
        self.act = act

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, H', W')."""
        x = self.conv(x)
        return self.act(x if self.bn is None else self.bn(x))


class ResidualBlock(nn.Module):
    """x + conv2(ReLU(conv1(x))), 3x3."""

    def __init__(self, channels: int = 64) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, 1, 1)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        out: Tensor = self.conv2(relu(self.conv1(x))) + x
        return out


class ResidualTrunk(nn.Module):
    """``main``: a convolution to ``channels`` with LeakyReLU 0.1, then residual blocks."""

    def __init__(self, inputs: int, channels: int = 64, blocks: int = 30) -> None:
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv2d(inputs, channels, 3, 1, 1), nn.LeakyReLU(0.1, inplace=True), residual_blocks(channels, blocks)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, channels, H, W)."""
        out: Tensor = self.main(x)
        return out


def residual_blocks(channels: int, count: int) -> nn.Sequential:
    """``count`` residual blocks, named by their number."""
    return nn.Sequential(*(ResidualBlock(channels) for _ in range(count)))
