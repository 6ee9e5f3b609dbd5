"""Figures as a journal wants them: embedded TrueType, sizes, no dates, distinct names."""

import re
import struct
import threading

import numpy as np
import pytest
from sample_evaluation import STRENGTHS, sample

from ddsr_bench.evaluate.report.figures.draw import draw
from ddsr_bench.evaluate.report.figures.method_boxes import method_boxes
from ddsr_bench.evaluate.report.figures.names import elided, scatter_stems, short_names, top_metrics
from ddsr_bench.evaluate.report.figures.style import house_style
from ddsr_bench.evaluate.report.inline_svg import inline_svg

FEW = {name: STRENGTHS[name] for name in ("rw_vsr_qa", "niqe", "constant_metric")}


@pytest.fixture(scope="module")
def drawn():
    """The figures of a small evaluation by name."""
    return {figure.stem: figure for figure in draw(sample(FEW, sources=12, origin="simulated"))}


def inches(png):
    width, height = struct.unpack(">II", png[16:24])
    return width / 200, height / 200


def words(svg):
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))


def test_pdf_fonts_and_dates(drawn):
    for figure in drawn.values():
        assert figure.pdf.startswith(b"%PDF")
        assert b"/Type3" not in figure.pdf
        assert b"/FontFile2" in figure.pdf
        assert b"CreationDate" not in figure.pdf


def test_widths_are_a_papers_columns(drawn):
    assert inches(drawn["scatter_niqe"].png)[0] == 3.5
    for stem in ("scatter_overview", "forest", "methods"):
        assert inches(drawn[stem].png)[0] == pytest.approx(7.16, abs=0.005)


def test_axes_say_what_they_show(drawn):
    assert "Simulated MOS (1–5)" in words(drawn["scatter_niqe"].svg)
    assert "niqe (lower is better)" in words(drawn["scatter_niqe"].svg)
    assert "SROCC (simulated) 0." in words(drawn["scatter_rw_vsr_qa"].svg)
    assert "SROCC against simulated MOS" in words(drawn["forest"].svg)
    assert "prediction − simulated MOS" in words(drawn["methods"].svg)
    assert "against simulated MOS" in words(drawn["significance"].svg)


def test_significance_has_symbols_and_p_values(drawn):
    text = words(drawn["significance"].svg)
    assert "▲ &lt;.001" in text
    assert "▼ &lt;.001" in text
    assert "constant_metric" not in text


def test_many_points_become_a_density():
    evaluation = sample({"dover": STRENGTHS["dover"]}, sources=600, grouped=False)
    figure = next(iter(draw(evaluation)))
    assert len(evaluation.table.mos) == 6600
    assert len(figure.pdf) < 200_000
    assert len(figure.svg) < 200_000


def test_names_become_files_that_do_not_collide():
    names = ["a_b<c>&%|", "A b c", "模型", "", "overview", "../../x", "x" * 300]
    stems = scatter_stems({"metrics": dict.fromkeys(names)})
    assert len(set(stems.values())) == len(names)
    assert all(re.fullmatch(r"scatter_[a-z0-9_]{1,52}", stem) for stem in stems.values())
    assert "scatter_overview" not in stems.values()


def test_short_names_stay_distinct():
    names = [f"a_really_long_metric_name_{i:02d}_with_suffix" for i in range(12)]
    shown = short_names(names, 24)
    assert len(set(shown)) == 12
    assert all(len(name) <= 24 for name in shown)
    assert "07" in shown[7]
    assert short_names(["x" * 50, "x" * 50 + "y" * 50], 20)[0] != short_names(["x" * 50, "x" * 50 + "y" * 50], 20)[1]
    assert elided("abcdefghij", 7) == "abc…hij"
    assert elided("a\nb", 7) == "a b"


def test_top_metrics_leave_out_what_has_no_prediction():
    evaluation = sample(FEW, sources=6)
    assert top_metrics(evaluation)[0] == "rw_vsr_qa"
    assert "constant_metric" not in top_metrics(evaluation)


def test_inlined_figures_follow_the_page(drawn):
    first = inline_svg(drawn["forest"].svg, "forest", "a &amp; b")
    assert first.startswith("<svg ")
    assert first.endswith("</svg>")
    assert 'aria-label="a &amp; b"' in first
    assert "var(--ink)" in first
    assert "#1b1f24" not in first
    ids = set(re.findall(r'\bid="([^"]+)"', first))
    assert all(name.startswith("forest-") for name in ids)
    assert set(re.findall(r"url\(#([^)]+)\)", first)) <= ids


def test_threads_draw_the_same_figures():
    evaluation = sample({"niqe": STRENGTHS["niqe"]}, sources=4, grouped=False)
    found = [[], []]
    threads = [threading.Thread(target=lambda place=place: found[place].extend(draw(evaluation))) for place in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found[0]) == 4
    assert found[0] == found[1]


def test_a_method_without_finite_errors_has_an_empty_row():
    evaluation = sample(FEW, sources=6)
    evaluation.mapped["rw_vsr_qa"][np.asarray(evaluation.table.methods) == "TDAN"] = np.nan
    with house_style():
        boxes = method_boxes(evaluation)
    assert "TDAN" in words(boxes.svg)


def test_no_methods_no_boxes():
    assert method_boxes(sample(FEW, sources=6, grouped=False)) is None
