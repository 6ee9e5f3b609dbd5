"""RealViformer: Y. Zhang, A. Yao, "RealViformer: investigating attention for real-world video super-resolution", ECCV
2024 (arXiv:2407.13987). Parameter names of its authors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from ddsr_bench.vsr.blocks.convs import lrelu
from ddsr_bench.vsr.blocks.frames import stacked
from ddsr_bench.vsr.blocks.precision import at_least_float32, full_precision
from ddsr_bench.vsr.blocks.spynet import Pyramid, SPyNet
from ddsr_bench.vsr.blocks.upsample import last_doubling, shuffled, with_base
from ddsr_bench.vsr.blocks.warp import flow_warp

_EXPANSION = 2.66
_EPSILON = 1e-5

#: The last frame's pyramid and features.
State = tuple[Pyramid, Tensor]


class _Weights(nn.Module):
    """``body``: x / its deviation over channels * weight; the mean is not subtracted."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Module()
        self.body.register_parameter("weight", nn.Parameter(torch.ones(channels)))

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        with full_precision(x):
            x = at_least_float32(x)
            deviation = torch.sqrt(x.var(1, unbiased=False, keepdim=True) + _EPSILON)
            return x / deviation * self.body.get_parameter("weight").view(-1, 1, 1)


class _Feed(nn.Module):
    """Gated feed-forward: half of the hidden channels, through GELU, times the other half."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        hidden = int(channels * _EXPANSION)
        self.project_in = nn.Conv2d(channels, hidden * 2, 1, bias=False)
        self.dwconv = nn.Conv2d(hidden * 2, hidden * 2, 3, 1, 1, groups=hidden * 2, bias=False)
        self.project_out = nn.Conv2d(hidden, channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        gate, value = self.dwconv(self.project_in(x)).chunk(2, 1)
        out: Tensor = self.project_out(functional.gelu(gate) * value)
        return out


def _likeness(query: Tensor, key: Tensor, temperature: Tensor) -> Tensor:
    """Cosines between channels (N, heads, c, c) of (N, heads, c, pixels), times the temperature; float32."""
    with full_precision(query):
        query, key = at_least_float32(query), at_least_float32(key)
        lengths = [one.norm(dim=-1).clamp_min(1e-12) for one in (query, key)]
        products = query @ key.transpose(-2, -1)
        cosines: Tensor = products / lengths[0][..., :, None] / lengths[1][..., None, :]
        return cosines * temperature


class _Attention(nn.Module):
    """Channels attend to channels; with a mask each result is weighted by how much it attended at all."""

    def __init__(self, channels: int, heads: int, masked: bool) -> None:
        super().__init__()
        self.heads, self.masked = heads, masked
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = nn.Conv2d(channels, channels * 3, 1, bias=False)
        self.qkv_dwconv = nn.Conv2d(channels * 3, channels * 3, 3, 1, 1, groups=channels * 3, bias=False)
        self.project_out = nn.Conv2d(channels, channels, 1, bias=False)
        if masked:
            self.linear1 = nn.Linear(2, 1, bias=False)
            self.linear2 = nn.Linear(channels // heads, channels // heads, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        query, key, value = (_heads(one, self.heads) for one in self.qkv_dwconv(self.qkv(x)).chunk(3, 1))
        likeness = _likeness(query, key, self.temperature)
        with full_precision(x):
            shares = likeness.softmax(-1)
            if self.masked:
                shares = shares * self._mask(likeness)
        out: Tensor = self.project_out((shares.to(value.dtype) @ value).view_as(x))
        return out

    def _mask(self, likeness: Tensor) -> Tensor:
        """A factor for each output channel, (N, heads, c, 1)."""
        summary = torch.stack((likeness.amax(-1), likeness.mean(-1)), -1)
        hidden = functional.gelu(self.linear1(summary)).transpose(-2, -1)
        return torch.sigmoid(self.linear2(hidden)).transpose(-2, -1)


def _heads(x: Tensor, heads: int) -> Tensor:
    """(N, C, H, W) -> (N, heads, C / heads, H W)."""
    count, channels, height, width = x.shape
    return x.reshape(count, heads, channels // heads, height * width)


class _Block(nn.Module):
    """Attention on fewer channels, then the feed-forward."""

    def __init__(self, channels: int, heads: int, squeeze: int = 1, masked: bool = False) -> None:
        super().__init__()
        inner = channels // squeeze
        self.norm1 = _Weights(inner)
        self.attn = _Attention(inner, heads, masked)
        self.norm2 = _Weights(channels)
        self.ffn = _Feed(channels)
        if squeeze > 1:
            self.compress = nn.Conv2d(channels, inner, 3, 1, 1, bias=False)
            self.expand = nn.Conv2d(inner, channels, 3, 1, 1, bias=False)
        self.squeezed = squeeze > 1

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        attended = self.attn(self.norm1(self.compress(x) if self.squeezed else x))
        x = x + (self.expand(attended) if self.squeezed else attended)
        out: Tensor = x + self.ffn(self.norm2(x))
        return out


class _MergeAttention(nn.Module):
    """Channels of the frame attend to channels of the state."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.kv = nn.Conv2d(channels, channels * 2, 1, bias=False)
        self.kv_dwconv = nn.Conv2d(channels * 2, channels * 2, 3, 1, 1, groups=channels * 2, bias=False)
        self.q = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.project_out = nn.Conv2d(channels, channels, 1, bias=False)

    def forward(self, frame: Tensor, state: Tensor) -> Tensor:
        """(N, C, H, W) twice -> the same shape."""
        key, value = (_heads(one, self.heads) for one in self.kv_dwconv(self.kv(state)).chunk(2, 1))
        likeness = _likeness(_heads(self.q(frame), self.heads), key, self.temperature)
        out: Tensor = self.project_out((likeness.softmax(-1).to(value.dtype) @ value).view_as(frame))
        return out


