"""Every number of the report as a CSV file: a row for each metric and view."""

from __future__ import annotations

import csv
import io
from typing import Any

from ddsr_bench.evaluate.report.ranking import ranks
from ddsr_bench.evaluate.report.reading import COEFFICIENTS, Results, interval, number, ordered, present_views, view

_MAIN = (*COEFFICIENTS, "outlier_ratio")
_PAIRS = ("accuracy", "cc0", "auc_different_similar", "auc_better_worse")
_SPLITS = ("median", "mean", "std", "q25", "q75", "n_splits")
Row = dict[str, Any]


def csv_table(results: Results) -> str:
    """Return the table; an undefined number is an empty field, its reason stands under ``reasons``.

    Pair statistics stand in the row of the view they belong to, statistics over splits in the pooled row.
    """
    ranked = ranks(results)
    rows = [_row(results, name, place, ranked[name]) for name in ordered(results) for place in present_views(results)]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _row(results: Results, name: str, place: str, rank: int | None) -> Row:
    metric, block = results["metrics"][name], view(results, name, place)
    row: Row = {"metric": name, "view": place, "score_origin": results["data"]["score_origin"]}
    row["rank"] = rank if place == "pooled" else None
    row |= {key: block.get(key) for key in ("n", "groups")}
    for key in _MAIN:
        row |= _with_ends(block, key, key)
    row |= {f"{key}_unweighted": number(block, f"{key}_unweighted") for key in COEFFICIENTS}
    row |= _pairs(metric.get("pairs") or {}, "all" if place == "pooled" else place)
    row |= _protocol(metric.get("protocol") or {} if place == "pooled" else {})
    row |= {key: metric[key] for key in ("higher_is_better", "direction")}
    row |= _mapping(metric.get("mapping") or {})
    row["skipped"] = "; ".join(f"{group}: {why}" for group, why in (block.get("skipped") or {}).items())
    row["reasons"] = "; ".join(f"{key}: {why}" for key, why in (block.get("reasons") or {}).items())
    return row


def _with_ends(block: Any, key: str, column: str) -> Row:
    low, high = interval(block, key) or (None, None)
    return {column: number(block, key), f"{column}_low": low, f"{column}_high": high}


def _pairs(pairs: Any, kind: str) -> Row:
    block = pairs.get(kind) or {}
    row: Row = {f"pairs_{key}": block.get(key) for key in ("pairs", "different", "similar")}
    for key in _PAIRS:
        row |= _with_ends(block, key, f"pairs_{key}")
    return row


def _protocol(protocol: Any) -> Row:
    return {f"splits_{key}_{part}": (protocol.get(key) or {}).get(part) for key in COEFFICIENTS for part in _SPLITS}


def _mapping(mapping: Any) -> Row:
    return {
        "mapping": mapping.get("used"),
        "mapping_requested": mapping.get("requested"),
        "mapping_converged": mapping.get("converged"),
    }
