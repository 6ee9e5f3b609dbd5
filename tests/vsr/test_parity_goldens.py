"""Our networks against the official ones, on every reference file of a folder (set DDSR_BENCH_GOLDENS to another one).

Official code, drawn weights, two inputs a file. Allowed is ten times what the official float32 result differs from the
official float64 result, which each file records; where it does not, 2e-5 or, for recurrent networks, 1e-4.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr import parity
from ddsr_bench.vsr.official import OFFICIAL, build_official

FOLDER = Path(os.environ.get("DDSR_BENCH_GOLDENS", Path(__file__).parents[1] / "goldens"))
OPEN = Path(__file__).parents[1] / "goldens"


def _fast_vqa(name, repository, arguments, overrides):
    """A quality score, not a VSR network: the rooms do not know each other, so it is built here."""
    from ddsr_bench.quality.fast_vqa.network.evaluator import official_evaluator

    return official_evaluator(**arguments, **(overrides or {}))


def _fast_vqa_inside(network, frames):
    features = network.fragments_backbone(frames)
    return {
        "aux_pooled_features": features.mean((2, 3, 4)),
        "aux_score_mean": network.vqa_head(features).mean((1, 2, 3, 4)),
    }


OF_OTHER_ROOMS = {"DiViDeAddEvaluator": {"build": _fast_vqa, "intermediates": _fast_vqa_inside}}


def _files():
    paths = parity.reference_files(FOLDER)
    if not paths:
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"no reference files in {FOLDER}"))]
    return [pytest.param(path, id=path.stem) for path in paths]


@pytest.mark.parametrize("path", _files())
def test_network_equals_the_official_one(path):
    reference = parity.read_reference(path)
    differences = list(parity.measured(reference, **OF_OTHER_ROOMS.get(reference.official[0], {})))
    stored = {name for name in reference.arrays if not name.endswith("_input")}
    assert {f"{one.case}_{one.array}" for one in differences} == stored
    assert [one for one in differences if not one.fits] == []


@pytest.fixture
def smallest():
    """The quickest of our reference files."""
    return parity.read_reference(OPEN / "tecogan_bd_x2.npz")


def test_a_broken_rule_does_not_fit(smallest, monkeypatch):
    from ddsr_bench.vsr.archs import tecogan

    warp = tecogan.flow_warp
    monkeypatch.setattr(tecogan, "flow_warp", lambda x, flow, padding: warp(x, flow, "zeros"))
    fits = {(one.case, one.array): one.fits for one in parity.measured(smallest)}
    assert fits == {
        ("noise", "output"): False, ("noise", "aux_flow"): True,
        ("smooth", "output"): False, ("smooth", "aux_flow"): True,
    }  # fmt: skip


def test_unsaved_pixels_are_checked_by_their_statistics(smallest, monkeypatch):
    from ddsr_bench.vsr.archs import tecogan

    forward = tecogan.FRNet.forward

    def beside_the_saved(self, frames):
        out = forward(self, frames)
        out[..., 1::3, 1::3] += 0.01
        return out

    monkeypatch.setattr(tecogan.FRNet, "forward", beside_the_saved)
    errors = {(one.case, one.array): one.error for one in parity.measured(smallest)}
    # All pixels of the noise are saved, every ninth of the other; a ninth of them moved by .01.
    assert errors["noise", "output"] == pytest.approx(0.01, rel=0.01)
    assert 0.01 / 10 < errors["smooth", "output"] < 0.01


def test_no_number_never_fits():
    assert not parity.Difference("noise", "output", float("nan"), 1.0).fits
    assert parity.Difference("noise", "output", 1.0, 1.0).fits


def test_bytes_are_read_as_meta_too(smallest, tmp_path):
    text = json.dumps(smallest.meta).encode()
    np.savez(tmp_path / "other.npz", meta=np.array(text), **smallest.arrays)
    again = parity.read_reference(tmp_path / "other.npz")
    assert again.meta == smallest.meta
    assert parity.reference_files(tmp_path) == [tmp_path / "other.npz"]


def test_other_seed_gives_other_weights(smallest):
    drawn = parity.drawn_weights([("conv.weight", (2, 3, 3, 3), "weight"), ("conv.bias", (2,), "bias")], seed=0, gain=1)
    other = parity.drawn_weights([("conv.weight", (2, 3, 3, 3), "weight")], seed=7, gain=1)
    assert not np.allclose(drawn["conv.weight"], other["conv.weight"])
    meta = {**smallest.meta, "seed": 7}
    with pytest.raises(DdsrError, match=r"tecogan_bd_x2.npz: the drawn weights are not the file's"):
        parity.rebuilt(parity.Reference(smallest.path, meta, smallest.arrays))


def test_a_missing_parameter_is_named(smallest):
    meta = {**smallest.meta, "parameters": [*smallest.meta["parameters"], ["more.bias", [3], "bias"]]}
    weights = parity.drawn_weights(meta["parameters"], seed=meta["seed"], gain=meta["gain"])
    meta["filled_weights_sha256"] = parity.weights_sha256(weights)
    with pytest.raises(DdsrError, match=r"1 parameters are not the official ones, such as more.bias"):
        parity.rebuilt(parity.Reference(smallest.path, meta, smallest.arrays))


def test_a_file_without_meta_is_refused(tmp_path):
    np.savez(tmp_path / "empty.npz", input=np.zeros(3))
    assert parity.reference_files(tmp_path) == []
    with pytest.raises(DdsrError, match=r"empty.npz: holds no meta text; give a reference file of a network"):
        parity.read_reference(tmp_path / "empty.npz")
    with pytest.raises(DdsrError, match=r"none.npz: no such file"):
        parity.read_reference(tmp_path / "none.npz")


def test_unknown_classes_and_arguments_are_refused():
    with pytest.raises(DdsrError, match=r"Nothing \(a/b\): no such official network here; known are BasicVSR"):
        build_official("Nothing", "a/b", {})
    with pytest.raises(DdsrError, match=r"arguments {'colour': 3} do not fit"):
        build_official("FRNet", "skycrapers/TecoGAN-PyTorch", {"colour": 3})
    with pytest.raises(DdsrError, match="only RGB, BD or BI, x2 or x4 are built"):
        build_official("FRNet", "skycrapers/TecoGAN-PyTorch", {"scale": 3})


@pytest.mark.parametrize("target", sorted(set(OFFICIAL.values())))
def test_every_target_can_be_imported(target):
    from importlib import import_module

    module, builder = target.split(":")
    assert callable(getattr(import_module(f"ddsr_bench.vsr.archs.{module}"), builder))
