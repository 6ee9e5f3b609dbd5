"""What the numbers say, in sentences."""

from __future__ import annotations

from ddsr_bench.evaluate.report.document import Name, Text, listed
from ddsr_bench.evaluate.report.numbers import counted, decimal, percent
from ddsr_bench.evaluate.report.numbers import interval as shown_interval
from ddsr_bench.evaluate.report.ranking import level_with_best, primary_test, worse_than_best
from ddsr_bench.evaluate.report.reading import (
    VIEWS,
    Results,
    capital,
    has_intervals,
    interval,
    mos_word,
    number,
    ordered,
    present_views,
    verdict,
    view,
)


def findings(results: Results) -> tuple[Text, ...]:
    """Return the report's main findings, a sentence or two each."""
    told = [*_best(results), *_level(results), *hidden(results), *_undefined(results)]
    return tuple(told) or (("No metric has a defined SROCC; see the notes.",),)


def value_with_interval(results: Results, metric: str, view_name: str) -> str:
    """Return ``0.532 [0.481, 0.579]``, the SROCC of a view."""
    block = view(results, metric, view_name)
    return f"{decimal(number(block, 'srocc'))} {shown_interval(interval(block, 'srocc'))}".strip()


def hidden(results: Results) -> list[Text]:
    """Return a sentence or two for each view with metrics that are above chance pooled, but not there."""
    told = []
    for name in present_views(results)[1:]:
        fooled = [metric for metric in ordered(results) if _hides(results, metric, name)]
        if fooled:
            told.append(_hidden_sentence(results, name, fooled))
    return told


def _hides(results: Results, metric: str, view_name: str) -> bool:
    inside = verdict(view(results, metric, view_name))
    return verdict(view(results, metric, "pooled")) == "above" and inside in ("chance", "below")


def _hidden_sentence(results: Results, view_name: str, fooled: list[str]) -> Text:
    where, single = VIEWS[view_name], len(fooled) == 1
    many = f"{len(fooled)} of {counted(len(results['metrics']), 'metric')}"
    verbs = ("does not follow", "it does") if single else ("do not follow", "they do")
    first = f"{capital(where)}, {many} {verbs[0]} {mos_word(results)} detectably better than chance, though pooled "
    first += f"{verbs[1]}: "
    pooled, inside = (value_with_interval(results, fooled[0], name) for name in ("pooled", view_name))
    names: Text = () if single else (*listed(fooled), ". ")
    return (first, *names, Name(fooled[0]), f" has {pooled} pooled, but {inside} {where}.")


def _best(results: Results) -> list[Text]:
    best = ordered(results)[0] if results["metrics"] else None
    if best is None or number(view(results, best, "pooled"), "srocc") is None:
        return []
    shown = value_with_interval(results, best, "pooled")
    many = len(results["metrics"]) > 1
    text = " has the highest pooled SROCC" if many else " has a pooled SROCC"
    return [(Name(best), f"{text} against {mos_word(results)}{': ' if many else ' of '}{shown}.")]


def _level(results: Results) -> list[Text]:
    test = primary_test(results)
    if test is None:
        return []
    level = level_with_best(results)
    how = f" ({test['title']}, Holm-corrected, alpha {results['comparisons']['alpha']:g})."
    if level:
        return [(*listed(level), " cannot be told apart from it" + how)]
    text = "Every other metric that could be compared is significantly worse" + how
    return [(text,)] if worse_than_best(results) else []


def _undefined(results: Results) -> list[Text]:
    names = [name for name in ordered(results) if number(view(results, name, "pooled"), "srocc") is None]
    if not names:
        return []
    return [("No SROCC is defined for ", *listed(names), "; the notes give the reasons.")]


def chance_sentence(results: Results) -> str:
    """Return what the views' marks rest on."""
    if not has_intervals(results):
        return "No intervals were computed, so what is chance cannot be told."
    return f"Chance is judged by the {percent(results['settings']['confidence'])} interval of SROCC."
