"""The methods of a run: what each is, which weights it has, and why it cannot run where it cannot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import file_sha256
from ddsr_bench.vsr.cards import MethodCard, method_card
from ddsr_bench.vsr.catalogue import get_method, method_names
from ddsr_bench.vsr.checkpoints import weights_file
from ddsr_bench.vsr.method import Method, Settings

ALL = "all"


@dataclass(frozen=True)
class Entry:
    """A method that takes part.

    Attributes:
        text: as it was asked for.
        name: what it is called.
        method: None where it cannot even be loaded.
        version: of the method.
        weights: by file's name the SHA-256.
        reason: why it cannot run, with what to do; None where it can.
        named: whether it was asked for by its name.
    """

    text: str
    name: str
    method: Method | None
    version: str = ""
    weights: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    named: bool = True

    @property
    def card(self) -> MethodCard | None:
        """Its card, or None."""
        return method_card(self.name)

    @property
    def kind(self) -> Literal["classical", "network", "precomputed", "own"]:
        """What sort of method it is."""
        if self.method is not None and self.method.start_clip is not None:
            return "precomputed"
        if self.card is None:
            return "own"
        return "network" if self.card.weights_status != "none needed" else "classical"


def choose_methods(texts: Sequence[str], settings: Settings) -> list[Entry]:
    """The methods asked for; ``"all"`` stands for every one of ours and of other packages.

    Args:
        texts: names, ``all``, ``path/to/file.py:function``, ``folder:DIR`` or ``model:FILE``.
        settings: with the scale of the run.

    Raises:
        DdsrError: a name that is unknown, or two methods of one name.
    """
    named = [text for text in texts if text != ALL]
    others = [name for name in method_names() if ALL in texts and name not in named]
    entries = [_entry(text, settings, named=True) for text in dict.fromkeys(named)]
    entries += [_entry(text, settings, named=False) for text in others]
    seen: dict[str, str] = {}
    for entry in entries:
        if entry.name in seen:
            raise DdsrError(f"{entry.text}: is called {entry.name!r} as {seen[entry.name]} is; rename one of the two")
        seen[entry.name] = entry.text
    return entries


def _entry(text: str, settings: Settings, *, named: bool) -> Entry:
    try:
        method = get_method(text)
    except DdsrError as error:
        if named:
            raise
        return Entry(text, text, None, reason=str(error), named=named)
    scale = settings.scale
    reason = None
    if scale not in method.scales:
        offered = ", ".join(f"x{one}" for one in method.scales)
        reason = f"method {method.name!r}: makes {offered}, this leaderboard is x{scale}; use clips for that scale"
    weights: dict[str, str] = {}
    if reason is None and method.needs_weights:
        weights, reason = _weights(method, settings)
    return Entry(text, method.name, method, method.version, weights, reason, named)


def _weights(method: Method, settings: Settings) -> tuple[dict[str, str], str | None]:
    """Hashes of the files that are there, or the line that says which command brings the missing one."""
    card, scale = method_card(method.name), settings.scale
    if card is None:
        return {}, None  # it finds its weights itself, or says so when it starts
    try:
        main = weights_file(method.name, scale or method.scales[0], settings)
    except DdsrError as error:
        return {}, str(error)
    found = {main.name: file_sha256(main)}
    for one in card.weights:
        if one.scale == scale and one.role != "main":
            try:
                path = weights_file(method.name, one.scale, settings, one.role)
            except DdsrError:
                continue  # wanted by an option alone
            found[path.name] = file_sha256(path)
    return found, None
