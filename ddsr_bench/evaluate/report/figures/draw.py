"""All figures of a report."""

from __future__ import annotations

from collections.abc import Iterator

from ddsr_bench.evaluate.records import Evaluation
from ddsr_bench.evaluate.report.figures.forest import forest
from ddsr_bench.evaluate.report.figures.method_boxes import method_boxes
from ddsr_bench.evaluate.report.figures.scatter import overview, scatter
from ddsr_bench.evaluate.report.figures.significance import significance
from ddsr_bench.evaluate.report.figures.style import Drawn, house_style
from ddsr_bench.evaluate.report.reading import ordered


def draw(evaluation: Evaluation) -> Iterator[Drawn]:
    """Yield the figures one by one; matplotlib's shared settings are as before between them."""
    for name in ordered(evaluation.results):
        with house_style():
            drawn = scatter(evaluation, name)
        yield drawn
    with house_style():
        rest = [overview(evaluation), forest(evaluation.results), significance(evaluation.results)]
        boxes = method_boxes(evaluation)
    yield from rest
    if boxes is not None:
        yield boxes
