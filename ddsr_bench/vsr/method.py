"""What a VSR method is to the rest of the program: LR frames in, SR frames out, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ddsr_bench.errors import DdsrError
from ddsr_bench.video.info import Frame

#: Takes the frames of one shot, uint8 (H, W, 3) RGB of one size, and yields as many of (scale H, scale W, 3), in order.
#: Memory does not grow with the shot unless the settings ask for an exact result. May be called for shot after shot.
Run = Callable[[Iterator[Frame]], Iterator[Frame]]
Precision = Literal["auto", "fp32", "bf16", "fp16"]
Temporal = Literal["frame", "window", "forward", "bidirectional"]


@dataclass(frozen=True)
class Settings:
    """How a method is to run; what does not concern a method is ignored by it, and None lets it choose.

    Attributes:
        scale: output size / input size, one of the method's ``scales``; None is the first of them.
        device: ``"auto"`` (CUDA where there is one, else the CPU), ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``.
        precision: of convolutions and products; ``"auto"`` is bf16 where the device is fast at it, else fp32.
        tile: side of spatial tiles in LR pixels; 0 never tiles.
        window: frames in one temporal window of a bidirectional method.
        exact: bidirectional methods see the whole shot at once, at the price of memory.
        weights: the user's own checkpoint in place of the published one.
        compile: let torch.compile have a go at networks.
        options: what only this method knows, such as ``{"denoise": 0.5}``.
    """

    scale: int | None = None
    device: str = "auto"
    precision: Precision = "auto"
    tile: int | None = None
    window: int | None = None
    exact: bool = False
    weights: Path | None = None
    compile: bool = False
    options: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Method:
    """A VSR method.

    Attributes:
        name: as on the command line; its card is ``baselines/vsr/<name>.toml``.
        version: raised whenever an output changes, so that stored results are made anew.
        scales: the scales it makes itself, its main one first.
        start: makes it ready to run (loads weights once); raises DdsrError where weights are missing or do not fit, or
            a setting is not for it.
        temporal: which frames an output depends on: its own, a window around it, those before it, or all.
        smallest: least (height, width) of an LR frame.
        fewest: least number of frames in a shot.
        options: names that ``Settings.options`` may hold, each with its lowest value, highest value and default.
        needs_weights: whether a checkpoint must be there.
        start_clip: in place of ``start`` for methods that must know which clip it is, called with the clip's id.
    """

    name: str
    version: str
    scales: tuple[int, ...]
    start: Callable[[Settings], Run]
    temporal: Temporal = "frame"
    smallest: tuple[int, int] = (1, 1)
    fewest: int = 1
    options: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    needs_weights: bool = False
    start_clip: Callable[[Settings, str], Run] | None = None


def chosen_scale(method: Method, settings: Settings) -> int:
    """The scale that ``method`` shall make.

    Raises:
        DdsrError: it does not offer the one asked for.
    """
    scale = method.scales[0] if settings.scale is None else settings.scale
    if scale not in method.scales:
        offered = ", ".join(f"x{one}" for one in method.scales)
        raise DdsrError(f"method {method.name!r}: has no x{scale}; it makes {offered}")
    return scale


def chosen_options(method: Method, settings: Settings) -> dict[str, float]:
    """The method's options with defaults filled in.

    Raises:
        DdsrError: an unknown option, or a value out of its range.
    """
    values = {name: default for name, (_, _, default) in method.options.items()}
    for name, value in settings.options.items():
        if name not in method.options:
            known = ", ".join(method.options) or "none"
            raise DdsrError(f"method {method.name!r}: has no option {name!r}; it knows {known}")
        low, high, _ = method.options[name]
        if not low <= value <= high:
            raise DdsrError(f"method {method.name!r}: option {name} is {value:g}; give {low:g} to {high:g}")
        values[name] = float(value)
    return values
