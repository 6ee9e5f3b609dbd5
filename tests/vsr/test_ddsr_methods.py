"""DDSR's methods with a user's weights: the full network, and the authors' chain."""

import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.train.ddsr.frvsr import Frvsr
from ddsr_bench.vsr.archs.ddsr import Ddsr
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.classical.blur_front import blur_front
from ddsr_bench.vsr.ddsr_paper import NETWORK
from ddsr_bench.vsr.drive.run import network_run
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.shipped import save_weights


@pytest.fixture(scope="module")
def generator(tmp_path_factory):
    """Random weights of a generator, and their file."""
    torch.manual_seed(0)
    network = Frvsr(scale=2).eval()
    path = tmp_path_factory.mktemp("paper") / "best.safetensors"
    save_weights(network, path, kind="frvsr", scale=2)
    return network, path


def test_the_full_network_runs_with_weights_of_training(tmp_path, clip):
    network = Ddsr(2, channels=8, cleaning=1, blocks=1)
    path = tmp_path / "full.safetensors"
    save_weights(network, path, kind="full", scale=2)
    out = list(get_method("ddsr-x2").start(Settings(weights=path, device="cpu", precision="fp32"))(iter(clip[:3])))
    assert [one.shape for one in out] == [(128, 192, 3)] * 3


def test_the_authors_chain_deblurs_then_enlarges(generator, clip):
    network, path = generator
    settings = Settings(weights=path, device="cpu", precision="fp32", options={"denoise": 0.0, "deblur": 0.0})
    found = list(get_method("ddsr-paper-x2").start(settings)(iter(clip[:3])))
    plain = network_run("generator", network, NETWORK, 2, Settings(device="cpu", precision="fp32"))
    expected = list(plain(iter([blur_front(frame, least=0.0) for frame in clip[:3]])))
    np.testing.assert_array_equal(np.stack(found), np.stack(expected))
    assert not np.array_equal(np.stack(found), np.stack(list(plain(iter(clip[:3])))))


def test_weights_of_the_recipe_run_as_tecogans_too(generator, clip):
    _, path = generator
    out = list(get_method("tecogan").start(Settings(scale=2, weights=path))(iter(clip[:2])))
    assert out[0].shape == (128, 192, 3)


def test_the_denoiser_is_there_or_missed_by_name(generator, clip, home, monkeypatch):
    _, path = generator
    settings = Settings(weights=path, device="cpu", precision="fp32")
    with pytest.raises(DdsrError, match="weights fetch scunet"):
        get_method("ddsr-paper-x2").start(settings)
    from ddsr_bench.vsr import ddsr_paper

    monkeypatch.setattr(ddsr_paper, "_scunet", lambda settings: lambda frames: (frame[::-1] for frame in frames))
    cleaned = list(get_method("ddsr-paper-x2").start(settings)(iter(clip[:2])))
    without = Settings(weights=path, device="cpu", precision="fp32", options={"denoise": 0.0})
    plain = list(get_method("ddsr-paper-x2").start(without)(iter(clip[:2])))
    np.testing.assert_array_equal(np.stack(cleaned), np.stack(plain)[:, ::-1])


@pytest.mark.parametrize("name", ["ddsr-x4", "ddsr-x2", "ddsr-paper-x4"])
def test_without_weights_it_says_that_they_are_to_be_trained(name, home):
    with pytest.raises(DdsrError, match=r"nobody has published weights for it yet; give your own with --weights FILE"):
        get_method(name).start(Settings())
