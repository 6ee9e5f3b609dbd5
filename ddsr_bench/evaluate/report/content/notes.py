"""What a reader must know before trusting a number: rows left out, guesses, fallbacks, undefined numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsr_bench.evaluate.report.document import Items, Name, Paragraph, Section, Text, listed
from ddsr_bench.evaluate.report.numbers import counted
from ddsr_bench.evaluate.report.reading import (
    COEFFICIENTS,
    MAPPINGS,
    VIEWS,
    Results,
    capital,
    ordered,
    present_views,
    view,
)

_KEYS = {
    **COEFFICIENTS,
    "outlier_ratio": "outlier ratio",
    "accuracy": "accuracy",
    "cc0": "CC0",
    "auc_different_similar": "AUC different/similar",
    "auc_better_worse": "AUC better/worse",
}


def notes(results: Results) -> Section:
    """Return the notes; a section that says so where there are none."""
    told = [
        *((str(note),) for note in results["data"].get("notes") or ()),
        *_directions(results),
        *_fallbacks(results),
        *_undefined(results),
        *_skipped(results),
    ]
    if not told:
        return Section("Notes", (Paragraph(("Nothing was dropped, guessed or left undefined.",)),))
    return Section("Notes", (Items(tuple(told)),))


def _directions(results: Results) -> list[Text]:
    told = []
    for higher, word in ((True, "higher"), (False, "lower")):
        names = [name for name in ordered(results) if _detected(results["metrics"][name], higher)]
        if names:
            told.append((f"Direction detected, {word} is better: ", *listed(names), "."))
    return told


def _detected(metric: Mapping[str, Any], higher: bool) -> bool:
    return bool(metric["direction"] == "detected" and metric["higher_is_better"] is higher)


def _fallbacks(results: Results) -> list[Text]:
    told: list[Text] = []
    for name in ordered(results):
        mapping = results["metrics"][name].get("mapping") or {}
        if mapping.get("reason"):
            used = MAPPINGS.get(mapping["used"], mapping["used"])
            told.append(("Mapping of ", Name(name), f": {used}; {_sentence(mapping['reason'])}"))
    return told


def _undefined(results: Results) -> list[Text]:
    """A sentence for each reason and the numbers it concerns, however many metrics share them."""
    found: dict[tuple[str, str], list[str]] = {}
    for name in ordered(results):
        for reason, places in _reasons(results, name).items():
            found.setdefault((reason, places), []).append(name)
    told: list[Text] = []
    for (reason, places), names in found.items():
        all_of_them = len(names) == len(results["metrics"]) > 1
        whom: Text = ("every metric",) if all_of_them else listed(names)
        told.append(("Undefined for ", *whom, f": {places}; {_sentence(reason)}"))
    return told


def _reasons(results: Results, metric: str) -> dict[str, str]:
    """By reason which numbers it leaves undefined: ``pooled SROCC, KROCC, within source SROCC``."""
    found: dict[str, dict[str, list[str]]] = {}
    blocks = {VIEWS[name]: view(results, metric, name) for name in present_views(results)}
    pairs = results["metrics"][metric].get("pairs") or {}
    blocks |= {f"pairs ({kind.replace('_', ' ')})": block or {} for kind, block in pairs.items()}
    for place, block in blocks.items():
        for key, reason in (block.get("reasons") or {}).items():
            found.setdefault(str(reason), {}).setdefault(place, []).append(_KEYS.get(key, key))
    return {
        reason: ", ".join(f"{place} {', '.join(keys)}" for place, keys in places.items())
        for reason, places in found.items()
    }


def _skipped(results: Results) -> list[Text]:
    """A sentence for each view and set of groups left out, with the metrics it concerns."""
    told: list[Text] = []
    for name in present_views(results)[1:]:
        found: dict[tuple[tuple[str, str], ...], list[str]] = {}
        for metric in ordered(results):
            skipped = view(results, metric, name).get("skipped") or {}
            found.setdefault(tuple(sorted(skipped.items())), []).append(metric)
        for groups, metrics in found.items():
            whom: Text = () if len(found) == 1 else (" for ", *listed(metrics))
            told += [_skipped_sentence(VIEWS[name], groups, whom)] if groups else []
    return told


def _skipped_sentence(view_name: str, groups: tuple[tuple[str, str], ...], whom: Text) -> Text:
    parts: list[str] = [f"{capital(view_name)}, {counted(len(groups), 'group')} left out", *whom, ": "]
    for place, (group, why) in enumerate(groups[:5]):
        parts += [", " if place else "", Name(group), f" ({why})"]
    more = f" and {len(groups) - 5} more, named in results.json" if len(groups) > 5 else ""
    return (*parts, f"{more}.")


def _sentence(text: str) -> str:
    return f"{str(text).strip().rstrip('.')}."