class _Merge(nn.Module):
    """The frame's features and those carried here from the frame before -> the frame's, with both."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.norm_q, self.norm_kv = _Weights(channels), _Weights(channels)
        self.attn = _MergeAttention(channels, heads)
        self.norm_out = _Weights(channels)
        self.ffn = nn.Sequential(
            nn.Conv2d(channels * 2, channels, 1, bias=False),
            nn.Conv2d(channels, channels, 3, 1, 1, groups=channels, bias=False),
            nn.GELU(),
            nn.Conv2d(channels, channels, 1, bias=False),
        )

    def forward(self, frame: Tensor, state: Tensor) -> Tensor:
        """(N, C, H, W) twice -> the same shape."""
        frame = self.norm_q(frame)
        fetched = self.norm_out(self.attn(frame, self.norm_kv(state)))
        out: Tensor = self.ffn(torch.cat((frame, fetched), 1))
        return out


class _Resize(nn.Module):
    """``body``: a convolution, then half the size (unshuffled) or twice (shuffled)."""

    def __init__(self, channels: int, larger: bool) -> None:
        super().__init__()
        outputs = channels * 2 if larger else channels // 2
        self.body = nn.Sequential(
            nn.Conv2d(channels, outputs, 3, 1, 1, bias=False), nn.PixelShuffle(2) if larger else nn.PixelUnshuffle(2)
        )

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W) -> (N, 2C, H/2, W/2) or (N, C/2, 2H, 2W)."""
        out: Tensor = self.body(x)
        return out


