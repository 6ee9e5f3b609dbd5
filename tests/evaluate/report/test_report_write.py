"""write_report as the command calls it: files, equal bytes, odd evaluations, the word simulated."""

import dataclasses
import importlib.resources
import re

import matplotlib as mpl
import numpy as np
import pytest
from sample_evaluation import METHODS, STRENGTHS, sample

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.report import write_report
from ddsr_bench.evaluate.report.content.page import page
from ddsr_bench.evaluate.report.markdown import markdown

THREE = {name: STRENGTHS[name] for name in ("rw_vsr_qa", "niqe", "constant_metric")}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The full sample, written once: (folder, paths)."""
    folder = tmp_path_factory.mktemp("report") / "new" / "report"
    return folder, write_report(sample(protocol=True), folder)


def test_files(written):
    folder, paths = written
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {str(path.relative_to(folder)) for path in paths} == found
    assert len(paths) == len(found)
    stems = {"forest", "significance", "methods", "scatter_overview", *(f"scatter_{name}" for name in STRENGTHS)}
    expected = {f"figures/{stem}.{ending}" for stem in stems for ending in ("pdf", "png")}
    assert found == expected | {"report.html", "report.md", "table.csv", "table.tex"}


def test_equal_evaluations_give_equal_bytes_whatever_the_users_settings(tmp_path):
    write_report(sample(THREE, sources=12), tmp_path / "a")
    with mpl.rc_context({"font.size": 20, "axes.facecolor": "red", "pdf.fonttype": 3, "svg.hashsalt": None}):
        before = dict(mpl.rcParams)
        write_report(sample(THREE, sources=12), tmp_path / "b")
        assert dict(mpl.rcParams) == before
    for path in (tmp_path / "a").rglob("*.*"):
        other = tmp_path / "b" / path.relative_to(tmp_path / "a")
        assert path.read_bytes() == other.read_bytes(), path.name


ODD = {
    "no groups": lambda: sample(THREE, sources=12, grouped=False),
    "one metric": lambda: sample({"dover": STRENGTHS["dover"]}, sources=12),
    "no intervals": lambda: sample(THREE, sources=12, intervals=False),
    "only constant": lambda: sample({"constant_metric": (0, 0, 0)}, sources=12),
    "two constants": lambda: sample({"a": (0, 0, 0), "b": (0, 0, 0)}, sources=12),
    "many methods": lambda: sample(THREE, sources=3, methods=tuple(f"method_{i}" for i in range(60))),
    "one method": lambda: sample(THREE, sources=30, methods=("bicubic",)),
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD.keys())
def test_odd_evaluations_are_reported(make, tmp_path):
    evaluation = make()
    paths = write_report(evaluation, tmp_path)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert all(path.stat().st_size > 100 for path in paths)
    assert text.count("<svg ") >= len(evaluation.results["metrics"]) + 1
    assert "nan" not in re.sub(r"<(svg|script).*?</\1>", "", text, flags=re.DOTALL).lower()
    assert "None" not in (tmp_path / "report.md").read_text("utf-8")
    assert (tmp_path / "figures/methods.png").exists() == (evaluation.table.methods is not None)


def test_missing_predictions_and_curves_are_noted(tmp_path):
    """A trained metric that predicted half of the videos, another that predicted none."""
    evaluation = sample(THREE, sources=12)
    half, none = evaluation.predictions["rw_vsr_qa"].copy(), np.full(len(evaluation.table.mos), np.nan)
    half[::2] = np.nan
    changed = {"rw_vsr_qa": half, "niqe": none}
    write_report(dataclasses.replace(evaluation, predictions=changed, mapped=changed, curves={}), tmp_path)
    text = (tmp_path / "report.html").read_text("utf-8")
    assert text.count(">no predictions<") == 2
    assert text.count(">no mapping<") == 1
    assert "band: 95" not in text


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("subjective", "from ratings of people."),
        ("none", "of no origin: the table says that nobody rated these videos."),
        ("unstated", "of unstated origin: the table does not say whether people gave them."),
    ],
)
def test_the_scores_origin_is_said(origin, words):
    text = markdown(page(sample(THREE, sources=6, origin=origin)))
    assert re.search(rf"MOS from 1\.\d+ to \d\.\d+, {re.escape(words)}", text)
    assert "simulated" not in text.lower()


def test_simulated_stands_beside_every_score(tmp_path):
    write_report(sample(THREE, sources=12, methods=METHODS[:3], origin="simulated", protocol=True), tmp_path)
    names = ("report.html", "report.md", "table.csv", "table.tex")
    texts = {name: (tmp_path / name).read_text("utf-8") for name in names}
    for name in ("report.html", "report.md", "table.tex"):
        assert not re.findall(
            r"(?<!simulated )(?<!Simulated )(?<!The )(?<!share the )MOS(?! spreads| differ)", texts[name]
        ), name
    headings = re.findall(r'<th scope="col" class="number">(.*?)</th>', texts["report.html"])
    scores = [text for text in headings if re.search("CC|RMSE|Pooled|Within|AUC|Accuracy", text)]
    assert len(scores) > 20
    assert all("<small>simulated</small>" in text for text in scores)
    assert all(line.split(",")[2] == "simulated" for line in texts["table.csv"].splitlines()[1:])


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(DdsrError, match=r"taken/figures: cannot make the folder \(.*\); choose another --out"):
        write_report(sample(THREE, sources=4), tmp_path / "taken")


def test_the_pages_style_is_part_of_the_package():
    folder = importlib.resources.files("ddsr_bench.evaluate.report")
    assert "prefers-color-scheme: dark" in folder.joinpath("page.css").read_text("utf-8")
    assert "aria-sort" in folder.joinpath("page.js").read_text("utf-8")
