"""Weights of our own: what a file says of itself must fit, and one that is no such file runs nothing."""

import hashlib
import pickle

import numpy as np
import pytest
import torch

from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import ClipInfo
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import load_preset
from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.runner import score_frames
from ddsr_bench.train.ddsr.judge import restored
from ddsr_bench.vsr.archs.ddsr_lite import DdsrLite
from ddsr_bench.vsr.cards import load_method_cards
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.checkpoints import weights_hashes, weights_state
from ddsr_bench.vsr.classical.aligned import aligned
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
    assert sizes == {"channels": 40, "front": 5, "backward": 3, "forward": 5, "temporal": 1, "aligned": 0}
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


def test_a_network_that_wants_means_of_neighbours_gets_them(tmp_path, clip):
    torch.manual_seed(2)
    network = DdsrLite(4, channels=8, front=1, backward=1, forward=1, aligned=True).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.05)
    path = tmp_path / "aligned.safetensors"
    save_weights(network, path, kind="lite", scale=4)
    run = get_method("ddsr-lite-x4").start(Settings(device="cpu", precision="fp32", weights=path))
    found = np.stack(list(run(iter(clip))))
    # Whole or in stretches, sums round differently.
    np.testing.assert_allclose(found, restored(network, np.stack(list(aligned(iter(clip))))), atol=1)
    odd = next(run(frame[:-1, :95] for frame in clip))
    assert odd.shape == (252, 380, 3)


def test_weights_that_did_not_come_with_the_package_are_missed():
    with pytest.raises(DdsrError, match=r"none\.safetensors: these weights did not come with the package"):
        shipped_file("none.safetensors")


SHIPPED = [
    (card, one) for card in load_method_cards().values() if card.weights_status == "shipped" for one in card.weights
]


def test_something_is_shipped():
    assert "ddsr-lite-x4" in [card.name for card, _ in SHIPPED]


@pytest.mark.parametrize(("card", "entry"), SHIPPED, ids=lambda one: getattr(one, "name", ""))
def test_shipped_files_are_what_their_cards_say(card, entry):
    content = shipped_file(entry.file).read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (entry.sha256, entry.size)
    assert len(content) < 8e6
    settings = Settings(scale=entry.scale)
    assert weights_hashes(card.name, entry.scale, settings) == {"main": entry.sha256}
    assert weights_state(card) == "shipped"


@pytest.mark.parametrize(
    "card", [card for card, _ in SHIPPED if card.name.startswith("ddsr")], ids=lambda one: one.name
)
def test_shipped_networks_restore_better_than_bicubic(card):
    """Rendered clips of a seed that no training used, degraded by preset ddsr."""
    scale = card.scales[0]
    gains = []
    for number, kind in enumerate(("people", "dead_leaves", "text")):
        sharp = list(render_clip(make_scene(kind, seed=9100 + number, width=256, height=192), 8, 24))
        info = ClipInfo(id=kind, width=256, height=192, frames=8)
        low = list(apply(sample(load_preset("ddsr"), seed=9100, clip=info, scale=scale), iter(sharp)))
        ours, plain = (
            score_frames(
                get_method(name).start(Settings(scale=scale, device="cpu", precision="fp32"))(iter(low)),
                [get_metric("psnr-y")],
                reference=iter(sharp),
                crop_border=scale,
            ).values["psnr-y"]
            for name in (card.name, "bicubic")
        )
        gains.append(float(np.mean(ours) - np.mean(plain)))
    assert np.mean(gains) > 0.4
