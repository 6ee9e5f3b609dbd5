"""The report of an evaluation: a page, tables and figures from one record."""

from ddsr_bench.evaluate.report.write import write_report

__all__ = ["write_report"]
