"""The main table for a paper: LaTeX with booktabs, to be read by ``\\input``."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from ddsr_bench.evaluate.report.content.cells import best_metrics
from ddsr_bench.evaluate.report.numbers import MISSING, amount, decimal
from ddsr_bench.evaluate.report.numbers import interval as shown_interval
from ddsr_bench.evaluate.report.ranking import level_with_best, test_of
from ddsr_bench.evaluate.report.reading import (
    VIEWS,
    Results,
    interval,
    mos_word,
    number,
    ordered,
    present_views,
    verdict,
    view,
)

_POOLED = {"srocc": "SROCC", "krocc": "KROCC", "plcc": "PLCC", "rmse": "RMSE"}
_LEVEL, _CHANCE = r"$^{\approx}$", r"$^{\circ}$"
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "−": "$-$",
    "–": "--",
    '"': "''",
    "`": r"\textasciigrave{}",
    "'": r"\textquotesingle{}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
Place = tuple[str, str]


def latex(results: Results) -> str:
    """Return a ``tabular``: each metric's values, below them their intervals in small type."""
    columns = _columns(results)
    best = {place: best_metrics(results, place[0])[place[1]] for place in columns}
    lines = [
        f"% Agreement with {mos_word(results)}. Needs \\usepackage{{booktabs}}; read it by \\input{{table.tex}}.",
        rf"\begin{{tabular}}{{@{{}}l{'c' * len(columns)}@{{}}}}",
        r"\toprule",
        *_head(results, columns),
        r"\midrule",
    ]
    for name in ordered(results):
        lines += _metric(results, name, columns, best)
    lines += [r"\bottomrule", *_notes(results, len(columns) + 1), r"\end{tabular}"]
    return "\n".join(lines) + "\n"


def escape_latex(text: str) -> str:
    """Return text that pdfLaTeX sets as it is, on one line; letters it may not know become plain ones or codes."""
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "".join(_SPECIAL.get(character) or _plain(character) for character in clean)


def _plain(character: str) -> str:
    if ord(character) < 128:
        return character
    bare = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    return "".join(_SPECIAL.get(letter, letter) for letter in bare) or f"U+{ord(character):04X}"


def _columns(results: Results) -> list[Place]:
    inside = [(name, "srocc") for name in present_views(results)[1:]]
    return [("pooled", key) for key in _POOLED] + inside


def _head(results: Results, columns: Sequence[Place]) -> list[str]:
    many, inside = len(_POOLED), len(columns) - len(_POOLED)
    word = mos_word(results)
    spans, rules = [rf"\multicolumn{{{many}}}{{c}}{{{word}, all videos}}"], [rf"\cmidrule(lr){{2-{many + 1}}}"]
    if inside:
        spans.append(rf"\multicolumn{{{inside}}}{{c}}{{{word}, SROCC within}}")
        rules.append(rf"\cmidrule(l){{{many + 2}-{many + inside + 1}}}")
    names = [_POOLED[key] if name == "pooled" else VIEWS[name].removeprefix("within ") for name, key in columns]
    return [f"& {' & '.join(spans)} \\\\", "".join(rules), f"Metric & {' & '.join(names)} \\\\"]


def _metric(results: Results, name: str, columns: Sequence[Place], best: Mapping[Place, str | None]) -> list[str]:
    values = [_value(results, name, place, best[place] == name) + _mark(results, name, place) for place in columns]
    spreads = [_spread(results, name, place) for place in columns]
    row = f"{escape_latex(name)} & {' & '.join(values)} \\\\"
    if not any(spreads):
        return [row]
    return [f"{row}[-3pt]", f"& {' & '.join(spreads)} \\\\[1pt]"]


def _value(results: Results, name: str, place: Place, best: bool) -> str:
    block, key = view(results, name, place[0]), place[1]
    text = (amount if key == "rmse" else decimal)(number(block, key))
    text = "--" if text == MISSING else text.replace("−", "$-$")
    return rf"\textbf{{{text}}}" if best else text


def _mark(results: Results, name: str, place: Place) -> str:
    level = place[0] == "pooled" and name in level_with_best(results, place[1])
    chance = place[1] == "srocc" and verdict(view(results, name, place[0])) in ("chance", "below")
    return (_LEVEL if level else "") + (_CHANCE if chance else "")


def _spread(results: Results, name: str, place: Place) -> str:
    text = shown_interval(interval(view(results, name, place[0]), place[1]), place[1] == "rmse")
    return rf"{{\scriptsize {text.replace('−', '$-$')}}}" if text else ""


def _notes(results: Results, columns: int) -> list[str]:
    told = []
    for key in _POOLED:
        test = test_of(results, key)
        if test is not None and level_with_best(results, key):
            how = f"{escape_latex(test['title'])}, Holm, $\\alpha = {results['comparisons']['alpha']:g}$"
            told.append(f"{_LEVEL} not distinguishable from the best {_POOLED[key]} ({how})")
    blocks = (view(results, name, place) for name in results["metrics"] for place in present_views(results))
    if any(verdict(block) in ("chance", "below") for block in blocks):
        told.append(f"{_CHANCE} not above chance: the interval reaches below 0")
    return [rf"\multicolumn{{{columns}}}{{@{{}}l@{{}}}}{{\scriptsize {text}}} \\" for text in told]
