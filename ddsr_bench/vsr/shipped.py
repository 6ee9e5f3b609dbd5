"""Our own networks' weights: safetensors that say what they are; those of the package lie in ``weights/``."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import write_bytes_atomic
from ddsr_bench.weights.ordered import in_order

if TYPE_CHECKING:
    from torch import Tensor, nn

    from ddsr_bench.vsr.method import Settings

WEIGHTS_VERSION = 1
_FORMAT = "ddsr"


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
        network: whose state is written, as float32.
        path: of the file.
        kind: of network.
        scale: that it makes.

    Raises:
        DdsrError: the file cannot be written.
    """
    from safetensors.torch import save

    metadata = {"format": _FORMAT, "kind": kind, "scale": str(scale), "weights_version": str(WEIGHTS_VERSION)}
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_bytes_atomic(path, in_order(save(tensors, metadata)))


def load_weights(path: Path, *, kind: str, scale: int) -> dict[str, Tensor]:
    """The state dict in a file that :func:`save_weights` wrote.

    Raises:
        DdsrError: no such file, not such a file, or of another network, scale or version.
    """
    from safetensors import safe_open

    if not path.is_file():
        raise DdsrError(f"{path}: no such file; give weights that `ddsr-bench train ddsr` wrote")
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            said = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    # The package's own error is of no fixed type; a file that is cut off, or a pickle, raises it before anything runs.
    except Exception as error:
        reason = " ".join(str(error).split())[:120]
        raise DdsrError(f"{path}: not a safetensors file ({reason}); train or get it anew") from error
    wanted = {"format": _FORMAT, "weights_version": str(WEIGHTS_VERSION), "kind": kind, "scale": str(scale)}
    for name, value in wanted.items():
        if said.get(name) != value:
            raise DdsrError(f"{path}: {name} is {said.get(name)}, wanted {value}; give weights of the right kind")
    return tensors


def own_weights(method: str, kind: str, settings: Settings, scale: int) -> dict[str, Tensor]:
    """The user's file, or the one that came with the package; for ``load`` of a network's method.

    Raises:
        DdsrError: as :func:`load_weights`, or the method's weights are still to be trained.
    """
    from ddsr_bench.vsr.checkpoints import weights_file

    return load_weights(weights_file(method, scale, settings), kind=kind, scale=scale)
