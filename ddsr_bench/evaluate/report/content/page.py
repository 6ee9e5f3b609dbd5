"""The whole report, put together from its sections."""

from __future__ import annotations

from ddsr_bench.evaluate.records import Evaluation
from ddsr_bench.evaluate.report.content.comparisons import comparisons
from ddsr_bench.evaluate.report.content.metrics import metrics
from ddsr_bench.evaluate.report.content.notes import notes
from ddsr_bench.evaluate.report.content.origin import origin
from ddsr_bench.evaluate.report.content.pairs import pairs
from ddsr_bench.evaluate.report.content.pictures import methods, scatters
from ddsr_bench.evaluate.report.content.pooled import pooled
from ddsr_bench.evaluate.report.content.protocol import protocol
from ddsr_bench.evaluate.report.content.summary import summary
from ddsr_bench.evaluate.report.content.within import within
from ddsr_bench.evaluate.report.document import Name, Page
from ddsr_bench.evaluate.report.reading import mos_word


def page(evaluation: Evaluation) -> Page:
    """Return the report of an evaluation, before it is Markdown or HTML."""
    results = evaluation.results
    sections = (
        summary(results),
        pooled(results),
        within(results),
        comparisons(results),
        protocol(results),
        pairs(results),
        scatters(evaluation),
        methods(evaluation),
        metrics(results),
        notes(results),
        origin(results),
    )
    title = (f"Metrics against {mos_word(results)}: ", Name(results["data"]["table"]))
    return Page(title, tuple(section for section in sections if section is not None))
