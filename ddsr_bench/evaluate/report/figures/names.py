"""Which figures there are, what their files are called, and what they show first."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ddsr_bench.evaluate.records import Evaluation
from ddsr_bench.evaluate.report.reading import Results, number, ordered, view

DENSE = 5000
"""Above this number of videos scatter plots show a density instead of points."""
MOST_METHODS = 40
"""Above this number of methods the box plot shows those with most videos."""
_MOST_COLOURS, _TOP = 12, 3


def scatter_stems(results: Results) -> dict[str, str]:
    """Return for each metric its figure's file name without ending: plain ASCII, no two alike."""
    stems: dict[str, str] = {}
    for name in results["metrics"]:
        slug = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").lower()[:48] or "metric"
        stem, copy = f"scatter_{slug}", 2
        while stem in stems.values() or stem == "scatter_overview":
            stem, copy = f"scatter_{slug}_{copy}", copy + 1
        stems[name] = stem
    return stems


def method_names(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the methods' names, sorted; none where the table has no such column."""
    return tuple(sorted(set(evaluation.table.methods or ()), key=lambda name: (name.casefold(), name)))


def coloured_methods(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the methods that scatter plots tell apart: all of them up to 12, none beyond or in a density."""
    names = method_names(evaluation)
    return names if 1 < len(names) <= _MOST_COLOURS and len(evaluation.table.mos) <= DENSE else ()


def top_metrics(evaluation: Evaluation) -> list[str]:
    """Return up to three metrics, best pooled SROCC first, that have predictions mapped to MOS."""
    results = evaluation.results
    usable = []
    for name in ordered(results):
        mapped = evaluation.mapped.get(name)
        known = mapped is not None and bool(np.isfinite(mapped).any())
        if known and number(view(results, name, "pooled"), "srocc") is not None:
            usable.append(name)
    return usable[:_TOP]


def short_names(names: Sequence[str], most: int) -> list[str]:
    """Return names of at most ``most`` characters that stay distinct: where the middle parts them, it is kept."""
    shown = [elided(name, most) for name in names]
    clashes = {text for text in shown if shown.count(text) > 1}
    for text in clashes:
        places = [place for place, other in enumerate(shown) if other == text]
        shared = _shared_start([names[place] for place in places])
        for turn, place in enumerate(places):
            shown[place] = elided(f"{names[place][:5]}…{names[place][shared:]}", most)
            if shown[place] in shown[:place]:
                shown[place] = f"{shown[place][: most - 4]} #{turn + 1}"
    return shown


def elided(name: str, most: int) -> str:
    """Return ``name`` in at most ``most`` characters, both ends kept; control characters become spaces."""
    clean = "".join(character if character.isprintable() else " " for character in name)
    if len(clean) <= most:
        return clean
    tail = (most - 1) // 2
    return f"{clean[: most - 1 - tail]}…{clean[len(clean) - tail :]}"


def _shared_start(names: Sequence[str]) -> int:
    """How many characters all names begin with; the first and the last in order differ soonest."""
    first, last = min(names), max(names)
    return next((place for place, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), len(first))
