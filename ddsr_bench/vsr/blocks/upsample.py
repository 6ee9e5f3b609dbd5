"""Enlarging features by pixel shuffle, and the tail that BasicVSR, EDVR and their kin share."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import lrelu
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.strips import in_strips

# A row of the last convolutions needs two rows more on each side of what they are given, at half the output size.
_CONTEXT = 2


class PixelShuffle(nn.Module):
    """``upsample_conv`` 3x3 to four times the channels, then twice the size."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.upsample_conv = nn.Conv2d(inputs, outputs * 4, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs, H, W) -> (N, outputs, 2H, 2W)."""
        return shuffled(self.upsample_conv, x)


def shuffled(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """A 3x3 convolution, then a pixel shuffle to twice the size.

    Where channels lie side by side (channels_last), the convolution's outputs are put in another order, so that the
    shuffle moves whole pixels.
    """
    if not x.is_contiguous(memory_format=torch.channels_last) or conv.bias is None:
        return functional.pixel_shuffle(conv(x), 2)
    outputs = len(conv.weight) // 4
    weight = conv.weight.view(outputs, 4, *conv.weight.shape[1:]).transpose(0, 1).flatten(0, 1)
    bias = conv.bias.view(outputs, 4).t().flatten()
    out = functional.conv2d(x, weight.contiguous(memory_format=torch.channels_last), bias, padding=1)
    count, _, height, width = out.shape
    blocks = out.permute(0, 2, 3, 1).reshape(count, height, width, 2, 2, outputs)
    pixels = blocks.transpose(2, 3).reshape(count, height * 2, width * 2, outputs)
    return pixels.permute(0, 3, 1, 2)


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
        half = lrelu(self.upsample1(features))
        return with_base(last_doubling(half, self.upsample2.upsample_conv, self.conv_hr, self.conv_last), frame)


def last_doubling(half: Tensor, double: nn.Conv2d, conv_hr: nn.Conv2d, conv_last: nn.Conv2d) -> Tensor:
    """Features (N, C, H, W) of half the output size -> (N, 3, 2H, 2W), a strip at a time."""

    def tail(x: Tensor) -> Tensor:
        out: Tensor = conv_last(lrelu(conv_hr(lrelu(shuffled(double, x)))))
        return out

    return in_strips(tail, half, scale=2, context=_CONTEXT, channels=len(conv_hr.weight))


def with_base(details: Tensor, frame: Tensor) -> Tensor:
    """Details (N, 3, sH, sW) upon the frame (N, 3, H, W) enlarged bilinearly; float32."""
    return base_image(frame, details.shape[-1] // frame.shape[-1]) + details


def base_image(frame: Tensor, scale: int = 4) -> Tensor:
    """The frame enlarged bilinearly, in float32 whatever the precision around it."""
    with full_precision(frame):
        return functional.interpolate(at_least_float32(frame), scale_factor=scale, mode="bilinear", align_corners=False)
