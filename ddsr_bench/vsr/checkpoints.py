"""A method's weights: the user's file, or the card's file in the store; nothing is downloaded in passing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.cards import Weights, method_card
from ddsr_bench.vsr.method import Settings
from ddsr_bench.weights import cache_root, load_state_dict

if TYPE_CHECKING:
    from torch import Tensor

# Entries under which checkpoints of this field keep their weights, where a card names none.
_KEYS = ("params_ema", "params", "state_dict", "model_state_dict", "model", "net")


def checkpoint(name: str, scale: int, settings: Settings, role: str = "main") -> dict[str, Tensor]:
    """The state dict of a method under the network's own names.

    Args:
        name: of the method.
        scale: which weights, where there are several.
        settings: ``weights`` is the user's own file, taken for the main role.
        role: of the file, see the card.

    Raises:
        DdsrError: no such file, or none yet; the text says which command brings it.
    """
    file = weights_file(name, scale, settings, role)
    card = method_card(name)
    entry = card.file(scale, role) if card is not None else None
    keys = (entry.key, *_KEYS) if entry is not None and entry.key else _KEYS
    state = load_state_dict(file, keys=keys)
    return _without(state, entry.prefix) if entry is not None and entry.prefix else state


def weights_file(name: str, scale: int, settings: Settings, role: str = "main") -> Path:
    """Where a method's weights are.

    Raises:
        DdsrError: as :func:`checkpoint`.
    """
    if settings.weights is not None and role == "main":
        if not settings.weights.is_file():
            raise DdsrError(f"{settings.weights}: no such file; give the checkpoint of {name!r} with --weights")
        return settings.weights
    card = method_card(name)
    if card is None:
        raise DdsrError(f"method {name!r}: has no card, so its weights are not known; give them with --weights FILE")
    entry = card.file(scale, role)
    if entry is None:
        raise DdsrError(f"method {name!r}: {_none_yet(card.weights_status, scale)}; give your own with --weights FILE")
    path = stored_path(name, entry)
    if not path.is_file():
        raise DdsrError(f"method {name!r}: its weights {entry.file} are not here; {how_to_get(name, entry)}")
    return path


def stored_path(name: str, entry: Weights) -> Path:
    """Where a card's file lies in the store: ``<root>/weights/<method>/<file>``."""
    return cache_root() / "weights" / name / entry.file


def how_to_get(name: str, entry: Weights) -> str:
    """What to do for a file that is not in the store."""
    if entry.url:
        return f"fetch them with: ddsr-bench weights fetch {name}"
    return f"get them by hand ({entry.how}), then: ddsr-bench weights add {name} {entry.file}"


def _none_yet(status: str, scale: int) -> str:
    if status == "to be trained":
        return "nobody has published weights for it yet"
    return f"has no weights for x{scale}"


def _without(state: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The entries that begin with ``prefix``, without it; all of them where none does (already stripped)."""
    found = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    return found or dict(state)
