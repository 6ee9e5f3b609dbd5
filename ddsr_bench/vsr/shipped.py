"""Our own networks' weights: safetensors that say what they are; those of the package lie in ``weights/``."""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import write_bytes_atomic
from ddsr_bench.weights.ordered import in_order

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ddsr_bench.vsr.method import Settings

#: (scale, **sizes) -> a network.
Build = Callable[..., Any]
WEIGHTS_VERSION = 1
_FORMAT = "ddsr"
_LARGEST = 1024  # channels or blocks


def shipped_path(name: str) -> Path:
    """Where a file of weights lies, or would, that comes with the package."""
    return Path(str(files("ddsr_bench.vsr").joinpath("weights", name)))


def shipped_file(name: str) -> Path:
    """As :func:`shipped_path`.

    Raises:
        DdsrError: it did not come with the package.
    """
    path = shipped_path(name)
    if not path.is_file():
        raise DdsrError(f"{name}: these weights did not come with the package; install ddsr-bench anew")
    return path


def save_weights(network: nn.Module, path: Path, *, kind: str, scale: int) -> None:
    """Write a network, whole or not at all.

    Args:
        network: whose state is written, with its ``sizes`` where it has such.
        path: of the file.
        kind: of network.
        scale: that it makes.

    Raises:
        DdsrError: the file cannot be written.
    """
    from safetensors.torch import save

    metadata = {
        "format": _FORMAT,
        "kind": kind,
        "scale": str(scale),
        "sizes": json.dumps(getattr(network, "sizes", {}), sort_keys=True),
        "weights_version": str(WEIGHTS_VERSION),
    }
    # Copies, for a network may hold one tensor under two names, which the format refuses.
    tensors = {name: tensor.detach().cpu().clone().contiguous() for name, tensor in network.state_dict().items()}
    write_bytes_atomic(path, in_order(save(tensors, metadata)))


def load_weights(path: Path, *, kind: str, scale: int | None) -> tuple[dict[str, Tensor], dict[str, int]]:
    """The state dict in a file that :func:`save_weights` wrote, and the network's sizes; of any scale where it is None.

    Raises:
        DdsrError: no such file, not such a file, or of another network, scale or version.
    """
    said, tensors = _read(path)
    wanted = {"format": _FORMAT, "weights_version": str(WEIGHTS_VERSION), "kind": kind}
    if scale is not None:
        wanted["scale"] = str(scale)
    for name, value in wanted.items():
        if said.get(name) != value:
            raise DdsrError(f"{path}: {name} is {said.get(name)}, wanted {value}; give weights of the right kind")
    try:
        sizes = dict(json.loads(said.get("sizes", "{}")))
    except (TypeError, ValueError) as error:
        raise DdsrError(f"{path}: its sizes are no JSON object; train or get it anew") from error
    # What a file asks for is built before its tensors are compared with it.
    if not all(isinstance(size, int) and 0 <= size <= _LARGEST for size in sizes.values()):
        raise DdsrError(f"{path}: sizes {sizes} are out of range; train or get it anew")
    return tensors, sizes


def _read(path: Path) -> tuple[dict[str, str], dict[str, Tensor]]:
    from safetensors import safe_open

    if not path.is_file():
        raise DdsrError(f"{path}: no such file; give weights that `ddsr-bench train ddsr` wrote")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return dict(file.metadata() or {}), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    # The package's own error is of no fixed type; a file that is cut off, or a pickle, raises it before anything runs.
    except Exception as error:
        reason = " ".join(str(error).split())[:120]
        raise DdsrError(f"{path}: not a safetensors file ({reason}); train or get it anew") from error


def own_network(method: str, kind: str, build: Build, settings: Settings, scale: int) -> nn.Module:
    """A network with the user's weights, or those that came with the package; for ``load`` of a network's method.

    Args:
        method: whose card names the weights.
        kind: of network, as the file must say.
        build: ``(scale, **sizes)`` -> a network.
        settings: with the user's ``weights``.
        scale: wanted.

    Raises:
        DdsrError: as :func:`load_weights`, or the method's weights are still to be trained.
    """
    from ddsr_bench.vsr.checkpoints import weights_file
    from ddsr_bench.vsr.networked import load_strictly

    path = weights_file(method, scale, settings)
    tensors, sizes = load_weights(path, kind=kind, scale=scale)
    try:
        network: nn.Module = build(scale, **sizes)
    except TypeError as error:
        raise DdsrError(f"{path}: sizes {sizes} are not those of a network of kind {kind}; get it anew") from error
    load_strictly(str(path), network, tensors)
    return network.eval()