class RealViformer(nn.Module):
    """A U-net of channel attention that carries its features from frame to frame. Sides are multiples of 4.

    Args:
        channels: of the features.
        blocks: in the two outer levels, the innermost, and behind them.
        heads: of the three levels.
        merge_heads: of the merge with the frame before.
        squeeze: how many times fewer channels attention sees, in the three levels.
        masked: whether attention has masks.
    """

    def __init__(
        self,
        channels: int = 48,
        blocks: Sequence[int] = (2, 3, 4, 1),
        heads: Sequence[int] = (1, 2, 4),
        merge_heads: int = 2,
        squeeze: Sequence[int] = (4, 4, 4),
        masked: bool = True,
    ) -> None:
        super().__init__()

        def level(number: int, width: int, count: int) -> nn.Sequential:
            return nn.Sequential(*(_Block(width, heads[number], squeeze[number], masked) for _ in range(count)))

        self.channels = channels
        self.shallow_extraction = nn.Sequential(nn.Conv2d(3, channels, 3, 1, 1), _Block(channels, 1))
        self.spynet = SPyNet(plain=True, narrow=True)
        self.attn_merge = _Merge(channels, merge_heads)
        self.encoder_level1 = level(0, channels, blocks[0])
        self.down1_2 = _Resize(channels, larger=False)
        self.encoder_level2 = level(1, channels * 2, blocks[1])
        self.down2_3 = _Resize(channels * 2, larger=False)
        self.latent = level(2, channels * 4, blocks[2])
        self.up3_2 = _Resize(channels * 4, larger=True)
        self.reduce_chan_level2 = nn.Conv2d(channels * 4, channels * 2, 1, bias=False)
        self.decoder_level2 = level(1, channels * 2, blocks[1])
        self.up2_1 = _Resize(channels * 2, larger=True)
        self.decoder_level1 = level(0, channels * 2, blocks[0])
        self.refinement = level(0, channels * 2, blocks[3])
        self.compress = nn.Conv2d(channels * 2, channels, 1)
        self.upconv1 = nn.Conv2d(channels * 2, channels * 4, 3, 1, 1)
        self.upconv2 = nn.Conv2d(channels, 256, 3, 1, 1)
        self.conv_hr = nn.Conv2d(64, 64, 3, 1, 1)
        self.conv_last = nn.Conv2d(64, 3, 3, 1, 1)

    def forward(self, frames: Tensor) -> Tensor:
        """(N, T, 3, H, W) in 0..1 -> (N, T, 3, 4H, 4W)."""
        return stacked(self._outputs(frames), frames.shape[1])

    def _outputs(self, frames: Tensor) -> Iterator[Tensor]:
        state: State | None = None
        for t in range(frames.shape[1]):
            out, state = self.step(frames[:, t], state)
            yield out

    def step(self, frame: Tensor, state: State | None) -> tuple[Tensor, State]:
        """A frame (N, 3, H, W), and what the step before it gave -> (N, 3, 4H, 4W), and for the next step."""
        count, _, height, width = frame.shape
        shallow = self.shallow_extraction(frame)
        pyramid = self.spynet.pyramid(frame)
        if state is None:
            carried = frame.new_zeros((count, self.channels, height, width))
        else:
            carried = flow_warp(state[1], self.spynet.between(pyramid, state[0], (height, width)))
        features = self._deep(self.attn_merge(shallow, carried))
        return self._enlarged(features, frame), (pyramid, self.compress(features))

    def _deep(self, x: Tensor) -> Tensor:
        first = self.encoder_level1(x)
        second = self.encoder_level2(self.down1_2(first))
        third = self.latent(self.down2_3(second))
        second = self.reduce_chan_level2(torch.cat((self.up3_2(third), second), 1))
        second = self.decoder_level2(second)
        out: Tensor = self.refinement(self.decoder_level1(torch.cat((self.up2_1(second), first), 1)))
        return out

    def _enlarged(self, features: Tensor, frame: Tensor) -> Tensor:
        half = lrelu(shuffled(self.upconv1, features))
        return with_base(last_doubling(half, self.upconv2, self.conv_hr, self.conv_last), frame)


def official_realviformer(
    num_feat: int = 48,
    num_blocks: Sequence[int] = (2, 3, 4, 1),
    heads: Sequence[int] = (1, 2, 4),
    ffn_expansion_factor: float = _EXPANSION,
    merge_head: int = 2,
    bias: bool = False,
    LayerNorm_type: str = "BiasFree",
    ch_compress: bool = True,
    squeeze_factor: Sequence[int] = (4, 4, 4),
    masked: bool = True,
) -> RealViformer:
    """From the official arguments.

    Raises:
        TypeError: a variant without published weights.
    """
    if (ffn_expansion_factor, bias, LayerNorm_type, ch_compress) != (_EXPANSION, False, "BiasFree", True):
        raise TypeError(
            "only the variant with the published expansion, without biases, with squeezed channels is built"
        )
    return RealViformer(num_feat, num_blocks, heads, merge_head, squeeze_factor, masked)
