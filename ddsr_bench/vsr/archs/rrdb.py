"""RRDBNet, the generator of Real-ESRGAN and BSRGAN: X. Wang et al., "ESRGAN", ECCV workshops 2018
(arXiv:1809.00219), under the parameter names of BasicSR and, for BSRGAN, of KAIR.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import lrelu
from ddsr_bench.vsr.official import fixed

_SLOPE, _RESIDUAL = 0.2, 0.2
# Names of layers: blocks, their dense blocks, convolution behind them, two of the enlargement, the one before last.
_BASICSR = ("body", "rdb", "conv_body", "conv_up1", "conv_up2", "conv_hr")
_KAIR = ("RRDB_trunk", "RDB", "trunk_conv", "upconv1", "upconv2", "HRconv")


class DenseBlock(nn.Module):
    """Five convolutions, each of which sees all before it; the last one's result is added by a fifth."""

    def __init__(self, features: int, growth: int) -> None:
        super().__init__()
        for place in range(5):
            outputs = growth if place < 4 else features
            self.add_module(f"conv{place + 1}", nn.Conv2d(features + place * growth, outputs, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """(N, features, H, W) -> the same shape."""
        seen = [x]
        for place in range(4):
            conv: nn.Conv2d = getattr(self, f"conv{place + 1}")
            seen.append(lrelu(conv(torch.cat(seen, 1)), _SLOPE))
        last: nn.Conv2d = self.conv5  # type: ignore[assignment]
        return torch.add(x, last(torch.cat(seen, 1)), alpha=_RESIDUAL)


class ResidualDense(nn.Module):
    """Three dense blocks, added by a fifth."""

    def __init__(self, features: int, growth: int, name: str) -> None:
        super().__init__()
        for place in range(3):
            self.add_module(f"{name}{place + 1}", DenseBlock(features, growth))

    def forward(self, x: Tensor) -> Tensor:
        """(N, features, H, W) -> the same shape."""
        out = x
        for block in self.children():
            out = block(out)
        return torch.add(x, out, alpha=_RESIDUAL)


class RRDBNet(nn.Module):
    """Features, blocks, two doublings by repetition, three convolutions.

    Args:
        features: channels.
        blocks: how many.
        growth: channels that each dense convolution adds.
        names: see the constants above.
    """

    def __init__(
        self, features: int = 64, blocks: int = 23, growth: int = 32, names: tuple[str, ...] = _BASICSR
    ) -> None:
        super().__init__()
        self._names = names
        self.conv_first = nn.Conv2d(3, features, 3, 1, 1)
        self.add_module(names[0], nn.Sequential(*(ResidualDense(features, growth, names[1]) for _ in range(blocks))))
        for name in names[2:]:
            self.add_module(name, nn.Conv2d(features, features, 3, 1, 1))
        self.conv_last = nn.Conv2d(features, 3, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, H, W) -> (N, 3, 4H, 4W)."""
        trunk, behind, up1, up2, high = (getattr(self, self._names[place]) for place in (0, 2, 3, 4, 5))
        first = self.conv_first(x)
        out = first + behind(trunk(first))
        for conv in (up1, up2):
            out = lrelu(conv(functional.interpolate(out, scale_factor=2, mode="nearest")), _SLOPE)
        return self.conv_last(lrelu(high(out), _SLOPE))


def official_rrdb(**given: Any) -> RRDBNet:
    """BasicSR's ``RRDBNet`` for x4."""
    fixed("RRDBNet", given, num_in_ch=3, num_out_ch=3, scale=4)
    return RRDBNet(given.get("num_feat", 64), given.get("num_block", 23), given.get("num_grow_ch", 32))


def official_bsrgan(**given: Any) -> RRDBNet:
    """KAIR's ``RRDBNet`` for x4."""
    fixed("RRDBNet", given, in_nc=3, out_nc=3, sf=4)
    return RRDBNet(given.get("nf", 64), given.get("nb", 23), given.get("gc", 32), _KAIR)


def bsrgan() -> RRDBNet:
    """BSRGAN's network under KAIR's names."""
    return RRDBNet(names=_KAIR)
