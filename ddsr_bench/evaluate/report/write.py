"""Writing a report: figures first, then the texts that show them."""

from __future__ import annotations

from pathlib import Path

from ddsr_bench.evaluate.records import Evaluation
from ddsr_bench.evaluate.report.content.page import page
from ddsr_bench.evaluate.report.csv_table import csv_table
from ddsr_bench.evaluate.report.figures.draw import draw
from ddsr_bench.evaluate.report.html import html
from ddsr_bench.evaluate.report.latex import latex
from ddsr_bench.evaluate.report.markdown import markdown
from ddsr_bench.files import make_folder, write_bytes_atomic
from ddsr_bench.provenance import write_text_atomic


def write_report(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write ``report.html``, ``report.md``, ``table.csv``, ``table.tex`` and ``figures/*.pdf, *.png``.

    Equal evaluations give equal bytes. Each file is written whole or not at all; ``results.json`` is not written here.

    Args:
        evaluation: a finished evaluation.
        folder: where to write; made if it is missing.

    Returns:
        The files' paths, the report first.

    Raises:
        DdsrError: a file or folder cannot be written.
    """
    make_folder(folder / "figures")
    drawings: dict[str, str] = {}
    pictures: list[Path] = []
    for drawn in draw(evaluation):
        for ending, data in (("pdf", drawn.pdf), ("png", drawn.png)):
            pictures.append(folder / "figures" / f"{drawn.stem}.{ending}")
            write_bytes_atomic(pictures[-1], data)
        if drawn.svg is not None:
            drawings[drawn.stem] = drawn.svg
    document = page(evaluation)
    texts = {
        "report.html": html(document, drawings),
        "report.md": markdown(document),
        "table.csv": csv_table(evaluation.results),
        "table.tex": latex(evaluation.results),
    }
    for name, text in texts.items():
        write_text_atomic(folder / name, text)
    return [*(folder / name for name in texts), *pictures]
