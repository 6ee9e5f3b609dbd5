"""The state of a run as one file: networks, averages, optimisers, place; opened without running anything in it."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.files import write_bytes_atomic
from ddsr_bench.provenance import canonical_json
from ddsr_bench.train.loop.step import Machine

STATE_VERSION = 1


@dataclass
class Progressed:
    """How far a run has come.

    Attributes:
        epoch, index: of the next batch, from 0. With the seed they are the state of all randomness.
        step: how many steps are done.
        best: best watched value so far; None before the first validation.
        best_epoch: its epoch, from 1; 0 before.
        stale: validations since then.
        stopped: whether training has stopped for want of a better one.
    """

    epoch: int = 0
    index: int = 0
    step: int = 0
    best: float | None = None
    best_epoch: int = 0
    stale: int = 0
    stopped: bool = False


def save_state(path: Path, held: Machine, progressed: Progressed, facts: Mapping[str, Any]) -> None:
    """Write the state; the file that was there stays whole until the new one is.

    Raises:
        DdsrError: it cannot be written (disk full, no right); the former state is intact.
    """
    content = {
        "state_version": STATE_VERSION,
        "facts": canonical_json(facts),
        "progressed": asdict(progressed),
        "parts": {name: module.state_dict() for name, module in held.modules.items()},
        "average": {name: module.state_dict() for name, module in held.average.modules.items()},
        "optimisers": {name: one.state_dict() for name, one in held.optimisers.items()},
        "scaler": held.scaler.state_dict(),
    }
    # Through memory, as torch's own writer tells a full disk by a RuntimeError like any other.
    buffer = io.BytesIO()
    torch.save(content, buffer)
    try:
        write_bytes_atomic(path, buffer.getvalue())
    except DdsrError as error:
        kept = f"the last checkpoint ({path.name}) is intact" if path.exists() else "there is no checkpoint yet"
        raise DdsrError(f"{error}; {kept}, go on from it with --resume") from error


def load_state(path: Path, held: Machine, facts: Mapping[str, Any]) -> Progressed:
    """Put a saved state into the machine.

    Raises:
        DdsrError: not a state of this program or version, other networks, or a run with other settings or data.
    """
    content = _content(path)
    different = _difference(content["facts"], canonical_json(facts))
    if different:
        raise DdsrError(f"{path}: made with another {different}; give what it was made with, or choose another --out")
    try:
        for name, module in held.modules.items():
            module.load_state_dict(content["parts"][name])
            held.average.modules[name].load_state_dict(content["average"][name])
            held.optimisers[name].load_state_dict(content["optimisers"][name])
        if content["scaler"] and held.scaler.is_enabled():
            held.scaler.load_state_dict(content["scaler"])
        return Progressed(**content["progressed"])
    except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
        reason = " ".join(str(error).split())[:160]
        raise DdsrError(f"{path}: holds other networks ({reason}); remove it to begin anew") from error


def _content(path: Path) -> dict[str, Any]:
    try:
        # Tensors, numbers and text alone: a pickle that would call anything is refused before it does.
        content = torch.load(path, map_location="cpu", weights_only=True)
    # Damaged files raise nearly anything here (pickle, zip, Unicode, key, index errors); all mean the same.
    except Exception as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise DdsrError(f"{path}: not a state of training ({reason}); remove it to begin anew") from error
    version = content.get("state_version") if isinstance(content, dict) else None
    if version != STATE_VERSION:
        raise DdsrError(f"{path}: state of version {version}, wanted {STATE_VERSION}; remove it to begin anew")
    if not {"facts", "progressed", "parts", "average", "optimisers", "scaler"} <= set(content):
        raise DdsrError(f"{path}: not a whole state of training; remove it to begin anew")
    return dict(content)


def _difference(saved: str, wanted: str) -> str:
    """Where two canonical texts of facts differ, such as ``loop.epochs (20, not 30)``; empty where nowhere."""
    import json

    return _first_difference(json.loads(saved), json.loads(wanted), "")


def _first_difference(saved: Any, wanted: Any, place: str) -> str:
    if isinstance(saved, dict) and isinstance(wanted, dict):
        keys = sorted(set(saved) | set(wanted))
        parts = (_first_difference(saved.get(key), wanted.get(key), f"{place}.{key}".strip(".")) for key in keys)
        return next((part for part in parts if part), "")
    return "" if saved == wanted else f"{place} ({_short(saved)}, not {_short(wanted)})"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 20 else f"{text[:17]}..."
