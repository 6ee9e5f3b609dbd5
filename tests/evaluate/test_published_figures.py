"""Oracle: figures published for NIQE, BRISQUE + SVR and DOVER, from the MOS and predictions behind them.

Tolerances: NIQE .002 and DOVER .001 (rounding, and where a logistic degenerates); SVR .02, since the published search
draws its parameters without a seed.
"""

import importlib.util
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "reports" / "eval-qa" / "reproduce.py"


@pytest.fixture(scope="module")
def reproduce():
    spec = importlib.util.spec_from_file_location("eval_qa_reproduce", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def check(reproduce, key, ours, tolerance):
    published = reproduce.PUBLISHED[key]
    assert published
    assert {name: round(ours[name], 4) for name in published} == {
        name: pytest.approx(value, abs=tolerance) for name, value in published.items()
    }


@pytest.mark.parametrize("dataset", ["YouTube-UGC", "KoNViD-1k"])
def test_niqe(reproduce, shared, dataset):
    key = ("NIQE", dataset)
    check(reproduce, key, reproduce.niqe(shared / "data" / "predictions" / reproduce.FILES[key]), 0.002)


def test_dover(reproduce, shared):
    key = ("DOVER", "KoNViD-1k")
    check(reproduce, key, reproduce.dover(shared / "data" / "predictions" / reproduce.FILES[key]), 0.001)


@pytest.mark.slow
@pytest.mark.parametrize("dataset", ["LIVE-VQC", "KoNViD-1k"])
def test_brisque_and_svr(reproduce, shared, dataset):
    key = ("BRISQUE + SVR", dataset)
    path = shared / "data" / "predictions" / reproduce.FILES[key]
    check(reproduce, key, reproduce.brisque(path, workers=2), 0.02)


def test_the_readme_keeps_its_words_and_gets_the_table(reproduce, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"before\n{reproduce.BEGIN}\nold\n{reproduce.END}\nafter\n")
    row = reproduce.Figure("NIQE", "here", "SROCC", 0.5, 0.4985, 0.002)
    reproduce.write([row], tmp_path)
    text = readme.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert "| NIQE | here | SROCC | 0.5000 | 0.4985 | -0.0015 | 0.002 |" in text
    assert (tmp_path / "published_figures.csv").read_text().splitlines()[1] == "NIQE,here,SROCC,0.5000,0.498500,0.002"
