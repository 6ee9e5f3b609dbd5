"""What ``weights list``, ``fetch``, ``add``, ``verify`` and ``path`` do."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli.tables import columns
from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.cards import MethodCard, Weights, load_method_cards, method_card
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.checkpoints import file_state, how_to_get, weight_spec, weights_file, weights_state
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.shipped import shipped_path
from ddsr_bench.weights import check_converted, held, is_trusted, remove, use_file
from ddsr_bench.weights import fetch as fetch_file
from ddsr_bench.weights.verify import sha256_of

_WHOLE = "ok, comes with the package"
_WILD = "*?["
_MIB = 1 << 20


def listing(pattern: str) -> str:
    """A line for each file of the methods whose names match, and one for methods without files.

    Raises:
        DdsrError: none matches.
    """
    rows = [["method", "scale", "state", "size", "licence", "file"]]
    for row in _rows(pattern):
        size = "-" if row["size"] is None else f"{row['size'] / _MIB:.1f} MiB"
        role = "" if row["role"] in (None, "main") else f" ({row['role']})"
        scale = "-" if row["scale"] is None else f"x{row['scale']}"
        rows.append([row["method"], scale, row["state"], size, row["licence"] or "-", (row["file"] or "-") + role])
    return columns(rows)


def listing_json(pattern: str) -> str:
    """The same as a JSON list of objects, with addresses, hashes and paths.

    Raises:
        DdsrError: none matches.
    """
    return json.dumps(_rows(pattern), indent=2)


def _rows(pattern: str) -> list[dict[str, Any]]:
    cards = [card for name, card in load_method_cards().items() if fnmatchcase(name, pattern)]
    if not cards:
        raise DdsrError(f"method {pattern!r}: matches none of {len(load_method_cards())} cards; see: methods list")
    return [row for card in cards for row in ([_file_row(card, entry) for entry in card.weights] or [_no_row(card)])]


def _file_row(card: MethodCard, entry: Weights) -> dict[str, Any]:
    spec = weight_spec(card, entry)
    path = _place(card, entry)
    return {
        "method": card.name,
        "scale": entry.scale,
        "role": entry.role,
        "state": file_state(card, entry),
        "size": path.stat().st_size if path.is_file() else entry.size,
        "licence": spec.licence,
        "file": entry.file,
        "sha256": spec.sha256,
        "url": entry.url,
        "how": entry.how,
        "path": str(path) if path.is_file() else None,
    }


def _place(card: MethodCard, entry: Weights) -> Path:
    """Where a file of a card is, or would be."""
    return shipped_path(entry.file) if card.weights_status == "shipped" else weight_spec(card, entry).path()


def _no_row(card: MethodCard) -> dict[str, Any]:
    """The row of a method that has no files."""
    nothing = dict.fromkeys(("scale", "role", "size", "licence", "file", "sha256", "url", "how", "path"))
    return {"method": card.name, "state": weights_state(card), **nothing}


def fetch(methods: Sequence[str], *, trust: bool) -> int:
    """Fetch all files of these methods, say where each is, and tell what could not be had.

    Returns:
        The exit code: 1 when a file is missing.

    Raises:
        DdsrError: an unknown method, or a pattern that matches none that can be fetched.
    """
    failed: list[str] = []
    for card in _chosen(methods):
        if card.weights_status == "none needed":
            click.echo(f"{card.name}: needs no weights")
            continue
        if card.weights_status == "shipped":
            click.echo(f"{card.name}: its weights come with the package")
            continue
        if not card.weights:
            failed.append(f"method {card.name!r}: nobody has published weights for it yet; give yours with --weights")
        for entry in card.weights:
            try:
                click.echo(f"{card.name}: {_fetched(card, entry, trust)}")
            except DdsrError as error:
                failed.append(str(error))
    for text in failed:
        click.echo(f"Error: {text}", err=True)
    return 1 if failed else 0


def _chosen(methods: Sequence[str]) -> list[MethodCard]:
    """The cards of names and patterns, each once."""
    found: dict[str, MethodCard] = {}
    for text in methods:
        if not set(_WILD) & set(text):
            found[text] = _card(text)
            continue
        matching = {name: card for name, card in load_method_cards().items() if fnmatchcase(name, text)}
        by_program = {name: card for name, card in matching.items() if any(entry.url for entry in card.weights)}
        if not by_program:
            raise DdsrError(f"method {text!r}: matches none whose weights can be fetched; see: ddsr-bench weights list")
        found |= by_program
    return list(found.values())


def _card(name: str) -> MethodCard:
    """The card of a method.

    Raises:
        DdsrError: an unknown method, or one of another package.
    """
    card = method_card(name)
    if card is None:
        get_method(name)
        raise DdsrError(f"method {name!r}: has no card, so its weights are not known; give them with --weights FILE")
    return card


def _fetched(card: MethodCard, entry: Weights, trust: bool) -> Path:
    """Where a file is, after it was fetched if need be.

    Raises:
        DdsrError: it cannot be had; the text says how it is got by hand, where it is.
    """
    from ddsr_bench.weights.sources import mirror

    spec = weight_spec(card, entry)
    if not entry.url and not mirror() and not held(spec):
        raise DdsrError(f"method {card.name!r}: no program can get {entry.file}; {how_to_get(card.name, entry)}")
    with _bytes_shown(entry.file) as progress:
        path = fetch_file(spec, trust=trust, progress=progress)
    if _is_page(path):
        remove(spec)
        raise DdsrError(f"{entry.url or entry.file}: gives a web page, no weights; download it in a browser and add it")
    if is_trusted(spec, path):
        try:
            _tried(card, entry, path)
        except DdsrError:
            remove(spec)
            raise
    return path


def _tried(card: MethodCard, entry: Weights, file: Path) -> None:
    """Load a file into the method's network, where no published hash vouches for it.

    Raises:
        DdsrError: it is no checkpoint, or another network's.
    """
    get_method(card.name).start(Settings(scale=entry.scale, weights=file, device="cpu", precision="fp32"))


@contextmanager
def _bytes_shown(label: str) -> Iterator[Callable[[int, int | None], None] | None]:
    """A bar of bytes on a terminal; nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    shown = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*shown, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def add(method: str, file: Path, *, scale: int | None, role: str | None, trust: bool) -> str:
    """Take a user's file into the store; returns a line that says where it is.

    Raises:
        DdsrError: unknown method, no such file of it, unreadable, or not known to be the right one.
    """
    card = _card(method)
    entry = _entry(card, file.name, scale, role)
    if file.is_file() and _is_page(file):
        raise DdsrError(f"{file}: is a web page, no weights; open its address in a browser and save the file itself")
    spec = weight_spec(card, entry)
    if trust and not spec.fits(sha256_of(file)):
        _tried(card, entry, file)
    path = use_file(spec, file, trust=trust)
    return f"{method}: {path} (for x{entry.scale}{'' if entry.role == 'main' else ', ' + entry.role})"


