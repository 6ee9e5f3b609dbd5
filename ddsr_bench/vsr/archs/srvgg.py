"""SRVGGNetCompact, the small network of Real-ESRGAN (X. Wang et al., ICCV workshops 2021, arXiv:2107.10833; its general
x4v3 and animation models), under BasicSR's parameter names.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.official import fixed


class SRVGG(nn.Module):
    """A chain of convolutions with PReLU at LR size, a pixel shuffle, and the repeated input added.

    Args:
        features: channels.
        convs: convolutions between the first and the last.
        scale: of the pixel shuffle.
    """

    def __init__(self, features: int = 64, convs: int = 32, scale: int = 4) -> None:
        super().__init__()
        self._scale = scale
        layers: list[nn.Module] = []
        for place in range(convs + 1):
            layers += [nn.Conv2d(features if place else 3, features, 3, 1, 1), nn.PReLU(features)]
        self.body = nn.Sequential(*layers, nn.Conv2d(features, 3 * scale**2, 3, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, H, W) -> (N, 3, scale H, scale W)."""
        base = functional.interpolate(x, scale_factor=self._scale, mode="nearest")
        return functional.pixel_shuffle(self.body(x), self._scale) + base


def official_srvgg(**given: Any) -> SRVGG:
    """BasicSR's ``SRVGGNetCompact``."""
    fixed("SRVGGNetCompact", given, num_in_ch=3, num_out_ch=3, act_type="prelu")
    return SRVGG(given.get("num_feat", 64), given.get("num_conv", 16), given.get("upscale", 4))
