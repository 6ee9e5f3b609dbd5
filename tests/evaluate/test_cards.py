"""Metric cards: all of ours are whole, names of columns find theirs, and a broken card is told by name."""

from pathlib import Path

import pytest

import ddsr_bench
from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.cards import cards_folder, direction_of, find_card, load_cards, read_card

GOOD = """name = "mine"
title = "Mine"
reference = "NR"
higher_is_better = true
source = "https://example.org/mine"
year = 2024
"""
LOWER = {"niqe", "ilniqe", "brisque", "piqe", "viideo", "gmsd", "lpips", "dists", "ewarp", "tof", "flicker"}
HIGHER = {
    "psnr", "ssim", "ms-ssim", "vif", "vmaf", "fastvqa", "fastervqa", "dover", "musiq", "clipiqa", "nrqm", "tlvqm",
    "videval", "rapique", "vifp", "siti", "gm-log", "st-nss",
    "srq-fr", "rw-vsr-qa", "rw-vsr-qa-fast", "rw-vsr-qa-features",
}  # fmt: skip


def test_every_card_points_the_way_its_paper_says():
    loaded = load_cards()
    assert {name for name, card in loaded.items() if not card.higher_is_better} == LOWER
    assert {name for name, card in loaded.items() if card.higher_is_better} == HIGHER


@pytest.mark.parametrize(
    ("column", "card"),
    [
        ("NIQE", "niqe"),
        ("IL_NIQE", "ilniqe"),
        ("MS_SSIM", "ms-ssim"),
        ("float_ssim", "ssim"),
        ("vmaf_neg", "vmaf"),
        ("vmaf_4k_v0.6.1", "vmaf"),
        ("lpips-vgg", "lpips"),
        ("LPIPS (Alex)", "lpips"),
        ("FAST-VQA-M", "fastvqa"),
        ("FasterVQA", "fastervqa"),
        ("psnr_y", "psnr"),
        ("Ma", "nrqm"),
        ("CLIP-IQA+", "clipiqa"),
        ("mean_niqe", "niqe"),
    ],
)
def test_columns_find_their_card(column, card):
    assert find_card(column).name == card


@pytest.mark.parametrize("column", ["adm2", "motion2", "ssim_loss", "niqer", "my metric", "", "mean", "-"])
def test_other_columns_find_none(column):
    assert find_card(column) is None
    assert direction_of(column) is None


def test_direction():
    assert direction_of("vmaf_neg") is True
    assert direction_of("BRISQUE") is False


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("year = 2024\n", ""), "year: Field required; correct the card"),
        (("year = 2024", "year = 2024\ncolour = 3"), "colour: Extra inputs are not permitted; correct the card"),
        (('"NR"', '"RR"'), "reference: Input should be 'FR' or 'NR'; correct the card"),
        (("= true", "= 1"), "higher_is_better: Input should be a valid boolean; correct the card"),
        (("year = 2024", "range = [1, 0]\nyear = 2024"), "Value error, range: write the lowest value first; "
         "correct the card"),
        (('"mine"', '"other"'), "holds the card of 'other'; name the file other.toml"),
        (("year = 2024", "year ="), "not valid TOML: Invalid value (at line 6, column 7)"),
    ],
)  # fmt: skip
def test_a_broken_card_is_told(tmp_path, change, message):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    assert read_card(path).title == "Mine"
    path.write_text(GOOD.replace(*change))
    with pytest.raises(DdsrError) as caught:
        read_card(path)
    assert str(caught.value) == f"{path}: {message}"


def test_an_unreadable_card(tmp_path):
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DdsrError, match=r"x\.toml: card cannot be read \(not UTF-8\)"):
        load_cards(tmp_path)


def test_the_folder_is_in_the_package_or_beside_it(tmp_path, monkeypatch):
    package = tmp_path / "site" / "ddsr_bench"
    (package / "baselines" / "qa").mkdir(parents=True)
    monkeypatch.setattr("ddsr_bench.files._PACKAGE", package)
    assert cards_folder() == package / "baselines" / "qa"
    (package / "baselines" / "qa").rmdir()
    (tmp_path / "site" / "baselines" / "qa").mkdir(parents=True)
    assert cards_folder() == tmp_path / "site" / "baselines" / "qa"
    (tmp_path / "site" / "baselines" / "qa").rmdir()
    with pytest.raises(DdsrError, match="no metric cards"):
        cards_folder()


def test_the_wheel_takes_the_cards_along():
    import tomllib

    root = Path(ddsr_bench.__file__).parents[1]
    if not (root / "pyproject.toml").is_file():
        pytest.skip("not a clone")
    build = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    assert build["wheel"]["force-include"]["baselines"] == "ddsr_bench/baselines"
    assert "baselines" in build["sdist"]["include"]
