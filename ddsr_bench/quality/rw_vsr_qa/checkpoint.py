"""Weights as a file: safetensors, with sizes, versions and calibration beside the tensors; nothing in it can run."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import write_bytes_atomic
from ddsr_bench.quality.rw_vsr_qa.fragments import FRAGMENTS_VERSION
from ddsr_bench.weights.ordered import in_order

if TYPE_CHECKING:
    from torch import nn

    from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa

WEIGHTS_VERSION = 1
_FORMAT = "rw-vsr-qa"


@dataclass(frozen=True)
class Calibration:
    """From what the network says to MOS: ``offset + slope x``."""

    slope: float = 1.0
    offset: float = 0.0


def save_network(network: nn.Module, path: Path, calibration: Calibration | None = None) -> None:
    """Write a network, whole or not at all.

    Raises:
        DdsrError: the file cannot be written.
    """
    from safetensors.torch import save

    metadata = {
        "format": _FORMAT,
        "weights_version": str(WEIGHTS_VERSION),
        "fragments_version": str(FRAGMENTS_VERSION),
        "shape": json.dumps(asdict(network.shape)),  # type: ignore[call-overload]
        "calibration": json.dumps(asdict(calibration or Calibration())),
    }
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()}
    write_bytes_atomic(path, in_order(save(tensors, metadata)))


def load_network(path: Path) -> tuple[RwVsrQa, Calibration]:
    """Read a network, in evaluation mode on the processor, and its calibration.

    Raises:
        DdsrError: no such file, no weights of RW-VSR-QA, another version, or other sizes than it says.
    """
    import torch

    from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape

    if not path.is_file():
        raise DdsrError(f"{path}: no such file; give weights that `ddsr-bench train rw-vsr-qa` wrote")
    metadata, tensors = _read(path)
    _check_versions(path, metadata)
    try:
        # Without memory, for sizes that the file claims and does not have must not take any.
        with torch.device("meta"):
            network = RwVsrQa(Shape(**json.loads(metadata["shape"])))
        # Copied, for tensors in a file's own memory are not aligned, and sums over such differ in the last bits.
        held = {name: (one.float() if one.is_floating_point() else one).clone() for name, one in tensors.items()}
        network.load_state_dict(held, assign=True)
        calibration = Calibration(**json.loads(metadata["calibration"]))
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise DdsrError(f"{path}: its tensors are not those of the network ({reason}); train or get it anew") from error
    return network.eval(), calibration


def _read(path: Path) -> tuple[dict[str, str], dict[str, Any]]:
    from safetensors import safe_open

    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            return dict(file.metadata() or {}), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    # The package's own error is of no fixed type; a file that is cut off, or a pickle, raises it before anything runs.
    except Exception as error:
        reason = " ".join(str(error).split())[:120]
        raise DdsrError(f"{path}: not a safetensors file ({reason}); train or get it anew") from error


def _check_versions(path: Path, metadata: dict[str, str]) -> None:
    if metadata.get("format") != _FORMAT:
        raise DdsrError(f"{path}: no weights of {_FORMAT}; give weights that `ddsr-bench train rw-vsr-qa` wrote")
    for name, wanted in (("weights_version", WEIGHTS_VERSION), ("fragments_version", FRAGMENTS_VERSION)):
        if metadata.get(name) != str(wanted):
            found = metadata.get(name)
            raise DdsrError(
                f"{path}: {name} {found}, but this program has {wanted}; train anew, or use its own release"
            )
