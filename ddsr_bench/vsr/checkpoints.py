"""A method's weights: the user's file, or the card's file in the store; nothing is downloaded in passing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.cards import MethodCard, Weights, method_card
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.shipped import shipped_file
from ddsr_bench.weights import (
    WeightSpec,
    held,
    is_trusted,
    load_state_dict,
    load_stored,
    sha256_of,
    stored_hash,
    without_prefix,
)

if TYPE_CHECKING:
    from torch import Tensor

# Entries under which checkpoints of this field keep their weights, where a card names none.
_KEYS = ("params_ema", "params", "state_dict", "model_state_dict", "model", "net")
State = Literal["none needed", "to be trained", "shipped", "stored", "own file", "changed", "to fetch", "by hand"]


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
    prefix = entry.prefix if entry is not None else ""
    if file == settings.weights:
        return without_prefix(load_state_dict(file, keys=keys), prefix)
    return load_stored(file, keys=keys, prefix=prefix)


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
    if card.weights_status == "shipped":
        return shipped_file(entry.file)
    spec = weight_spec(card, entry)
    if held(spec):
        return spec.path()
    if spec.path().exists():
        raise DdsrError(
            f"method {name!r}: {spec.path()} is not the file that it should be; {how_to_replace(name, entry)}"
        )
    raise DdsrError(f"method {name!r}: its weights {entry.file} are not here; {how_to_get(name, entry)}")


def weights_hashes(name: str, scale: int, settings: Settings) -> dict[str, str]:
    """SHA-256, by role, of the files that a method may take its weights from: the user's own, and those in the store.

    Roles whose file is not there are left out, as is all that a method without a card finds by itself.

    Raises:
        DdsrError: the user's file cannot be read.
    """
    own = settings.weights
    found = {"main": sha256_of(own)} if own is not None and own.is_file() else {}
    card = method_card(name)
    if card is None:
        return found
    entries = {entry.role: entry for entry in card.weights if entry.scale == scale}
    if card.weights_status == "shipped":
        return {role: sha256_of(shipped_file(entry.file)) for role, entry in entries.items()} | found
    specs = {role: weight_spec(card, entry) for role, entry in entries.items()}
    return {role: stored_hash(spec) for role, spec in specs.items() if held(spec)} | found


def weight_spec(card: MethodCard, entry: Weights) -> WeightSpec:
    """One of a card's files as the store knows it: ``<root>/weights/<method>/<file>``."""
    return WeightSpec(
        name=card.name,
        url=entry.url,
        sha256=entry.sha256 or entry.hash_prefix,
        size=entry.size,
        licence=entry.licence or card.licence,
        filename=entry.file,
        folder=card.name,
    )


def file_state(card: MethodCard, entry: Weights) -> State:
    """How it stands with one of a card's files."""
    if card.weights_status == "shipped":
        return "shipped"
    spec = weight_spec(card, entry)
    if held(spec):
        return "own file" if is_trusted(spec, spec.path()) else "stored"
    if spec.path().exists():
        return "changed"
    return "to fetch" if entry.url else "by hand"


def weights_state(card: MethodCard) -> State:
    """How it stands with a method's weights, those of its main scale."""
    if card.weights_status == "none needed" or card.weights_status == "to be trained":
        return card.weights_status
    return file_state(card, card.file(card.scales[0]) or card.weights[0])


def how_to_get(name: str, entry: Weights) -> str:
    """What to do for a file that is not in the store."""
    unknown = "" if entry.sha256 or entry.hash_prefix else " --trust"
    if entry.url:
        return f"fetch them with: ddsr-bench weights fetch {name}{unknown}"
    return f"get them by hand ({entry.how}), then: ddsr-bench weights add {name} {entry.file}{unknown}"


def how_to_replace(name: str, entry: Weights) -> str:
    """What to do for a file of the store that is another than it should be."""
    again = f"fetch it anew (ddsr-bench weights fetch {name})" if entry.url else "get it anew"
    return f"{again}, or if it is meant: ddsr-bench weights add {name} FILE --trust"


def _none_yet(status: str, scale: int) -> str:
    if status == "to be trained":
        return "nobody has published weights for it yet"
    return f"has no weights for x{scale}"
