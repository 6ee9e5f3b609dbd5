"""Method cards: whole, true to the networks and to the files we have, and a broken one is told by name."""

import hashlib
import re
from importlib import import_module

import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.cards import load_method_cards, method_card, method_cards_folder, read_method_card
from ddsr_bench.vsr.catalogue import get_method, method_names
from ddsr_bench.vsr.checkpoints import weight_spec

ALL = sorted(load_method_cards())
TRAINED = [name for name in ALL if method_card(name).parameters]
BOARD = {
    "tecogan", "realvsr", "realbasicvsr", "basicvsr-pp", "realviformer", "edvr", "bsrgan", "real-esrgan", "swinir",
    "hat", "dat",
}  # fmt: skip
# Where files of ours lie among the shared material.
FILES = {
    "rfdn_baseline.pth": "ntire22_esr",
    "team04_rlfn.pth": "ntire22_esr",
    "espcn_x4_subconv_100.pth": "espcn_egvsr",
    "vespcn_ep0500.pth": "vespcn_egvsr",
    "FSRCNN_x2.pb": "opencv_fsrcnn",
    "FSRCNN_x4.pb": "opencv_fsrcnn",
    "ESPCN_x2.pb": "opencv_espcn",
}
GOOD = """name = "mine"
title = "Mine"
paper = "https://example.org/mine"
year = 2024
licence = "MIT"
scales = [4]
temporal = "frame"
trained_on = ["REDS"]
degradation = "BI"
parameters = 3
weights_status = "published"

[[weights]]
scale = 4
file = "mine.pth"
url = "https://example.org/mine.pth"
hash_prefix = "01234567"
"""


def test_every_method_has_a_card_and_every_card_a_method():
    ours = {name for name in method_names() if get_method(name).start.__module__.startswith("ddsr_bench.")}
    assert ours == set(ALL)
    assert set(ALL) >= BOARD


@pytest.mark.parametrize("name", ALL)
def test_a_card_says_what_its_method_does(name):
    card, method = method_card(name), get_method(name)
    assert (card.scales, card.temporal) == (method.scales, method.temporal)
    assert bool(card.parameters) == method.needs_weights == (card.weights_status != "none needed")
    assert bool(card.trained_on) == (card.weights_status in ("shipped", "published", "by hand"))
    assert {one.scale for one in card.weights} == (set(card.scales) if card.weights else set())
    assert "/" not in card.licence.replace("https://", "")


@pytest.mark.parametrize("name", TRAINED)
def test_parameters_are_those_of_the_network(name):
    module = import_module(f"ddsr_bench.vsr.methods.{name.replace('-', '_')}")
    with torch.device("meta"):
        network = module.NETWORK.build(method_card(name).scales[0])
    assert sum(parameter.numel() for parameter in network.parameters()) == method_card(name).parameters


@pytest.mark.parametrize("name", ALL)
def test_addresses_are_pinned(name):
    card = method_card(name)
    for one in card.weights:
        weight_spec(card, one)
        assert not re.search(r"/(master|main|HEAD)/", one.url)
        assert not one.url or one.sha256 or one.hash_prefix, "what a program fetches is checked"
        assert not ("raw.githubusercontent" in one.url and not re.search(r"/[0-9a-f]{40}/", one.url))
        assert card.weights_status in ({"published"} if one.url else {"by hand", "shipped"})
    assert len({(one.scale, one.role) for one in card.weights}) == len(card.weights)
    assert len({one.file for one in card.weights}) == len(card.weights)


def test_mmagic_writes_a_files_hash_into_its_name():
    named = [one for card in load_method_cards().values() for one in card.weights if "openmmlab" in one.url]
    assert len(named) == 7
    for one in named:
        assert (one.sha256 or one.hash_prefix).startswith(re.search(r"-([0-9a-f]{8})\.pth$", one.file)[1])
        assert one.url.endswith(f"/{one.file}")


def test_hashes_are_those_of_the_files(shared):
    known = {one.file: one for card in load_method_cards().values() for one in card.weights}
    for file, folder in FILES.items():
        content = (shared / "weights" / folder / file).read_bytes()
        assert hashlib.sha256(content).hexdigest() == known[file].sha256
        assert len(content) == known[file].size


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("year = 2024\n", ""), "year: Field required; correct the card"),
        (("scale = 4\nfile", "scale = 4\ncolour = 3\nfile"), "weights.0.colour: Extra inputs are not permitted;"),
        (('"frame"', '"sideways"'), "temporal: Input should be 'frame', 'window', 'forward' or 'bidirectional';"),
        (("https://example.org/mine.pth", "http://example.org/mine.pth"), "weights.0.url: String should match pattern"),
        (('"01234567"', '"0123"'), "weights.0.hash_prefix: String should match pattern"),
        (('file = "mine.pth"', 'file = "../mine.pth"'), "weights.0.file: String should match pattern"),
        (('url = "https://example.org/mine.pth"\n', ""), "weights.0: Value error, weights: give a url, or say how"),
        (('"published"', '"none needed"'), "Value error, weights_status: none needed, but weights or parameters are"),
        ((GOOD[GOOD.index("[[") :], ""), "Value error, weights_status: published, but no [[weights]] are listed"),
        (('"mine"', '"other"'), "holds the card of 'other'; name the file other.toml"),
        (("year = 2024", "year ="), "not valid TOML: Invalid value (at line 4, column 7)"),
    ],
)
def test_a_broken_card_is_told(tmp_path, change, message):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    assert read_method_card(path).file(4).hash_prefix == "01234567"
    assert read_method_card(path).file(2) is None
    path.write_text(GOOD.replace(*change))
    with pytest.raises(DdsrError) as caught:
        read_method_card(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert "\n" not in str(caught.value)


def test_an_unreadable_card(tmp_path):
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DdsrError, match=r"x\.toml: card cannot be read \(not UTF-8\)"):
        read_method_card(tmp_path / "x.toml")
    with pytest.raises(DdsrError, match=r"y\.toml: card cannot be read \(No such file or directory\)"):
        read_method_card(tmp_path / "y.toml")


def test_the_folder_is_in_the_package_or_beside_it(tmp_path, monkeypatch):
    package = tmp_path / "site" / "ddsr_bench"
    inside, beside = package / "baselines" / "vsr", tmp_path / "site" / "baselines" / "vsr"
    inside.mkdir(parents=True)
    monkeypatch.setattr("ddsr_bench.files._PACKAGE", package)
    assert method_cards_folder() == inside
    inside.rmdir()
    beside.mkdir(parents=True)
    assert method_cards_folder() == beside
    beside.rmdir()
    with pytest.raises(DdsrError, match=r"no method cards \(baselines/vsr\); install ddsr-bench anew"):
        method_cards_folder()
