"""FAST-VQA-B's network: Swin-T in time and space on fragments, and a head that scores every place."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.fast_vqa.network.blocks import Stage
from ddsr_bench.quality.fast_vqa.network.windows import Size

_PATCH: Size = (2, 4, 4)
#: Sides of the largest window, in time, height and width.
WINDOW: Size = (8, 7, 7)
_WHOLE: Size = (32, 224, 224)  # a clip whose windows have the size of WINDOW
_CHANNELS, _DEPTHS, _HEADS = 96, (2, 2, 6, 2), (3, 6, 12, 24)
_HIDDEN = 64


class PatchEmbed(nn.Module):
    """Patches of 2 frames x 4 x 4 pixels become places of the map."""

    def __init__(self) -> None:
        super().__init__()
        self.proj, self.norm = nn.Conv3d(3, _CHANNELS, _PATCH, _PATCH), nn.LayerNorm(_CHANNELS)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, T, H, W) -> (N, T/2, H/4, W/4, 96); sides are padded with zeros to whole patches."""
        missing = [-length % side for length, side in zip(x.shape[2:], _PATCH, strict=True)]
        if any(missing):
            x = functional.pad(x, (0, missing[2], 0, missing[1], 0, missing[0]))
        out: Tensor = self.norm(self.proj(x).permute(0, 2, 3, 4, 1))
        return out


class Backbone(nn.Module):
    """Four stages; the biases of the first three know fragments."""

    def __init__(self) -> None:
        super().__init__()
        self.patch_embed = PatchEmbed()
        last = len(_DEPTHS) - 1
        self.layers = nn.ModuleList(
            Stage(_CHANNELS * 2**place, depth, heads, WINDOW, gated=place < last, halved=place < last)
            for place, (depth, heads) in enumerate(zip(_DEPTHS, _HEADS, strict=True))
        )
        self.norm = nn.LayerNorm(_CHANNELS * 2**last)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, T, H, W) -> (N, 768, T/2, H/32, W/32)."""
        window = window_for((x.shape[2], x.shape[3], x.shape[4]))
        x = self.patch_embed(x)
        for stage in self.layers:
            x = stage(x, window)
        out: Tensor = self.norm(x).permute(0, 4, 1, 2, 3)
        return out


class Head(nn.Module):
    """768 -> 64 -> 1 at every place."""

    def __init__(self) -> None:
        super().__init__()
        self.fc_hid, self.fc_last = nn.Conv3d(_CHANNELS * 8, _HIDDEN, 1), nn.Conv3d(_HIDDEN, 1, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 768, ...) -> (N, 1, ...)."""
        out: Tensor = self.fc_last(functional.gelu(self.fc_hid(x)))
        return out


class FastVqa(nn.Module):
    """FAST-VQA-B. A clip's score is the mean of its map of scores; there is no stochastic depth and no dropout."""

    def __init__(self) -> None:
        super().__init__()
        self.fragments_backbone, self.vqa_head = Backbone(), Head()

    def forward(self, x: Tensor) -> Tensor:
        """Normalised fragments (N, 3, T, H, W) -> map of scores (N, 1, T/2, H/32, W/32)."""
        scores: Tensor = self.vqa_head(self.fragments_backbone(x))
        return scores

    def score(self, x: Tensor) -> Tensor:
        """Normalised fragments (N, 3, T, H, W) -> scores (N,), before any rescaling."""
        scores: Tensor = self(x).mean((1, 2, 3, 4))
        return scores


def window_for(clip: Size) -> Size:
    """The window for clips of (T, H, W): it grows with them, and has 8 x 7 x 7 places for 32 x 224 x 224."""
    sides = [max(1, side * length // whole) for side, length, whole in zip(WINDOW, clip, _WHOLE, strict=True)]
    return sides[0], sides[1], sides[2]


def official_evaluator(**given: Any) -> FastVqa:
    """The official ``DiViDeAddEvaluator`` with the arguments of FAST-VQA-B.

    Raises:
        DdsrError: another backbone, or another head.
    """
    size = given.get("backbone_size", "swin_tiny_grpb")
    head = given.get("vqa_head", {})
    if size != "swin_tiny_grpb" or given.get("divide_head") or head.get("hidden_channels", _HIDDEN) != _HIDDEN:
        raise DdsrError(f"DiViDeAddEvaluator: only swin_tiny_grpb with one head of 64 is built here, not {size!r}")
    return FastVqa().eval()
