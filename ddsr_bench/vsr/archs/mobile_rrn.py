"""Mobile RRN, MediaTek's baseline of the Mobile AI 2022 challenge (A. Ignatov et al., arXiv:2211.05256): a small
network that carries a hidden state from frame to frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.blocks.convs import relu
from ddsr_bench.vsr.blocks.frames import stacked

_BLOCKS, _SCALE = 5, 4
State = tuple[Tensor, Tensor]


class Block(nn.Module):
    """x + conv(relu(conv(x)))."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1), nn.Conv2d(channels, channels, 3, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return x + self.conv2(relu(self.conv1(x)))


class MobileRRN(nn.Module):
    """Previous frame, frame and hidden state in; enlarged frame and hidden state out. RGB from 0 to 255."""

    def __init__(self, channels: int = 32) -> None:
        super().__init__()
        self._channels = channels
        self.entry = nn.Conv2d(6 + channels, channels, 3, 1, 1)
        self.blocks = nn.ModuleList(Block(channels) for _ in range(_BLOCKS))
        self.picture = nn.Conv2d(channels, 3 * _SCALE**2, 3, 1, 1)
        self.hidden = nn.Conv2d(channels, channels, 3, 1, 1)

    def step(self, frame: Tensor, state: State | None) -> tuple[Tensor, State]:
        """One frame (N, 3, H, W) and what is known from before; (N, 3, 4H, 4W) and what to know for the next."""
        if state is None:
            state = (frame, frame.new_zeros(frame.shape[0], self._channels, *frame.shape[-2:]))
        x = relu(self.entry(torch.cat((state[0], frame, state[1]), 1)))
        for block in self.blocks:
            x = block(x)
        base = functional.interpolate(frame, scale_factor=_SCALE, mode="bilinear", align_corners=False)
        out = (_spread(self.picture(x)) + base).clamp(0, 255)
        return out, (frame, relu(self.hidden(x)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, 3, H, W) -> (N, T, 3, 4H, 4W)."""
        return stacked(self._each(x), x.shape[1])

    def _each(self, x: Tensor) -> Any:
        state: State | None = None
        for frame in x.unbind(1):
            out, state = self.step(frame, state)
            yield out


def _spread(x: Tensor) -> Tensor:
    """48 channels, place by place with the colours of each side by side, to a picture four times as large."""
    count, _, height, width = x.shape
    cut = x.view(count, _SCALE, _SCALE, 3, height, width)
    return cut.permute(0, 3, 4, 1, 5, 2).reshape(count, 3, height * _SCALE, width * _SCALE)


def from_keras(arrays: Sequence[np.ndarray[Any, Any]]) -> Mapping[str, Tensor]:
    """The state dict of Keras's arrays in their order: first convolution, five blocks, picture, hidden; kernels HWIO.

    Raises:
        DdsrError: another number of arrays, or one that is no kernel or bias.
    """
    names = ["entry", *(f"blocks.{b}.conv{c}" for b in range(_BLOCKS) for c in (1, 2)), "picture", "hidden"]
    if len(arrays) != 2 * len(names):
        raise DdsrError(f"Mobile RRN: {len(arrays)} arrays, not {2 * len(names)}; export the checkpoint in Keras order")
    state = {}
    for place, name in enumerate(names):
        kernel, bias = arrays[2 * place], arrays[2 * place + 1]
        if kernel.ndim != 4 or bias.ndim != 1:
            raise DdsrError(f"Mobile RRN: arrays {2 * place} and {2 * place + 1} are no kernel and bias; export anew")
        state[f"{name}.weight"] = torch.from_numpy(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1), np.float32))
        state[f"{name}.bias"] = torch.from_numpy(np.ascontiguousarray(bias, np.float32))
    return state
