"""Tiny networks with fixed weights, and frames, so that every way through a drive can be computed plainly too."""

import numpy as np
import torch
from torch import nn

from ddsr_bench.vsr.drive.run import network_run
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.network import Network


def made_frames(count=6, height=20, width=28, seed=0):
    rng = np.random.default_rng(seed)
    return list(rng.integers(0, 256, (count, height, width, 3), np.uint8))


class Enlarge(nn.Module):
    """A 3x3 convolution to three planes for each output pixel, then a shuffle."""

    def __init__(self, scale=2, planes=3, inputs=None, seed=1):
        super().__init__()
        torch.manual_seed(seed)
        self.scale = scale
        self.conv = nn.Conv2d(inputs or planes, planes * scale**2, 3, 1, 1)
        nn.init.normal_(self.conv.weight, 0.1, 0.05)

    def forward(self, x):
        return torch.sigmoid(nn.functional.pixel_shuffle(self.conv(x), self.scale))


class Window(nn.Module):
    """A weighted sum of the window's frames, enlarged; ``calls`` counts how often features are made."""

    def __init__(self, window=5, scale=2, reuse=True):
        super().__init__()
        self.body = Enlarge(scale)
        self.weights = torch.arange(1.0, window + 1) / window**2
        self.calls = 0
        if reuse:
            self.features, self.fuse = self._features, self._fuse

    def _features(self, x):
        self.calls += 1
        return (x * 0.5, x)

    def _fuse(self, frames):
        return self.body(sum(weight * (half * 2) for weight, (half, _) in zip(self.weights, frames, strict=True)))

    def forward(self, x):
        return self.body(torch.einsum("t,ntchw->nchw", self.weights, x))


class Recurrent(nn.Module):
    """Each output is of its frame and a fading memory of all before it."""

    def __init__(self, scale=2):
        super().__init__()
        self.body = Enlarge(scale)

    def step(self, frame, state):
        state = frame if state is None else 0.5 * state + 0.5 * frame
        return self.body(state), state

    def forward(self, x):
        state, outs = None, []
        for t in range(x.shape[1]):
            out, state = self.step(x[:, t], state)
            outs.append(out)
        return torch.stack(outs, 1)


class BothWays(nn.Module):
    """Fading memories of what was and of what comes."""

    def __init__(self, scale=2, fade=0.3, carry=True):
        super().__init__()
        self.body = Enlarge(scale)
        self.fade = fade
        if carry:
            self.stretch = self._stretch

    def forward(self, x):
        return torch.stack(list(self._stretch(x, x.shape[1], None)), 1)

    def _stretch(self, x, keep, state):
        length = x.shape[1]
        behind, coming = [], torch.zeros_like(x[:, 0])
        for t in reversed(range(length)):
            coming = x[:, t] + self.fade * coming
            behind.append(coming)
        gone = torch.zeros_like(x[:, 0]) if state is None else state
        for t in range(keep):
            gone = x[:, t] + self.fade * gone
            yield self.body(0.3 * (behind.pop() + gone))
        return gone


def a_run(module, drive, scale=2, settings=None, **facts):
    """A run of a module, as a method's start would make it."""
    network = Network(build=lambda scale: module, drive=drive, **facts)
    return network_run("fake", module, network, scale, settings or Settings(precision="fp32"))


def as_tensor(frames):
    """(1, T, 3, H, W) in 0..1."""
    return torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2)[None].float() / 255


def as_frames(out):
    """(T, 3, H, W) in 0..1 -> uint8 (T, H, W, 3)."""
    return (out * 255).round().clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()
