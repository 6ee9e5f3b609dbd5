"""Frames as a network wants them, and its output as frames: colours, ranges, padding, size."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from torch import Tensor

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.classical.resize import enlarge
from ddsr_bench.vsr.network import Network

#: R'G'B' in 0..1 to Y', Cb, Cr of ITU-R BT.601 in studio range, all divided by 255: a matrix and what is added.
_TO_YCBCR = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
_FROM_BLACK = np.array([16.0, 128.0, 128.0]) / 255
_BORDERS = {"reflect": cv2.BORDER_REFLECT_101, "replicate": cv2.BORDER_REPLICATE}


class Planes:
    """The way in and out of a network.

    Args:
        network: says what it wants.
        scale: output size / input size of the method.
        device: where tensors shall be.
    """

    def __init__(self, network: Network, scale: int, device: torch.device) -> None:
        self._network, self._scale, self._device = network, scale, device
        #: Output size / size of the tensor that goes in.
        self.growth = 1 if network.enlarged_first else scale
        self._matrix = torch.tensor(_TO_YCBCR, dtype=torch.float32, device=device)
        self._inverse = torch.tensor(np.linalg.inv(_TO_YCBCR), dtype=torch.float32, device=device)
        self._black = torch.tensor(_FROM_BLACK, dtype=torch.float32, device=device).view(1, 3, 1, 1)
        self._mean, self._std = (
            torch.tensor(values, dtype=torch.float32, device=device).view(1, -1, 1, 1)
            for values in (network.mean, network.std)
        )
        if network.colour == "y":
            self._mean, self._std = self._mean[:, :1], self._std[:, :1]

    def tensor(self, frame: Frame) -> Tensor:
        """uint8 (H, W, 3) -> float32 (1, C, h, w), channels side by side in memory; padded, maybe enlarged."""
        network = self._network
        given = enlarge(frame.astype(np.float32), self._scale).clip(0, 255) if network.enlarged_first else frame
        top, left = self._before(given.shape[0]), self._before(given.shape[1])
        bottom, right = (
            -side % network.multiple - before for side, before in zip(given.shape, (top, left), strict=False)
        )
        if top or left or bottom or right:
            given = cv2.copyMakeBorder(given, top, bottom, left, right, _BORDERS[network.pad_mode])
        x = torch.from_numpy(np.ascontiguousarray(given)).to(self._device)[None].permute(0, 3, 1, 2)
        x = x.to(torch.float32) / 255
        if network.colour != "rgb":
            x = _mixed(self._matrix[:1] if network.colour == "y" else self._matrix, x)
            x += self._black[:, : x.shape[1]]
        x = (x * network.peak - self._mean) / self._std
        return x.contiguous(memory_format=torch.channels_last)

    def frame(self, out: Tensor, frame: Frame) -> Frame:
        """The network's (1, C, h', w') for ``frame`` -> uint8 (sH, sW, 3), rounded once."""
        x = (out.float() * self._std + self._mean) / self._network.peak
        height, width = (side * self._scale for side in frame.shape[:2])
        top, left = (self._before(side * self._scale // self.growth) * self.growth for side in frame.shape[:2])
        x = x[:, :, top : top + height, left : left + width]
        if self._network.colour == "y":
            x = torch.cat((x, self._chroma(frame)), 1)
        if self._network.colour != "rgb":
            x = _mixed(self._inverse, x - self._black)
        levels = (x * 255).round_().clamp_(0, 255).to(torch.uint8)
        return np.ascontiguousarray(levels[0].permute(1, 2, 0).cpu().numpy())

    def _before(self, side: int) -> int:
        """Pixels of padding at the top or left of a side."""
        return -side % self._network.multiple if self._network.pad_at == "start" else 0

    def _chroma(self, frame: Frame) -> Tensor:
        """Cb and Cr of the frame, enlarged by bicubic interpolation: (1, 2, sH, sW)."""
        matrix = (_TO_YCBCR[1:] / 255).astype(np.float32)
        chroma = frame.astype(np.float32) @ matrix.T + _FROM_BLACK[1:].astype(np.float32)
        return torch.from_numpy(enlarge(chroma, self._scale)).to(self._device)[None].permute(0, 3, 1, 2)


def _mixed(matrix: Tensor, x: Tensor) -> Tensor:
    """Each pixel's channels, (N, C, H, W), times a matrix (C', C)."""
    return torch.einsum("oc,nchw->nohw", matrix, x)
