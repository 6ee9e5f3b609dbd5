"""Reading checkpoints as tensors and nothing else: a file from the web must not run code."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsr_bench.errors import DdsrError

if TYPE_CHECKING:
    from torch import Tensor


def load_state_dict(path: str | os.PathLike[str], *, keys: Sequence[str] = ()) -> dict[str, Tensor]:
    """Load a state dict (parameter name -> CPU tensor) from a torch checkpoint or a safetensors file.

    Args:
        path: safetensors of any name (needs the package) or anything ``torch.save`` wrote.
        keys: names under which checkpoints may keep the weights, such as ``("params_ema", "params")``; the
            first that is there is taken. Without a match the file's top level is.

    Raises:
        DdsrError: missing file, a pickle that needs code, another format, or no flat dict of tensors.
    """
    source = Path(path)
    if not source.is_file():
        raise DdsrError(f"{source}: no such file; fetch it first or check the path")
    content = _read_safetensors(source) if _is_safetensors(source) else _read_torch(source)
    return _tensors(source, _select(content, keys))


def _is_safetensors(source: Path) -> bool:
    """By its name, or by its head: the length of a JSON text, then that text."""
    if source.suffix == ".safetensors":
        return True
    try:
        with source.open("rb") as file:
            head = file.read(9)
    except OSError as error:
        raise DdsrError(f"{source}: cannot read ({error.strerror or error}); check the path") from error
    return head[8:] == b"{" and int.from_bytes(head[:8], "little") < source.stat().st_size


def _read_torch(source: Path) -> Any:
    import torch

    try:
        return torch.load(source, map_location="cpu", weights_only=True)
    # Damaged files raise nearly anything here (pickle, zip, Unicode, key, index errors); all mean the same.
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise DdsrError(
            f"{source}: not a checkpoint of plain tensors ({reason}); download it again or convert it"
        ) from error


def _read_safetensors(source: Path) -> Any:
    try:
        from safetensors.torch import load_file  # type: ignore[import-not-found]
    except ImportError as error:
        raise DdsrError(f"{source}: needs the package safetensors; install it with pip") from error
    try:
        return load_file(source, device="cpu")
    except Exception as error:
        raise DdsrError(f"{source}: not a safetensors file ({error}); download it again") from error


def _select(content: Any, keys: Sequence[str]) -> Any:
    if isinstance(content, Mapping):
        return next((content[key] for key in keys if key in content), content)
    return content


def _tensors(source: Path, content: Any) -> dict[str, Tensor]:
    import torch

    if not isinstance(content, Mapping):
        raise DdsrError(f"{source}: holds a {type(content).__name__}, not a state dict; give another file")
    if not content or not all(isinstance(value, torch.Tensor) for value in content.values()):
        names = ", ".join(str(key) for key in list(content)[:8]) or "nothing"
        raise DdsrError(f"{source}: no flat dict of tensors (it holds: {names}); name the weights with keys=")
    return {str(name): value for name, value in content.items()}
