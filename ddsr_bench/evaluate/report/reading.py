"""How the report reads ``results.json``: one place that knows its keys and what may be missing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

Results = Mapping[str, Any]
Block = Mapping[str, Any]
VIEWS = {
    "pooled": "pooled",
    "within_source": "within source",
    "within_method": "within method",
    "within_input": "within input",
}
COEFFICIENTS = {"srocc": "SROCC", "krocc": "KROCC", "plcc": "PLCC", "plcc_raw": "PLCC raw", "rmse": "RMSE"}
MAPPINGS = {
    "logistic4": "4-parameter logistic",
    "logistic5": "5-parameter logistic",
    "linear": "straight line",
    "none": "none",
}


def ordered(results: Results) -> list[str]:
    """Return the metrics' names, best pooled SROCC first, undefined ones last."""

    def key(name: str) -> tuple[bool, float, str]:
        srocc = number(view(results, name, "pooled"), "srocc")
        return srocc is None, -(srocc or 0.0), name

    return sorted(results["metrics"], key=key)


def view(results: Results, metric: str, name: str) -> Block:
    """Return one view of one metric; an empty block where the table has no such column."""
    return results["metrics"][metric]["views"].get(name) or {}


def present_views(results: Results) -> list[str]:
    """Return the views that at least one metric has, pooled first."""
    return [name for name in VIEWS if any(view(results, metric, name) for metric in results["metrics"])]


def number(block: Block, key: str) -> float | None:
    """Return a number of a block, None where it is undefined."""
    value = block.get(key)
    return None if value is None else float(value)


def interval(block: Block, key: str) -> tuple[float, float] | None:
    """Return the 95 % interval of ``key``, None where there is none."""
    pair = block.get(f"{key}_ci95")
    if pair is None or pair[0] is None or pair[1] is None:
        return None
    return float(pair[0]), float(pair[1])


def has_intervals(results: Results) -> bool:
    """Tell whether any pooled SROCC has an interval."""
    return any(interval(view(results, name, "pooled"), "srocc") for name in results["metrics"])


def verdict(block: Block, key: str = "srocc") -> str:
    """Return where an interval lies: ``"above"`` zero, ``"chance"`` (it holds zero), ``"below"``, ``"unknown"``."""
    pair = interval(block, key)
    if pair is None:
        return "unknown"
    if pair[0] > 0:
        return "above"
    return "below" if pair[1] < 0 else "chance"


def simulated(results: Results) -> bool:
    """Tell whether the MOS come from a simulated panel."""
    return bool(results["data"]["score_origin"] == "simulated")


def mos_word(results: Results) -> str:
    """Return ``MOS``, with the word simulated before it where it is."""
    return "simulated MOS" if simulated(results) else "MOS"


def capital(text: str) -> str:
    """Return text with its first letter large, the others as they are."""
    return text[:1].upper() + text[1:]


def with_word(text: str, results: Results) -> str:
    """Return a sentence of the engine's with the word simulated before its MOS where they are."""
    return re.sub(r"(?<!simulated )\bMOS\b", mos_word(results), text)


def mos_axis(results: Results) -> str:
    """Return ``MOS (1–5)``: the word, and the scale where the scores lie on a usual one."""
    word, low, high = capital(mos_word(results)), results["data"]["mos_min"], results["data"]["mos_max"]
    if low >= 1 and high <= 5:
        return f"{word} (1–5)"
    return f"{word} (0–100)" if low >= 0 and 10 < high <= 100 else word
