"""TecoGAN's generator, which is FRVSR's: M. Chu et al., "Learning temporal coherence via self-supervision for GAN-based
video generation", ACM TOG 39(4), 2020 (doi:10.1145/3386569.3392457); M. S. M. Sajjadi et al., "Frame-recurrent video
super-resolution", CVPR 2018 (doi:10.1109/CVPR.2018.00693). Parameter names of TecoGAN-PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.strips import in_strips
from ddsr_bench.vsr.blocks.upsample import base_image
from ddsr_bench.vsr.blocks.warp import flow_warp

_REACH = 24.0
_POOLED = 8
# Rows of a frame above and below that a row of its enlargement depends on, once features are there.
_CONTEXT = 2
_CUBIC = -0.75

State = tuple[Tensor, Tensor]


class FlowNet(nn.Module):
    """The flow between two frames, by an encoder and decoder over three halvings; at most 24 pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder1, self.encoder2, self.encoder3 = _pair(6, 32), _pair(32, 64), _pair(64, 128)
        self.decoder1, self.decoder2, self.decoder3 = _pair(128, 256), _pair(256, 128), _pair(128, 64)
        self.flow = nn.Sequential(
            nn.Conv2d(64, 32, 3, 1, 1), nn.LeakyReLU(0.2, inplace=True), nn.Conv2d(32, 2, 3, 1, 1)
        )

    def forward(self, current: Tensor, previous: Tensor) -> Tensor:
        """The flow (N, 2, h, w) that fetches ``previous`` onto ``current``; h, w: multiples of 8."""
        with full_precision(current):
            x = torch.cat((at_least_float32(current), at_least_float32(previous)), 1)
            for encoder in (self.encoder1, self.encoder2, self.encoder3):
                x = functional.max_pool2d(encoder(x), 2)
            for decoder in (self.decoder1, self.decoder2, self.decoder3):
                x = functional.interpolate(decoder(x), scale_factor=2, mode="bilinear", align_corners=False)
            return torch.tanh(self.flow(x)) * _REACH


def _pair(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, 1, 1),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(outputs, outputs, 3, 1, 1),
        nn.LeakyReLU(0.2, inplace=True),
    )


class CubicUpsampling(nn.Module):
    """Bicubic enlargement (a = -.75) whose phase 0 copies the input pixel; borders are repeated."""

    kernels: Tensor

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.register_buffer("kernels", torch.tensor([_cubic_taps(phase / scale) for phase in range(scale)]))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, sH, sW)."""
        with full_precision(x):
            return self._rows(self._rows(at_least_float32(x)).transpose(-1, -2)).transpose(-1, -2)

    def _rows(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, sH, W)."""
        count, channels, height, width = x.shape
        scale = len(self.kernels)
        planes = functional.pad(x.reshape(count * channels, 1, height, width), (0, 0, 1, 2), "replicate")
        phases = functional.conv2d(planes, self.kernels.view(scale, 1, 4, 1))
        return phases.transpose(1, 2).reshape(count, channels, height * scale, width)


def _cubic_taps(at: float) -> tuple[float, ...]:
    """Weights of the pixels at -1, 0, 1 and 2 for a sample at ``at`` in 0..1."""
    return tuple(_cubic(abs(at - pixel)) for pixel in (-1, 0, 1, 2))


def _cubic(x: float) -> float:
    a = _CUBIC
    if x <= 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return ((x - 5) * x + 8) * x * a - 4 * a


class BilinearUpsampling(nn.Module):
    """Bilinear enlargement, corners not aligned."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, C, sH, sW)."""
        return base_image(x, self.scale)


class _Block(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1), nn.ReLU(inplace=True), nn.Conv2d(channels, channels, 3, 1, 1)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        out: Tensor = self.conv(x) + x
        return out


