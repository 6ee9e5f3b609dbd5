"""VESPCN: J. Caballero et al., "Real-time video super-resolution with spatio-temporal networks and motion
compensation", CVPR 2017 (arXiv:1611.05250), as EGVSR's repository published it (x4), under its parameter names.

That repository shows the network the *next* frame twice and the previous one never, does not pad the convolutions that
change the number of channels, and reads warped frames a little off; the weights were trained so, and it is kept.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import relu
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.strips import in_strips

_SCALE, _FEATURES, _GAIN = 4, 64, 32.0
#: Output pixels that the unpadded convolutions cost on each side, and LR pixels that are mirrored out for them.
LOST, MARGIN = 9, 3


class ReluBlock(nn.Module):
    """x + conv(relu(conv(relu(x))))."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(_FEATURES, _FEATURES, 3, 1, 1) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return x + self.conv2(relu(self.conv1(functional.relu(x))))


class Enlargement(nn.Module):
    """Three frames, the middle one last, to a picture without its outermost pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.entry, self.exit = nn.Conv2d(9, _FEATURES, 3), nn.Conv2d(_FEATURES, 3, 3, 1, 1)
        self.body = nn.Sequential(*(ReluBlock() for _ in range(3)), nn.ReLU(inplace=True))
        self.conv = nn.Conv2d(_FEATURES, _FEATURES * _SCALE**2, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 9, H, W) -> (N, 3, 4 (H - 4) - 2, 4 (W - 4) - 2)."""
        x = self.entry(x)
        x = in_strips(self._tail, self.body(x) + x, scale=_SCALE, context=2, channels=_FEATURES)
        # The tail is padded so that it can be made in strips; what the zeros have touched is cut off again.
        cut = slice(_SCALE + 1, -_SCALE - 1)
        return x[..., cut, cut]

    def _tail(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, 3, 4H, 4W)."""
        return self.exit(functional.pixel_shuffle(self.conv(x), _SCALE))


class CoarseFineFlow(nn.Module):
    """A flow at a quarter of the size, refined at half of it."""

    def __init__(self) -> None:
        super().__init__()
        self.coarse_flow = _flow_layers(6, (5, 3, 5, 3), (2, 1, 2, 1), 32)
        self.fine_flow = _flow_layers(11, (5, 3, 3, 3), (2, 1, 1, 1), 8)

    def forward(self, target: Tensor, other: Tensor) -> Tensor:
        """Both (N, 3, H, W), sides multiples of 4 -> (N, 2, H, W), what fetches ``other`` onto ``target``."""
        coarse = functional.pixel_shuffle(self.coarse_flow(torch.cat((other, target), 1)), 4)
        near = fetched(other, coarse)
        fine = self.fine_flow(torch.cat((other, target, coarse, near), 1))
        return _GAIN * (functional.pixel_shuffle(fine, 2) + coarse)


class VESPCN(nn.Module):
    """Three frames for one."""

    def __init__(self) -> None:
        super().__init__()
        self.sr, self.mc = Enlargement(), CoarseFineFlow()

    def published(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, 3, H, W), sides multiples of 4 -> (N, 3, 4H - 18, 4W - 18), as the code has it."""
        with full_precision(x):
            middle, behind = at_least_float32(x[:, 1]), at_least_float32(x[:, 2])
            warped = fetched(behind, self.mc(middle, behind))
        return self.sr(torch.cat((warped, warped, middle), 1))

    def forward(self, x: Tensor) -> Tensor:
        """RGB in [0, 1], (N, 3, 3, H, W), sides 8 at least -> (N, 3, 4H, 4W)."""
        height, width = x.shape[-2:]
        sides = (MARGIN, MARGIN - (width + 2 * MARGIN) % -_SCALE, MARGIN, MARGIN - (height + 2 * MARGIN) % -_SCALE)
        padded = functional.pad(x.flatten(1, 2), sides, "reflect").unflatten(1, x.shape[1:3])
        first = _SCALE * MARGIN - LOST
        return self.published(padded)[..., first : first + _SCALE * height, first : first + _SCALE * width]


def _flow_layers(inputs: int, kernels: tuple[int, ...], strides: tuple[int, ...], outputs: int) -> nn.Sequential:
    layers = []
    for kernel, stride in zip(kernels, strides, strict=True):
        layers.append(nn.Sequential(nn.Conv2d(inputs, 24, kernel, stride, kernel // 2), nn.ReLU(inplace=True)))
        inputs = 24
    return nn.Sequential(*layers, nn.Sequential(nn.Conv2d(24, outputs, 3, 1, 1), nn.Tanh()))


def fetched(x: Tensor, flow: Tensor) -> Tensor:
    """``x`` sampled where ``flow`` (N, 2, H, W; pixels) points, bilinearly, the border repeated.

    The published code spaces positions as if corners were centres and samples as if they were not: even a flow of zero
    samples from half a pixel outside at one border to half a pixel outside at the other.
    """
    height, width = x.shape[-2:]
    across = torch.linspace(-1, 1, width, dtype=x.dtype, device=x.device) + flow[:, 0] / width * 2
    down = torch.linspace(-1, 1, height, dtype=x.dtype, device=x.device)[:, None] + flow[:, 1] / height * 2
    return functional.grid_sample(x, torch.stack((across, down), -1), "bilinear", "border", align_corners=False)
