"""Weights of our own: what a file says of itself must fit, and one that is no such file runs nothing."""

import pickle

import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.archs.ddsr_lite import DdsrLite
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.shipped import load_weights, save_weights, shipped_file


class Harm:
    def __reduce__(self):
        return print, ("executed",)


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "mine.safetensors"
    save_weights(DdsrLite(4), path, kind="lite", scale=4)
    return path


def test_weights_come_back_and_equal_networks_are_equal_files(weights, tmp_path):
    torch.manual_seed(0)
    network = DdsrLite(2)
    for name in ("a", "b"):
        save_weights(network, tmp_path / name, kind="lite", scale=2)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    found, sizes = load_weights(tmp_path / "a", kind="lite", scale=2)
    assert sizes == {"channels": 40, "front": 3, "backward": 2, "forward": 3, "temporal": 1}
    assert all(torch.equal(found[name], tensor) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"kind": "lite", "scale": 2}, "mine.safetensors: scale is 4, wanted 2; give weights of the right kind"),
        ({"kind": "full", "scale": 4}, "mine.safetensors: kind is lite, wanted full; give weights of the right kind"),
    ],
)
def test_another_networks_weights_are_refused(weights, wanted, message):
    with pytest.raises(DdsrError, match=message):
        load_weights(weights, **wanted)


def test_what_is_no_such_file_is_refused_and_runs_nothing(weights, tmp_path, capsys):
    with pytest.raises(DdsrError, match="no such file; give weights that `ddsr-bench train ddsr` wrote"):
        load_weights(tmp_path / "none", kind="lite", scale=4)
    cut = tmp_path / "cut"
    cut.write_bytes(weights.read_bytes()[:5000])
    bad = tmp_path / "bad"
    bad.write_bytes(pickle.dumps(Harm()))
    for path in (cut, bad):
        with pytest.raises(DdsrError, match="not a safetensors file"):
            load_weights(path, kind="lite", scale=4)
    assert "executed" not in capsys.readouterr().out


def test_a_users_weights_run(weights, clip):
    out = list(get_method("ddsr-lite-x4").start(Settings(weights=weights))(iter(clip[:3])))
    assert len(out) == 3
    assert out[0].shape == (256, 384, 3)
    with pytest.raises(DdsrError, match="scale is 4, wanted 2"):
        get_method("ddsr-lite-x2").start(Settings(weights=weights))


def test_a_users_weights_may_be_of_another_size_and_no_absurd_one(tmp_path, clip):
    network = DdsrLite(4, channels=8, front=1)
    path = tmp_path / "small.safetensors"
    save_weights(network, path, kind="lite", scale=4)
    out = list(get_method("ddsr-lite-x4").start(Settings(weights=path))(iter(clip[:2])))
    assert out[0].shape == (256, 384, 3)
    for sizes, message in (
        ({"channels": 10**9}, "are out of range"),
        ({"depth": 3}, "are not those of a network of kind lite"),
        ({"channels": 16}, "wrong checkpoint"),
    ):
        network.sizes = sizes
        save_weights(network, path, kind="lite", scale=4)
        with pytest.raises(DdsrError, match=message):
            get_method("ddsr-lite-x4").start(Settings(weights=path))


def test_weights_that_did_not_come_with_the_package_are_missed():
    with pytest.raises(DdsrError, match=r"none\.safetensors: these weights did not come with the package"):
        shipped_file("none.safetensors")
