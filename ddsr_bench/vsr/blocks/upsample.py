"""Enlarging features by pixel shuffle, and the tail that BasicVSR, EDVR and their kin share."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import lrelu
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision


class PixelShuffle(nn.Module):
    """``upsample_conv`` 3x3 to four times the channels, then twice the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.upsample_conv = nn.Conv2d(inputs, outputs * 4, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, 2H, 2W)."""
        return functional.pixel_shuffle(self.upsample_conv(x), 2)


class Enlarging(nn.Module):
    """A network that ends with ``upsample1``, ``upsample2``, ``conv_hr`` and ``conv_last``, upon a bilinear base."""

    upsample1: PixelShuffle
    upsample2: PixelShuffle
    conv_hr: nn.Conv2d
    conv_last: nn.Conv2d

    def add_tail(self, channels: int) -> None:
        """Make the four layers here, where the official network has them."""
        self.upsample1 = PixelShuffle(channels, channels)
        self.upsample2 = PixelShuffle(channels, 64)
        self.conv_hr = nn.Conv2d(64, 64, 3, 1, 1)
        self.conv_last = nn.Conv2d(64, 3, 3, 1, 1)

    def enlarge(self, features: Tensor, frame: Tensor) -> Tensor:
        """Features (N, C, H, W) and the frame (N, 3, H, W) that they describe -> (N, 3, 4H, 4W)."""
        x = lrelu(self.upsample1(features))
        x = lrelu(self.upsample2(x))
        x = lrelu(self.conv_hr(x))
        return base_image(frame) + self.conv_last(x)


def base_image(frame: Tensor, scale: int = 4) -> Tensor:
    """The frame enlarged bilinearly, in float32 whatever the precision around it."""
    with full_precision(frame):
        return functional.interpolate(at_least_float32(frame), scale_factor=scale, mode="bilinear", align_corners=False)