class Reconstruction(nn.Module):
    """A frame and what the last output looks like now -> the frame enlarged."""

    def __init__(self, channels: int, blocks: int, upsample: nn.Module, scale: int) -> None:
        super().__init__()
        self.scale = scale
        self.conv_in = nn.Sequential(nn.Conv2d((scale**2 + 1) * 3, channels, 3, 1, 1), nn.ReLU(inplace=True))
        self.resblocks = nn.Sequential(*(_Block(channels) for _ in range(blocks)))
        steps: list[nn.Module] = []
        for _ in range(scale.bit_length() - 1):
            steps += [nn.ConvTranspose2d(channels, channels, 3, 2, 1, output_padding=1), nn.ReLU(inplace=True)]
        self.conv_up = nn.Sequential(*steps)
        self.conv_out = nn.Conv2d(channels, 3, 3, 1, 1)
        self.upsample_func = upsample

    def forward(self, frame: Tensor, last: Tensor) -> Tensor:
        """(N, 3, H, W), (N, 3 s s, H, W) -> (N, 3, sH, sW)."""
        x = self.resblocks(self.conv_in(torch.cat((frame, last), 1)))
        details = in_strips(self._enlarged, x, scale=self.scale, context=_CONTEXT, channels=x.shape[1])
        out: Tensor = self.upsample_func(frame) + details
        return out

    def _enlarged(self, x: Tensor) -> Tensor:
        out: Tensor = self.conv_out(self.conv_up(x))
        return out


class FRNet(nn.Module):
    """Each output is made from its frame and the output before it, moved along the flow.

    Args:
        channels: of the features.
        blocks: residual blocks.
        scale: 2 or 4.
        cubic: enlarge frames and flows as for BD degradation (bicubic), instead of bilinearly as for BI.
    """

    def __init__(self, channels: int = 64, blocks: int = 10, scale: int = 4, cubic: bool = True) -> None:
        super().__init__()
        self.scale = scale
        make: Callable[[int], nn.Module] = CubicUpsampling if cubic else BilinearUpsampling
        self.upsample_func = make(scale)
        self.fnet = FlowNet()
        self.srnet = Reconstruction(channels, blocks, self.upsample_func, scale)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1 -> (N, T, 3, sH, sW)."""
        state: State | None = None

        def each() -> Iterator[Tensor]:
            nonlocal state
            for t in range(frames.shape[1]):
                out, state = self.step(frames[:, t], state)
                yield out

        return stacked(each(), frames.shape[1])

    def step(self, frame: Tensor, state: State | None) -> tuple[Tensor, State]:
        """A frame (N, 3, H, W), and what the step before it gave -> (N, 3, sH, sW), and for the next step."""
        if state is None:
            count, planes, height, width = frame.shape
            last = frame.new_zeros((count, planes * self.scale**2, height, width))
        else:
            last = _folded(flow_warp(state[1], self._enlarged_flow(frame, state[0]), "border"), self.scale)
        out = self.srnet(frame, last)
        return out, (frame, out)

    def flows(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) -> (N, T-1, 2, h, w): the flow that fetches each frame onto the one behind it."""
        made = self.fnet(frames[:, 1:].flatten(0, 1), frames[:, :-1].flatten(0, 1))
        flows: Tensor = made.view(len(frames), -1, *made.shape[1:])
        return flows

    def _enlarged_flow(self, frame: Tensor, previous: Tensor) -> Tensor:
        height, width = frame.shape[-2:]
        flow = functional.pad(self.fnet(frame, previous), (0, width % _POOLED, 0, height % _POOLED), "reflect")
        enlarged: Tensor = self.upsample_func(flow)
        return enlarged * self.scale


def _folded(x: Tensor, scale: int) -> Tensor:
    """(N, C, sH, sW) -> (N, s s C, H, W), places of a block outermost, as TensorFlow has it."""
    count, channels, height, width = x.shape
    blocks = x.view(count, channels, height // scale, scale, width // scale, scale)
    return blocks.permute(0, 3, 5, 1, 2, 4).reshape(count, -1, height // scale, width // scale)


def official_tecogan(
    in_nc: int = 3, out_nc: int = 3, nf: int = 64, nb: int = 10, degradation: str = "BD", scale: int = 4
) -> FRNet:
    """From the official arguments.

    Raises:
        TypeError: planes other than RGB, another degradation or scale.
    """
    if (in_nc, out_nc) != (3, 3) or degradation not in ("BD", "BI") or scale not in (2, 4):
        raise TypeError("only RGB, BD or BI, x2 or x4 are built")
    return FRNet(nf, nb, scale, cubic=degradation == "BD")
