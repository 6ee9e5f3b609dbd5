"""The page and the Markdown: users' words stay words, findings are said, the page needs nothing beside it."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sample_evaluation import STRENGTHS, sample

from ddsr_bench.evaluate.report import write_report
from ddsr_bench.evaluate.report.content.notes import notes
from ddsr_bench.evaluate.report.html import escape_html
from ddsr_bench.evaluate.report.markdown import escape_markdown
from ddsr_bench.evaluate.report.numbers import amount, count, decimal, interval, p_value

EVIL = ("a_b<c>&%|", "<script>alert(1)</script>", '"><img src=x onerror="y">', "$x^2$ `~\\ {#} [l](u)", "two\nlines")
VOID = {"meta", "img", "br", "wbr", "hr", "link"}


class Outline(HTMLParser):
    """Collects tags, texts and ids; complains about a tag that is not closed in order."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.ids, self.text, self.links = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        values = dict(attrs)
        self.ids += [values["id"]] if "id" in values else []
        self.links += [values[key] for key in ("href", "src", "xlink:href") if key in values]
        self.open += [] if tag in VOID else [tag]

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def parsed(path):
    outline = Outline()
    outline.feed(path.read_text("utf-8"))
    assert outline.open == []
    return outline


@pytest.fixture(scope="module")
def evil(tmp_path_factory):
    """Metrics and methods with names that could break a page."""
    folder = tmp_path_factory.mktemp("evil")
    weights = [(0.6, 1.0, 0.4), (0.6, 0.8, 0.5), (0.6, 0.1, 0.9), (0.5, 0.3, 0.8), (0.1, 0.4, 0.9)]
    write_report(sample(dict(zip(EVIL, weights, strict=True)), sources=20, methods=EVIL[:4]), folder)
    return folder


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A coherent sample without evil."""
    folder = tmp_path_factory.mktemp("plain")
    write_report(sample({name: STRENGTHS[name] for name in ("rw_vsr_qa", "dover", "niqe", "constant_metric")}), folder)
    return folder


def test_users_words_stay_words_in_html(evil):
    outline = parsed(evil / "report.html")
    text = "".join(outline.text)
    assert outline.tags.count("script") == 1
    assert outline.tags.count("img") == 0
    for name in EVIL:
        assert text.count(name.replace("\n", " ")) >= 8, name


def test_the_page_needs_nothing_beside_it(evil):
    outline = parsed(evil / "report.html")
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.links
    for link in outline.links:
        assert link.startswith("data:image/png;base64,") or link.removeprefix("#") in outline.ids, link
    css = (evil / "report.html").read_text("utf-8")
    assert not re.search(r"@import|@font-face|url\((?!#)", css)


def test_users_words_stay_words_in_markdown(evil):
    lines = (evil / "report.md").read_text("utf-8").splitlines()
    assert not any("<" in line for line in lines)
    tables = [line for line in lines if line.startswith("|")]
    rows = [re.split(r"(?<!\\)\|", line) for line in tables if "a\\_b&lt;c&gt;&amp;%\\|" in line]
    assert len(rows) > 5
    widths = {len(row) for row in rows}
    assert widths <= {len(re.split(r"(?<!\\)\|", line)) for line in tables if line.startswith("| ---")}
    assert "two\\nlines" not in lines
    assert sum("two lines" in line for line in lines) > 5


@given(st.text())
def test_escaped_markdown_has_no_live_characters(text):
    shown = escape_markdown(text)
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_|~$#]", shown)
    assert not re.search(r"[<>\n\r]", shown)


@given(st.text())
def test_escaped_html_is_text(text):
    outline = Outline()
    outline.feed(f'<p title="{escape_html(text)}">{escape_html(text)}</p>')
    outline.close()
    assert outline.tags == ["p"]


def test_the_hidden_chance_is_said_plainly(plain):
    text = " ".join("".join(parsed(plain / "report.html").text).split())
    assert re.search(
        r"Within source, 1 of 4 metrics does not follow MOS detectably better than chance, though pooled it does: "
        r"niqe has 0\.\d{3} \[0\.\d{3}, 0\.\d{3}\] pooled, but −?0\.\d{3} \[−0\.\d{3}, 0\.\d{3}\] within source\.",
        text,
    )
    table = (plain / "report.md").read_text("utf-8")
    assert re.search(r"^\| niqe \| 0\.\d{3} \[.*?\] \| −?0\.\d{3} ○ \[", table, re.MULTILINE)
    assert "○ The interval holds 0: not distinguishable from chance." in table


def test_what_a_reader_must_know(plain):
    text = (plain / "report.md").read_text("utf-8")
    for sentence in (
        "scores.csv: 1155 videos, 105 sources, 11 methods, 4 metrics.",
        "95 %, bootstrap with Student's t, 2000 resamples of 105 whole sources, seed 0.",
        "MOS from 1.050 to 4.530, from ratings of people.",
        "- 3 rows with missing values were dropped: v00012 (niqe), v00077 (mos), v00901 (dover).",
        "- Direction detected, lower is better: niqe.",
        "- Mapping of constant\\_metric: none; constant metric.",
        "- Undefined for constant\\_metric: pooled SROCC, KROCC, PLCC, PLCC raw, RMSE, within source SROCC, ",
        "- Within source, 1 group left out: src\\_999 (2 videos).",
        "| Command | ddsr-bench eval-qa --scores scores.csv --out report |",
        "![Forest plot of SROCC against MOS: pooled, within source, within method.](figures/forest.png)",
    ):
        assert sentence in text, sentence
    assert "2025" not in text


def test_groups_left_out_for_some_metrics_only():
    results = sample({name: STRENGTHS[name] for name in ("dover", "niqe")}, sources=5).results
    results["metrics"]["niqe"]["views"]["within_source"]["skipped"] = {f"s{i}": "constant metric" for i in range(7)}
    told = ["".join(item) for item in notes(results).blocks[0].items]
    assert "Within source, 1 group left out for dover: src_999 (2 videos)." in told
    start = "Within source, 7 groups left out for niqe: s0 (constant metric), s1 (constant metric), "
    assert any(text.startswith(start) and text.endswith(" and 2 more, named in results.json.") for text in told)
    assert "Within method, 1 group left out: src_999 (2 videos)." in told


def test_markdown_links_files_that_exist(plain):
    links = re.findall(r"\]\((figures/.*?)\)", (plain / "report.md").read_text("utf-8"))
    assert len(links) == 4
    assert all((plain / link).is_file() for link in links)


def test_numbers():
    assert [decimal(x) for x in (0.5316, -0.0123, -0.0004, None, 1.0)] == ["0.532", "−0.012", "0.000", "–", "1.000"]
    assert [amount(x) for x in (12.3456, 0.0812, 0.00123456, -0.00004567, 0.0)] == [
        "12.346", "0.081", "0.00123", "−4.57e−05", "0.000",
    ]  # fmt: skip
    assert interval((-0.0861, 0.1444)) == "[−0.086, 0.144]"
    assert interval(None) == interval((None, 0.2)) == ""
    assert [p_value(p) for p in (0.0004, 0.0234, None, 1.0)] == ["<0.001", "0.023", "–", "1.000"]
    assert [count(n) for n in (1155, 9999, 1_000_000)] == ["1155", "9999", "1,000,000"]
