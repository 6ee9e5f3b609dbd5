"""A stored checkpoint once more as safetensors beside it: opened without unpickling, and in no time.

Made at the first reading where the package ``safetensors`` is there and the store can be written; used as long as
neither it nor the file it was made from has changed.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ddsr_bench.weights.state import load_state_dict
from ddsr_bench.weights.verify import is_verified, remove_stamp, sha256_of, stamped_hash, write_stamp

if TYPE_CHECKING:
    from torch import Tensor

_FORM = "1"  # raised whenever what is written changes


def load_stored(path: Path, *, keys: Sequence[str] = (), prefix: str = "") -> dict[str, Tensor]:
    """The state dict of a file of the store, by its safetensors copy where there is a sound one.

    Args:
        path: of the file, as the store gave it.
        keys: as for :func:`~ddsr_bench.weights.state.load_state_dict`.
        prefix: in front of each parameter's name; taken away, and entries without it are left out, unless none has it.

    Raises:
        DdsrError: the file is no checkpoint of plain tensors.
    """
    facts = {"form": _FORM, "source_sha256": stamped_hash(path) or "", "keys": json.dumps(list(keys)), "prefix": prefix}
    copy = converted_path(path)
    if facts["source_sha256"] and stamped_hash(copy) is not None:
        found = _read(copy, facts)
        if found is not None:
            return found
    state = without_prefix(load_state_dict(path, keys=keys), prefix)
    if facts["source_sha256"] and path.suffix != ".safetensors":
        _write(copy, state, facts)
    return state


def without_prefix(state: dict[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The entries that begin with ``prefix``, without it; all of them where none does (already stripped)."""
    found = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    return found or state


def converted_path(path: Path) -> Path:
    """Where the copy of a stored file lies."""
    return path.with_name(f"{path.name}.safetensors")


def check_converted(path: Path) -> None:
    """Read the copy of ``path`` in full and delete it if it has changed; it is made anew when it is needed."""
    copy = converted_path(path)
    found = stamped_hash(copy)
    if copy.exists() and (found is None or not is_verified(copy, found, full=True)):
        remove_converted(path)


def remove_converted(path: Path) -> None:
    """Delete the copy of ``path``, if there is one."""
    copy = converted_path(path)
    copy.unlink(missing_ok=True)
    remove_stamp(copy)


def _read(copy: Path, facts: dict[str, str]) -> dict[str, Tensor] | None:
    """The tensors of a copy that was made of just this; None where it was not, or cannot be read."""
    try:
        from safetensors import safe_open
    except ImportError:
        return None
    # A damaged copy raises nearly anything, and the file it was made from is still there.
    with contextlib.suppress(Exception), safe_open(copy, framework="pt", device="cpu") as content:
        if content.metadata() == facts:
            return {name: content.get_tensor(name) for name in content.keys()}  # noqa: SIM118
    return None


def _write(copy: Path, state: dict[str, Tensor], facts: dict[str, str]) -> None:
    """Write a copy; without the package, or where it cannot be written, there is none."""
    try:
        from safetensors.torch import save_file
    except ImportError:
        return
    part = copy.with_name(f".{copy.name}.{os.getpid()}.part")
    try:
        # Tensors that share memory, as a published file may have, are refused.
        save_file({name: value.detach().clone().contiguous() for name, value in state.items()}, part, metadata=facts)
        os.replace(part, copy)
        write_stamp(copy, sha256_of(copy))
    except (OSError, ValueError, RuntimeError):
        remove_converted(copy.with_name(copy.name.removesuffix(".safetensors")))
    finally:
        part.unlink(missing_ok=True)
