"""What ``methods list`` and ``show`` do; listing loads no method, so it takes no time."""

from __future__ import annotations

import inspect
import json
import sys
import textwrap
from fnmatch import fnmatchcase
from importlib import import_module
from typing import Any

from ddsr_bench.cli.tables import columns
from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.cards import MethodCard, Weights, load_method_cards, method_card
from ddsr_bench.vsr.catalogue import get_method, method_names
from ddsr_bench.vsr.checkpoints import file_state, how_to_get, how_to_replace, weight_spec, weights_state
from ddsr_bench.vsr.method import Method

_WIDTH = 110
_LABEL = 14
_FRAMES = {
    "frame": "each frame by itself",
    "window": "a window of neighbouring frames",
    "forward": "the frames before",
    "bidirectional": "the frames before and behind",
}


def listing(pattern: str) -> str:
    """A line for each method whose name matches: what it makes, which frames it looks at, what it needs.

    Raises:
        DdsrError: none matches.
    """
    rows = [["method", "scales", "frames", "year", "weights", "licence", "title"]]
    for row in _rows(pattern):
        scales = ",".join(f"x{scale}" for scale in row["scales"] or ()) or "-"
        facts = (row["temporal"], row["year"], row["weights"], row["licence"], row["title"])
        rows.append([row["name"], scales, *("-" if fact is None else str(fact) for fact in facts)])
    return columns(rows)


def listing_json(pattern: str) -> str:
    """The same as a JSON list of objects; what has no card has null in most places.

    Raises:
        DdsrError: none matches.
    """
    return json.dumps(_rows(pattern), indent=2)


def _rows(pattern: str) -> list[dict[str, Any]]:
    known = sorted({*method_names(), *load_method_cards()})
    names = [name for name in known if fnmatchcase(name, pattern)]
    if not names:
        raise DdsrError(f"method {pattern!r}: matches none of {len(known)}; see: ddsr-bench methods list")
    return [_row(name, method_card(name)) for name in names]


def _row(name: str, card: MethodCard | None) -> dict[str, Any]:
    facts = ("title", "scales", "temporal", "year", "licence")
    if card is None:
        return {"name": name, **dict.fromkeys(facts), "weights": None}
    return {"name": name, **{fact: getattr(card, fact) for fact in facts}, "weights": weights_state(card)}


def description(name: str) -> str:
    """Everything known of a method, for people.

    Raises:
        DdsrError: an unknown name, or a method of another package that cannot be loaded.
    """
    method, card = get_method(name), method_card(name)
    facts = [*(_card_facts(card) if card else [("card", "none")]), *_own_facts(method), *_needs(method, card)]
    lines = [name, *(line for key, value in facts if value for line in _wrapped(key, value))]
    definition = _definition(method)
    return "\n".join([*lines, *(["", definition] if definition else [])])


def _wrapped(key: str, value: str) -> list[str]:
    label = f"  {key:{_LABEL - 2}s}"
    return textwrap.wrap(
        value,
        _WIDTH,
        initial_indent=label,
        subsequent_indent=" " * _LABEL,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _card_facts(card: MethodCard) -> list[tuple[str, str]]:
    return [
        ("title", f"{card.title} ({card.year})"),
        ("paper", card.paper),
        ("code", card.code),
        ("licence", card.licence),
        ("made for", f"LR video of kind: {card.degradation}" if card.degradation != "none" else ""),
        ("trained on", ", ".join(card.trained_on)),
        ("parameters", f"{card.parameters:,}" if card.parameters else ""),
        ("note", card.note),
    ]


def _own_facts(method: Method) -> list[tuple[str, str]]:
    height, width = method.smallest
    options = (f"{key} ({low:g} to {high:g}, default {usual:g})" for key, (low, high, usual) in method.options.items())
    return [
        ("scales", ", ".join(f"x{scale}" for scale in method.scales)),
        ("looks at", _FRAMES[method.temporal]),
        ("smallest", f"{width}x{height}" + (f", {method.fewest} frames" if method.fewest > 1 else "")),
        ("options", ", ".join(options)),
        ("version", method.version),
    ]


def _needs(method: Method, card: MethodCard | None) -> list[tuple[str, str]]:
    """What has to be there for it to run."""
    if card is None:
        return [("needs", "weights, see its own documentation" if method.needs_weights else "")]
    if card.weights_status == "none needed":
        return [("needs", "nothing; it can run")]
    if not card.weights:
        return [("needs", "weights that nobody has published yet; give your own with --weights FILE")]
    return [("weights", _file(card, entry)) for entry in card.weights]


def _file(card: MethodCard, entry: Weights) -> str:
    """One of its files, how it stands with it, and what to do."""
    role = "" if entry.role == "main" else f", {entry.role}"
    digits = entry.sha256 or entry.hash_prefix
    known = f"sha256 {digits[:12]}..." if digits else "no sha256 published (--trust will be asked for)"
    state = file_state(card, entry)
    how = {
        "changed": f"changed; {how_to_replace(card.name, entry)}",
        "stored": "stored",
        "own file": "your own, stored",
        "shipped": "comes with the package",
    }
    told = f"{entry.file} (x{entry.scale}{role}), {weight_spec(card, entry).licence}, {known}"
    return f"{told}; {how.get(state) or how_to_get(card.name, entry)}"


def _definition(method: Method) -> str:
    """The docstring of the module that holds the method, or that makes its run."""
    try:
        module: Any = import_module(f"ddsr_bench.vsr.methods.{method.name.replace('-', '_')}")
    except ImportError:
        module = sys.modules.get(getattr(method.start, "__module__", ""))
    return inspect.cleandoc((module.__doc__ if module else None) or "")
