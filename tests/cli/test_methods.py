"""The command methods, as a user types it."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

import ddsr_bench.vsr.catalogue
from ddsr_bench.cli import main
from ddsr_bench.vsr.cards import load_method_cards, method_card
from ddsr_bench.vsr.catalogue import method_names
from ddsr_bench.vsr.method import Method

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def foreign(monkeypatch):
    """A method of another package, which has no card."""
    registry = ddsr_bench.vsr.catalogue._registry.__wrapped__()
    own = Method("other-vsr", "3", (2,), lambda settings: lambda frames: frames, needs_weights=True)
    registry.register("other-vsr")(own)
    monkeypatch.setattr(ddsr_bench.vsr.catalogue, "_registry", lambda: registry)


def run(*arguments):
    return CliRunner().invoke(main, ["methods", *arguments], prog_name="ddsr-bench")


def shown(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_list_has_every_method_with_its_facts():
    lines = shown("list").splitlines()
    assert lines[0].split() == ["method", "scales", "frames", "year", "weights", "licence", "title"]
    assert [line.split()[0] for line in lines[1:]] == sorted({*method_names(), *load_method_cards()})
    facts = {line.split()[0]: line.split(maxsplit=1)[1].split("  ") for line in lines[1:]}
    tecogan, bicubic, srwd = (
        [part.strip() for part in facts[name] if part.strip()] for name in ("tecogan", "bicubic", "srwd")
    )
    assert tecogan == ["x4,x2", "forward", "2020", "by hand", "Apache-2.0", "TecoGAN"]
    assert bicubic == ["x4,x2,x3", "frame", "1981", "none needed", "Apache-2.0", "Bicubic"]
    assert srwd == ["x4", "bidirectional", "2023", "to be trained", "Apache-2.0", "SRWD"]


def test_list_takes_a_pattern_and_gives_json():
    rows = json.loads(shown("list", "basicvsr*", "--json"))
    assert [row["name"] for row in rows] == ["basicvsr", "basicvsr-pp"]
    assert rows[1] == {
        "name": "basicvsr-pp",
        "title": "BasicVSR++",
        "scales": [4],
        "temporal": "bidirectional",
        "year": 2022,
        "licence": "Apache-2.0",
        "weights": "to fetch",
    }


def test_list_of_nothing_is_told_in_one_line():
    result = run("list", "no*such")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: method 'no*such': matches none of ")
    assert result.stderr.endswith("; see: ddsr-bench methods list\n")
    assert result.stdout == ""


def test_list_loads_no_torch():
    code = (
        "import sys; from ddsr_bench.cli import main; main(['methods', 'list'], standalone_mode=False)\n"
        "heavy = {'torch', 'pandas', 'scipy', 'matplotlib', 'datasets', 'sklearn'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "realbasicvsr" in result.stdout


def test_methods_of_other_packages_are_listed_and_shown(foreign):
    row = next(line for line in shown("list").splitlines() if line.startswith("other-vsr"))
    assert row.split() == ["other-vsr", *["-"] * 6]
    assert json.loads(shown("list", "other*", "--json")) == [
        {"name": "other-vsr", **dict.fromkeys(["title", "scales", "temporal", "year", "licence", "weights"])}
    ]
    text = shown("show", "other-vsr")
    assert "card        none" in text
    assert "scales      x2" in text
    assert "needs       weights, see its own documentation" in text


def test_show_gives_the_whole_card():
    text = " ".join(shown("show", "tecogan").split())
    card = method_card("tecogan")
    for fact in (card.paper, card.code, card.licence, card.note, "2,589,093", "TecoGAN (2020)", *card.trained_on):
        assert fact in text, fact
    for entry in card.weights:
        assert f"{entry.file} (x{entry.scale}), Apache-2.0, no sha256 published (--trust will be asked for)" in text
        assert entry.how in text
        assert f"then: ddsr-bench weights add tecogan {entry.file}" in text
    assert "scales x4, x2 looks at the frames before smallest 8x8" in text
    assert "the five frames behind the first" in text


@pytest.mark.parametrize("name", sorted(load_method_cards()))
def test_show_of_every_card_fits_the_terminal(name):
    for line in shown("show", name).splitlines():
        assert len(line) <= 120 or "https://" in line or ".pth" in line, line


def test_show_names_options_and_what_is_needed():
    assert "options     denoise (0 to 1, default 1)" in shown("show", "realesr-general")
    assert "needs       nothing; it can run" in shown("show", "bicubic")
    assert "needs       weights that nobody has published yet; give your own with --weights" in shown("show", "srwd")
    assert "fetch them with: ddsr-bench weights fetch edvr" in " ".join(shown("show", "edvr").split())


def test_show_of_an_unknown_one_lists_close_names():
    result = run("show", "basicvsrpp")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: method 'basicvsrpp': unknown; did you mean ")
    assert "basicvsr-pp" in result.stderr
