"""What all drives share: a network on its device, called in tiles that shrink where memory runs out."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.drive.place import chosen_place
from ddsr_bench.vsr.drive.planes import Planes
from ddsr_bench.vsr.drive.tiles import Grid, Tile, halved, stitched
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.network import Network

#: Larger pictures are cut into tiles of this side where the user has no wish.
_AUTO_PIXELS, _AUTO_SIDE = 1 << 18, 512
_FULL = ("not enough memory", "out of memory", "can't allocate memory")


class RunnerWarning(UserWarning):
    """A run went another way than it was asked to; the text says which and why, in one line."""


class Engine:
    """A network, ready to be called.

    Args:
        name: of the method, for messages.
        module: the network with its weights.
        network: how it wants its frames.
        scale: output size / input size.
        settings: of the run.
    """

    def __init__(self, name: str, module: Any, network: Network, scale: int, settings: Settings) -> None:
        self.name, self.network, self.settings = name, network, settings
        self.place = chosen_place(settings)
        self.module = module.to(self.place.device, memory_format=torch.channels_last).eval().requires_grad_(False)
        self.planes = Planes(network, scale, self.place.device)
        self._grid: Grid | None = None
        if settings.tile and network.halo is None:
            self.say("looks at whole frames, so the tile size is left aside")

    def say(self, what: str) -> None:
        """Warn in one line."""
        warnings.warn(f"method {self.name!r}: {what}", RunnerWarning, stacklevel=3)

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """``function(*arguments)`` without gradients, in the run's precision."""
        with torch.inference_mode(), self.place.autocast():
            return function(*arguments)

    def compiled(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """``function``, through torch.compile if that was asked for and works."""
        return _Compiled(function, self.say) if self.settings.compile else function

    def grid(self, height: int, width: int) -> Grid:
        """How pictures that go into the network are cut."""
        if self._grid is None:
            network, side = self.network, self.settings.tile
            if network.halo is None:
                side = 0
            elif side is None:
                side = _AUTO_SIDE if height * width > _AUTO_PIXELS else 0
            self._grid = Grid(side, network.halo or 0, network.blend, network.multiple)
        return self._grid

    def tiled(self, make: Callable[[Tile], Tensor], x: Tensor, anew: Callable[[], None] | None = None) -> Tensor:
        """Call ``make`` for each tile of ``x`` (..., H, W) and put the results together.

        Where memory runs out, all is made again in smaller tiles, after a call of ``anew``.

        Raises:
            DdsrError: not enough memory for the smallest tiles either.
        """
        height, width = x.shape[-2:]
        while True:
            grid = self.grid(height, width)
            try:
                tensor: Tensor = self.call(stitched, make, grid, height, width, self.planes.growth)
                return tensor
            except (RuntimeError, MemoryError) as error:
                self.shrink(error, height, width)
            if anew is not None:
                anew()

    def shrink(self, error: BaseException, height: int, width: int) -> None:
        """Take smaller tiles from now on, because of ``error``; any but one of memory is raised again.

        Raises:
            DdsrError: tiles cannot be smaller.
        """
        if not is_out_of_memory(error):
            raise error
        smaller = None if self.network.halo is None else next(halved(self.grid(height, width), height, width), None)
        if smaller is None:
            raise DdsrError(
                f"method {self.name!r}: not enough memory on {self.place.device} for frames of {width}x{height}; "
                "use smaller frames, a lower precision or another device"
            ) from error
        self._grid = smaller
        self.say(f"not enough memory on {self.place.device}, going on in tiles of {smaller.side}")
        if self.place.device.type == "cuda":
            torch.cuda.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that memory has run out."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(text in str(error).lower() for text in _FULL)


class _Compiled:
    """A function through torch.compile; the plain one from the first failure on."""

    def __init__(self, function: Callable[..., Any], say: Callable[[str], None]) -> None:
        self._plain, self._say = function, say
        self._quick: Callable[..., Any] | None = torch.compile(function)

    def __call__(self, *arguments: Any) -> Any:
        if self._quick is None:
            return self._plain(*arguments)
        try:
            return self._quick(*arguments)
        # Compilers fail in all manners; what the network itself gets wrong, the plain call raises again.
        except Exception as error:
            if is_out_of_memory(error):
                raise
            self._quick = None
            reason = " ".join(str(error).split())[:100]
            self._say(f"torch.compile failed ({type(error).__name__}: {reason}), going on without")
            return self._plain(*arguments)
