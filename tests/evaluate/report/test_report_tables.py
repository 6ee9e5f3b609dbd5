"""table.csv and table.tex, and the ranks they rest on."""

import csv
import io
import re
import shutil
import subprocess

import pytest
from sample_evaluation import STRENGTHS, sample

from ddsr_bench.evaluate.report.csv_table import csv_table
from ddsr_bench.evaluate.report.latex import escape_latex, latex
from ddsr_bench.evaluate.report.ranking import level_with_best, primary_test, ranks, worse_than_best
from ddsr_bench.evaluate.report.reading import ordered


@pytest.fixture(scope="module")
def results():
    """All eight metrics."""
    return sample(protocol=True).results


def three(better, p=0.5):
    """A comparison of three metrics a, b, c with SROCC .7, .6, .5, by hand."""
    metrics = {
        name: {"n": 9, "views": {"pooled": {"srocc": srocc}}} for name, srocc in (("b", 0.6), ("a", 0.7), ("c", 0.5))
    }
    test = {"title": "T", "about": "", "better": better, "p_holm": [[p] * 3] * 3}
    comparisons = {"metrics": ["a", "b", "c"], "primary": "bootstrap_srocc", "tests": {"bootstrap_srocc": test}}
    return {"metrics": metrics, "comparisons": comparisons}


def test_ranks_by_hand():
    """b is not told apart from a, nor c from b, but c is worse than a: ranks 1, 1, 2."""
    by_hand = three([[0, 0, 1], [0, 0, 0], [-1, 0, 0]])
    assert ordered(by_hand) == ["a", "b", "c"]
    assert ranks(by_hand) == {"a": 1, "b": 1, "c": 2}
    assert level_with_best(by_hand) == ["b"]
    assert worse_than_best(by_hand) == ["c"]


def test_a_comparison_without_p_is_none():
    """An engine that found no p writes 0 for better; that is no finding of equality."""
    by_hand = three([[0, 0, 0], [0, 0, 0], [0, 0, 0]], p=None)
    assert primary_test(by_hand) is None
    assert ranks(by_hand) == {"a": None, "b": None, "c": None}
    assert level_with_best(by_hand) == []


def test_plcc_is_marked_by_its_own_test():
    by_hand = three([[0, 1, 1], [-1, 0, 0], [-1, 0, 0]])
    for name, plcc in (("a", 0.5), ("b", 0.8), ("c", 0.7)):
        by_hand["metrics"][name]["views"]["pooled"]["plcc"] = plcc
    assert level_with_best(by_hand, "plcc") == []
    level = {"title": "P", "about": "", "better": [[0, -1, 0], [1, 0, 0], [0, 0, 0]], "p_holm": [[0.5] * 3] * 3}
    by_hand["comparisons"]["tests"]["bootstrap_plcc"] = level
    assert level_with_best(by_hand, "plcc") == ["c"]


def test_ranks_without_comparisons():
    alone = sample({"dover": STRENGTHS["dover"]}, sources=6).results
    assert ranks(alone) == {"dover": None}
    assert level_with_best(alone) == []


def test_csv_holds_every_number(results):
    rows = list(csv.DictReader(io.StringIO(csv_table(results))))
    assert len(rows) == 8 * 3
    assert [row["view"] for row in rows[:3]] == ["pooled", "within_source", "within_method"]
    by_place = {(row["metric"], row["view"]): row for row in rows}
    for (name, place), row in by_place.items():
        block = results["metrics"][name]["views"][place]
        for key in ("srocc", "krocc", "plcc", "plcc_raw", "rmse"):
            numbers = [block[key], *(block.get(f"{key}_ci95") or (None, None))]
            expected = ["" if value is None else repr(value) for value in numbers]
            assert [row[key], row[f"{key}_low"], row[f"{key}_high"]] == expected
    best = by_place["rw_vsr_qa", "pooled"]
    assert best["rank"] == "1"
    assert float(best["pairs_cc0"]) == results["metrics"]["rw_vsr_qa"]["pairs"]["all"]["cc0"]
    assert float(best["splits_srocc_std"]) == 0.043
    constant = by_place["constant_metric", "pooled"]
    assert constant["srocc"] == constant["rank"] == ""
    assert "srocc: constant metric" in constant["reasons"]


def test_latex_structure(results):
    text = latex(results)
    body = [line for line in text.splitlines() if line.endswith(r"\\") or line.endswith("pt]")]
    cells = [
        re.split(r"(?<!\\)&", line) for line in body if not line.startswith(r"\multicolumn") and "cmidrule" not in line
    ]
    assert {len(row) for row in cells[1:]} == {7}
    for rule in ("toprule", "midrule", "bottomrule", "begin{tabular}", "end{tabular}"):
        assert text.count(f"\\{rule}") == 1
    assert text.count(r"\textbf{") == 6
    assert re.search(r"^rw\\_vsr\\_qa & \\textbf\{0\.\d{3}\} & ", text, re.MULTILINE)
    assert re.search(r"^fast\\_vqa & 0\.\d{3}\$\^\{\\approx\}\$ & ", text, re.MULTILINE)
    assert re.search(r"^niqe (& 0\.\d{3} ){4}& [^&]*\$\^\{\\circ\}\$ & ", text, re.MULTILINE)
    assert re.search(r"^constant\\_metric (& -- ){6}\\\\$", text, re.MULTILINE)
    assert r"{\scriptsize [$-$0." in text


def test_escaped_latex():
    assert escape_latex("a_b<c>&%|") == r"a\_b\textless{}c\textgreater{}\&\%\textbar{}"
    assert (
        escape_latex("\\ {x}^~#$\n'")
        == r"\textbackslash{} \{x\}\textasciicircum{}\textasciitilde{}\#\$ \textquotesingle{}"
    )
    assert escape_latex("é Δ") == "e U+0394"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
@pytest.mark.parametrize("intervals", [True, False])
def test_latex_compiles_with_booktabs_only(intervals, tmp_path):
    names = {"a_b<c>&%|": (0.6, 1, 0.5), "$x^2$ `~\\ {#}": (0.3, 0.1, 0.9), "\"'é模": (0.3, 0.1, 0.9)}
    (tmp_path / "table.tex").write_text(latex(sample(names, sources=8, intervals=intervals).results), "utf-8")
    document = (
        r"\documentclass{article}\usepackage{booktabs}\begin{document}\noindent\small\input{table.tex}\end{document}"
    )
    (tmp_path / "t.tex").write_text(document)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"], cwd=tmp_path, capture_output=True
    )
    assert done.returncode == 0, done.stdout[-2000:]
