"""The network with the weights of a file, which is read as tensors and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights import load_state_dict, load_stored

if TYPE_CHECKING:
    from torch import Tensor

    from ddsr_bench.quality.fast_vqa.network.evaluator import FastVqa

_KEYS = ("state_dict", "model_state_dict", "model")
_NAMED = 3
_TABLE = "relative_position_index"


def load_network(path: Path, *, stored: bool = False) -> FastVqa:
    """The network with the weights in ``path``; kept, so that the clips of a run share it.

    Args:
        path: FAST-VQA-B's published checkpoint, or one with its names of parameters.
        stored: whether the file belongs to the store, which then keeps a copy that opens quickly.

    Raises:
        DdsrError: no such file, no checkpoint of plain tensors, or another network's.
    """
    try:
        changed = path.stat().st_mtime_ns
    except OSError as error:
        raise DdsrError(f"{path}: no such file; give a checkpoint of FAST-VQA-B") from error
    return _loaded(path, changed, stored)


@lru_cache(maxsize=2)
def _loaded(path: Path, changed: int, stored: bool) -> FastVqa:
    import torch

    from ddsr_bench.quality.fast_vqa.network.evaluator import FastVqa

    weights = load_stored(path, keys=_KEYS) if stored else load_state_dict(path, keys=_KEYS)
    # Without memory of its own: every tensor is the file's.
    with torch.device("meta"):
        network = FastVqa()
    _check(path, network.state_dict(), weights)
    whole = {name: value if name.endswith(_TABLE) else value.float() for name, value in weights.items()}
    network.load_state_dict(whole, strict=True, assign=True)
    return network.eval().requires_grad_(False)


def _check(path: Path, own: Mapping[str, Any], weights: Mapping[str, Tensor]) -> None:
    """Refuse another network's weights, naming the first few that do not fit."""
    shapes = [f"{key} {tuple(weights[key].shape)}" for key in own if _differs(own[key], weights.get(key))]
    faults = [
        ("lacks", [key for key in own if key not in weights]),
        ("has unknown", [key for key in weights if key not in own]),
        ("has other shapes", shapes),
    ]
    told = "; ".join(f"{verb} {len(keys)}: {_few(keys)}" for verb, keys in faults if keys)
    if told:
        raise DdsrError(f"{path}: is no checkpoint of FAST-VQA-B, it {told}; give FAST_VQA_B_1_4.pth or one like it")
    broken = [key for key, value in weights.items() if not _sound(key, value)]
    if broken:
        raise DdsrError(f"{path}: its {_few(broken)} cannot be right; download the file again")


def _differs(ours: Tensor, theirs: Tensor | None) -> bool:
    return theirs is not None and theirs.shape != ours.shape


def _sound(key: str, value: Tensor) -> bool:
    """Whether numbers are finite, and a table of places is the one that the network is built on."""
    import torch

    if not key.endswith(_TABLE):
        return value.is_floating_point() and bool(torch.isfinite(value).all())
    return torch.equal(value, _positions())


@lru_cache(maxsize=1)
def _positions() -> Tensor:
    from ddsr_bench.quality.fast_vqa.network.evaluator import WINDOW
    from ddsr_bench.quality.fast_vqa.network.windows import position_index

    return position_index(WINDOW)


def _few(keys: Sequence[str]) -> str:
    return ", ".join(keys[:_NAMED]) + (", ..." if len(keys) > _NAMED else "")
