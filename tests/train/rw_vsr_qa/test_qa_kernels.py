import numpy as np
import pytest
import torch
from sklearn.svm import SVR

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network, save_network
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape
from ddsr_bench.quality.rw_vsr_qa.network_statistics import STATISTICS
from ddsr_bench.seeding import generator
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.config import KernelConfig
from ddsr_bench.train.rw_vsr_qa.kernels import fitted_kernels, with_kernels
from ddsr_bench.train.rw_vsr_qa.samples import Sample
from ddsr_bench.train.rw_vsr_qa.shards import spread

CONFIG = KernelConfig(share=0.6, cost=2.0, gamma=0.003, tube=0.01)


def test_the_kernels_say_what_scikit_learn_says():
    rng = generator("kernels")
    x = rng.normal(3, 2, (40, STATISTICS))
    y = np.tanh(x[:, 0] - 3) + 0.1 * x[:, 1]
    kernels = fitted_kernels(x, y, CONFIG)
    machine = SVR(C=2.0, gamma=0.003, epsilon=0.01).fit((x - x.mean(0)) / x.std(0), y)
    new = rng.normal(3, 2, (9, STATISTICS))
    expected = machine.predict((new - x.mean(0)) / x.std(0))
    assert kernels(torch.tensor(new, dtype=torch.float32)).tolist() == pytest.approx(expected.tolist(), abs=1e-4)


@pytest.fixture(scope="module")
def videos(tmp_path_factory):
    """Eight rated videos, noisier as their label falls, and one of a ladder, which must not count."""
    rng = generator("kernel videos")
    base = rng.integers(60, 190, (2, 6, 4, 64, 64))
    made = {}
    for k in range(9):
        noise = rng.normal(0, 4 * k, base.shape)
        patches = np.clip(base + noise, 0, 255).astype(np.uint8)
        sample = Sample(f"v{k}", tmp_path_factory.getbasetemp() / f"{k}", "g", f"s{k}", 4.5 - 0.4 * k, rated=k < 8)
        made[sample] = Fragments(patches, 4)
    return made


def test_a_network_gets_kernels_and_mixes_them_in(videos, tmp_path):
    torch.manual_seed(0)
    plain = RwVsrQa(Shape(8, 16)).eval()
    middle = 3.0
    mixed = with_kernels(plain, list(videos), videos.__getitem__, middle, CONFIG.model_copy(update={"cost": 100.0}))
    assert mixed.shape.kernels == len(mixed.kernels.strengths) <= 8
    path = tmp_path / "mixed.safetensors"
    save_network(mixed, path)
    again = load_network(path)[0]
    for sample, fragments in videos.items():
        given = torch.from_numpy(fragments.patches)[None]
        with torch.no_grad():
            said, before, read = (net(given, 4) for net in (mixed, plain, again))
        assert said.learnt.equal(before.frames)
        assert torch.allclose(said.frames, 0.4 * said.learnt + 0.6 * said.measured, atol=1e-5)
        assert read.frames.equal(said.frames)
        if sample.rated:
            # Fitted to the mean of a video's key frames.
            fitted = mixed.kernels(said.statistics.mean(1)).item()
            assert fitted + middle == pytest.approx(sample.label, abs=0.05)
    assert plain.kernels is None


def test_motion_is_compared_as_much_as_it_counts(videos):
    """Equal patches, so that nothing but motion tells the videos apart."""
    torch.manual_seed(0)
    plain = RwVsrQa(Shape(8, 16)).eval()
    shown = next(iter(videos.values())).patches[[0, 0]]
    moving = {one: Fragments(shown, 4, np.full(2, 0.2 * 2**k)) for k, one in enumerate(videos)}
    config = CONFIG.model_copy(update={"cost": 100.0, "gamma": 0.2})
    mixed = with_kernels(plain, list(moving), moving.__getitem__, 3.0, config, motion=2.0)
    assert mixed.shape.motion
    assert mixed.kernels.mean.shape == (STATISTICS + 1,)
    paces = np.log(0.2 * 2.0 ** np.arange(8) + 0.1)
    assert mixed.kernels.scale[-1].item() == pytest.approx(paces.std() / 2, rel=1e-5)
    given = torch.from_numpy(shown)[None]
    with torch.no_grad():
        for one, held in moving.items():
            said = mixed(given, 4, torch.from_numpy(held.motion)[None])
            assert said.statistics.shape == (1, 2, STATISTICS + 1)
            if one.rated:
                assert said.measured.mean().item() + 3 == pytest.approx(one.label, abs=0.2)
        # Not known: what is usual among the videos of training.
        unknown, usual = mixed(given, 4), mixed(given, 4, torch.full((1, 2), np.exp(paces.mean()) - 0.1))
    assert unknown.measured.tolist()[0] == pytest.approx(usual.measured.tolist()[0], abs=1e-4)
    with pytest.raises(DdsrError, match=r"fragments without motion; make them again, or set motion to 0"):
        with_kernels(plain, list(videos), videos.__getitem__, 3.0, config, motion=2.0)


def test_equal_networks_are_equal_files(tmp_path):
    network = RwVsrQa(Shape(8, 16))
    for name in ("a", "b"):
        save_network(network, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_labels_of_shards_are_spread_over_the_scale():
    assert [spread(x) for x in (-1, 0.2, 1.4, 2.6, 4.23)] == pytest.approx([1.2, 1.2, 3.0, 4.8, 4.8])
