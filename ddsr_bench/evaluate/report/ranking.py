"""Who is better than whom by the primary test, and the ranks that follow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ddsr_bench.evaluate.report.reading import Results, number, ordered, view

Test = Mapping[str, Any]


def primary_test(results: Results) -> Test | None:
    """Return the test that ranks go by, None where it could compare no two metrics."""
    return test_of(results, "srocc")


def test_of(results: Results, key: str) -> Test | None:
    """Return the primary test made for another coefficient, None where there is none or it compared nothing."""
    comparisons = results.get("comparisons") or {}
    primary = str(comparisons.get("primary"))
    test = (comparisons.get("tests") or {}).get(primary.replace("srocc", key))
    if test is None or (key != "srocc" and "srocc" not in primary):
        return None
    return test if any(comparable(test, place) for place in range(len(test["better"]))) else None


def sign(test: Test, row: int, column: int) -> int | None:
    """Return 1 where the row's metric is significantly better, -1 worse, 0 neither; None where there is no p value."""
    known = row != column and test["p_holm"][row][column] is not None
    return int(test["better"][row][column]) if known and test["better"][row][column] is not None else None


def comparable(test: Test, place: int) -> bool:
    """Tell whether a test could compare the metric at ``place`` of its matrix with any other."""
    return any(sign(test, place, column) is not None for column in range(len(test["better"])))


def ranks(results: Results) -> dict[str, int | None]:
    """Return each metric's rank: 1 + how many metrics are significantly better; None where that is unknown."""
    test = primary_test(results)
    names = results["comparisons"]["metrics"] if test is not None else []
    places = {name: place for place, name in enumerate(names)}
    return {name: None if test is None else _rank(test, places.get(name)) for name in results["metrics"]}


def _rank(test: Test, place: int | None) -> int | None:
    if place is None or not comparable(test, place):
        return None
    return 1 + sum(sign(test, other, place) == 1 for other in range(len(test["better"])))


def level_with_best(results: Results, key: str = "srocc") -> list[str]:
    """Return the metrics that the test of a coefficient cannot tell from the one with the highest pooled value."""
    return [name for name, against in _against_best(results, key).items() if against == 0]


def worse_than_best(results: Results) -> list[str]:
    """Return the metrics that are significantly worse than the one with the highest pooled SROCC."""
    return [name for name, against in _against_best(results, "srocc").items() if against == 1]


def _against_best(results: Results, key: str) -> dict[str, int | None]:
    test = test_of(results, key)
    known = {name: number(view(results, name, "pooled"), key) for name in ordered(results)}
    values = {name: value for name, value in known.items() if value is not None}
    if test is None or not values:
        return {}
    names = list(results["comparisons"]["metrics"])
    best = max(values, key=lambda name: values[name])
    others = [name for name in values if name != best and name in names]
    return {name: sign(test, names.index(best), names.index(name)) for name in others} if best in names else {}
