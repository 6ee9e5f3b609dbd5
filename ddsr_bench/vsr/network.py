"""What the runner must know of a network to drive it; the architecture itself holds nothing but its layers.

The network's methods, by ``drive`` (all tensors float32 unless autocast says otherwise, N = batch, T = frames):

``frame``: ``forward(x (N, 3, H, W)) -> (N, 3, sH, sW)``.
``window``: ``forward(x (N, T, 3, H, W)) -> (N, 3, sH, sW)`` for the middle frame, T = ``Network.window``; where it has
``features(x (N, 3, H, W)) -> tuple of tensors`` and ``fuse(list of T such tuples) -> (N, 3, sH, sW)``, the features of
a frame are computed once.
``forward``: ``step(frame (N, 3, H, W), state or None) -> (out (N, 3, sH, sW), state)``; ``forward(x (N, T, 3, H, W)) ->
(N, T, 3, sH, sW)`` loops over it.
``bidirectional``: ``forward(x (N, T, 3, H, W)) -> (N, T, 3, sH, sW)``; where it has ``stretch(x (N, T, 3, H, W), keep,
state or None)``, a generator of the first ``keep`` outputs (N, 3, sH, sW) that returns the state for the frames behind
those, what goes forwards is carried from window to window, and windows overlap at their end only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ddsr_bench.video.info import Frame
from ddsr_bench.vsr.method import Temporal


@dataclass(frozen=True)
class Network:
    """A network and how it wants its frames.

    Attributes:
        build: scale -> the ``torch.nn.Module`` in eval mode, official parameter names, any weights.
        drive: how it is called, see the module's text.
        window: frames of a window, odd; for ``"window"`` only.
        multiple: LR sides are padded to multiples of this and the result is cropped.
        pad_mode: how: ``"reflect"`` or ``"replicate"``.
        pad_at: where: at the right and bottom, or at the left and top.
        halo: LR pixels around a tile that its inside depends on (beyond rounding); None forbids tiles.
        blend: LR pixels over which neighbouring tiles pass into each other, for networks without an exact halo.
        overlap: frames beyond a window's border that a bidirectional result depends on (beyond a stated tolerance).
        edges: which frames stand for those before the first and behind the last of a shot, for ``"window"``:
            ``"reflect"`` (2 1 | 0 1 2), ``"replicate"`` (0 0 | 0 1 2), or ``"circle"`` (4 3 | 0 1 2), the nearest
            frames that the window does not hold yet.
        period: windows of ``"bidirectional"`` begin at multiples of this many frames.
        colour: planes of the input tensor: RGB, Y'CbCr of BT.601 (studio range), or Y' alone (then Cb and Cr are
            enlarged by bicubic).
        peak: the value of white, 1.0 or 255.0.
        mean, std: subtracted from and divided out of each channel of the input (in units of ``peak``), undone on the
            output; one number stands for all channels.
        enlarged_first: frames are brought to the output size (bicubic) before they go in.
        before: (module, frames of a shot) -> what goes in for each of them, uint8 (H, W, C).
    """

    build: Callable[[int], Any]
    drive: Temporal
    window: int = 1
    multiple: int = 1
    pad_mode: Literal["reflect", "replicate"] = "reflect"
    pad_at: Literal["end", "start"] = "end"
    halo: int | None = None
    blend: int = 0
    overlap: int = 0
    edges: Literal["reflect", "replicate", "circle"] = "reflect"
    period: int = 1
    colour: Literal["rgb", "ycbcr", "y"] = "rgb"
    peak: float = 1.0
    mean: tuple[float, ...] = (0.0, 0.0, 0.0)
    std: tuple[float, ...] = (1.0, 1.0, 1.0)
    enlarged_first: bool = False
    before: Callable[[Any, Iterator[Frame]], Iterator[Frame]] | None = None
