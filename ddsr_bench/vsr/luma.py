"""Networks that enlarge Y' alone, and weights of theirs that come as frozen graphs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.frozen_graph import Array, read_constants
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.network import Network


def luma_network(build: Callable[[int], Any], halo: int) -> Network:
    """A network that sees Y' of BT.601 in full range, 0 to 1; Cb and Cr are enlarged by bicubic interpolation.

    Planes come in studio range, 16 to 235 of 255, so that is taken off and divided out.
    """
    return Network(build=build, drive="frame", halo=halo, colour="y", mean=(16 / 255,) * 3, std=(219 / 255,) * 3)


def is_graph(path: Path) -> bool:
    """Whether a file begins as frozen graphs do, with their first node, and not as checkpoints do."""
    with path.open("rb") as file:
        return file.read(1) == b"\n"


def graph_weights(
    name: str, convert: Callable[[Mapping[str, Array]], Mapping[str, Any]], settings: Settings, scale: int
) -> Mapping[str, Any]:
    """The state dict in a method's frozen graph.

    Raises:
        DdsrError: no such file, not a graph, or another network's.
    """
    from ddsr_bench.vsr.checkpoints import weights_file

    path = weights_file(name, scale, settings)
    constants = read_constants(path)
    try:
        return convert(constants)
    except DdsrError as error:
        raise DdsrError(f"{path}: {error}") from error