def _entry(card: MethodCard, file: str, scale: int | None, role: str | None) -> Weights:
    """The entry of a card that a user's file is for: by scale and role where given, else by name, else the only one."""
    if not card.weights or card.weights_status == "shipped":
        raise DdsrError(f"method {card.name!r}: takes no file of weights from the store ({card.weights_status})")
    fitting = [one for one in card.weights if scale in (None, one.scale) and role in (None, one.role)]
    if len(fitting) > 1:
        named = [one for one in fitting if one.file == file]
        fitting = named or [one for one in fitting if one.role == "main"]
    if len(fitting) == 1:
        return fitting[0]
    known = ", ".join(f"{one.file} (x{one.scale}, {one.role})" for one in card.weights)
    raise DdsrError(f"method {card.name!r}: which of its files is {file}? say with --scale and --role; it has {known}")


def _is_page(path: Path) -> bool:
    """Whether a file is a web page, which is what servers give who want a log-in or a click."""
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip().startswith(b"<")
    except OSError as error:
        raise DdsrError(f"{path}: cannot read ({error.strerror or error}); check the path") from error


def verify(methods: Sequence[str]) -> int:
    """Read stored files in full and say how each stands.

    Returns:
        The exit code: 1 when one has changed, or one of a method that was named is not there.

    Raises:
        DdsrError: an unknown method.
    """
    cards = [_card(name) for name in methods] or list(load_method_cards().values())
    told = [(card, entry, _verified(card, entry)) for card in cards for entry in card.weights]
    shown = [one for one in told if methods or one[2] not in ("not stored", _WHOLE)]
    for card, entry, state in shown:
        click.echo(f"{card.name}: {_place(card, entry)}: {state}")
    if not shown:
        click.echo("nothing is stored" if not methods else "no files belong to these methods")
    return 1 if any(state in ("changed", "not stored") for _, _, state in shown) else 0


def _verified(card: MethodCard, entry: Weights) -> str:
    if card.weights_status == "shipped":
        path = _place(card, entry)
        return _WHOLE if path.is_file() and sha256_of(path) == entry.sha256 else "changed"
    spec = weight_spec(card, entry)
    if not spec.path().exists():
        return "not stored"
    if not held(spec, verify=True):
        return "changed"
    check_converted(spec.path())
    return "ok" if file_state(card, entry) == "stored" else "ok, taken on your word"


def stored_file(method: str, scale: int | None, role: str) -> Path:
    """Where a method's file is.

    Raises:
        DdsrError: unknown method, or the file is not there; the text says how it is got.
    """
    card = _card(method)
    if card.weights_status == "none needed":
        raise DdsrError(f"method {method!r}: needs no weights")
    return weights_file(method, card.scales[0] if scale is None else scale, Settings(), role)
