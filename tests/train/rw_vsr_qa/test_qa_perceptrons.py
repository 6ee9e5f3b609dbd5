"""Perceptrons on statistics: learnt, mixed in, kept in the weights, and the same from the same seed."""

import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network, save_network
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape
from ddsr_bench.quality.rw_vsr_qa.network_regressions import FARTHEST, Perceptrons
from ddsr_bench.seeding import generator
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.config import KernelConfig, LossConfig, PerceptronConfig, QaConfig
from ddsr_bench.train.rw_vsr_qa.kernels import with_kernels
from ddsr_bench.train.rw_vsr_qa.perceptrons import Batches, trained_perceptrons, with_perceptrons
from ddsr_bench.train.rw_vsr_qa.samples import Sample

CONFIG = PerceptronConfig(share=0.5, count=3, hidden=8, epochs=30, batch=12, per_input=4, ladder_batch=8, per_ladder=4)
COLUMNS = 12


def sample(name, group, label, rated=True):
    return Sample(name, None, group, group, label, rated, "simulated" if rated else "order")


def numbers():
    """Statistics of which the first tells the label of rated ones, and the last the order in ladders."""
    rng = generator("perceptron numbers")
    x = rng.normal(2, 3, (96, COLUMNS))
    rated = [sample(f"r{k}", f"g{k // 6}", 3 + 0.4 * (x[k, 0] - 2)) for k in range(72)]
    ladders = [sample(f"l{k}", f"h{k // 4}", -float(k % 4), rated=False) for k in range(24)]
    x[72:, -1] = 2 - 2 * (np.arange(24) % 4)
    return x, [*rated, *ladders]


def trained(**changes):
    x, samples = numbers()
    given = {"motion": 0.0, "seed": 0, **changes}
    return trained_perceptrons(x, samples, 3.0, CONFIG, LossConfig(), **given)


def test_they_learn_what_labels_and_ladders_say():
    x, samples = numbers()
    said = trained()(torch.tensor(x, dtype=torch.float32)).numpy()
    labels = np.array([one.label for one in samples])
    assert np.corrcoef(said[:72], labels[:72])[0, 1] > 0.8
    steps = said[72:].reshape(6, 4)
    assert (steps[:, 0] > steps[:, 3]).mean() > 0.8


def test_their_own_weight_of_pairs_replaces_the_networks():
    x, samples = numbers()

    def by(losses, weight):
        config = CONFIG.model_copy(update={"within_input": weight, "epochs": 2})
        return trained_perceptrons(x, samples, 3.0, config, losses, motion=0.0, seed=0).get_buffer("weight1")

    networks, louder = LossConfig(within_input=0.5), LossConfig(within_input=3.0)
    assert torch.equal(by(networks, 3.0), by(louder, None))
    assert torch.equal(by(networks, None), by(networks, 0.5))
    assert not torch.equal(by(networks, None), by(networks, 3.0))
    assert networks.within_input == 0.5


def test_the_same_seed_gives_the_same_and_another_another():
    torch.manual_seed(5)
    one, same, other = trained(), trained(), trained(seed=1)
    assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), same.state_dict().values(), strict=True))
    assert not torch.equal(one.get_buffer("weight1"), other.get_buffer("weight1"))
    # What draws them is not the caller's generator.
    after = torch.rand(1)
    torch.manual_seed(5)
    assert torch.equal(after, torch.rand(1))


def test_members_are_means_of_perceptrons_by_hand():
    members = trained(motion=2.0)
    x = torch.tensor(numbers()[0][:5], dtype=torch.float32)
    # Seen no further than five deviations off, and motion, the last, counts twice.
    x[0] = 1e6
    state = {name: tensor.double() for name, tensor in members.state_dict().items()}
    given = ((x.double() - state["mean"]) / state["scale"]).clamp(-FARTHEST, FARTHEST)
    said = []
    for k in range(3):
        first = torch.relu(given @ state["weight1"][k] + state["bias1"][k])
        second = torch.relu(first @ state["weight2"][k] + state["bias2"][k])
        said.append((second @ state["weight3"][k] + state["bias3"][k])[:, 0])
    assert torch.allclose(members(x).double(), torch.stack(said).mean(0), atol=1e-5)
    rated = numbers()[0][:72]
    assert members.scale[-1].item() == pytest.approx(rated[:, -1].std() / 2, rel=1e-5)
    assert members.scale[0].item() == pytest.approx(rated[:, 0].std(), rel=1e-5)


def test_every_rated_row_comes_once_an_epoch_and_ladders_beside():
    _, samples = numbers()
    batches = Batches(samples, CONFIG, 0)
    epoch = [batches.rows(step) for step in range(batches.steps)]
    assert sorted(row for rows, _ in epoch for row in rows) == list(range(72))
    assert all(beside and set(beside) <= set(range(72, 96)) for _, beside in epoch)
    assert batches.rows(0) == epoch[0]
    assert batches.rows(batches.steps)[0] != epoch[0][0]
    alone = Batches(samples[:72], CONFIG, 0)
    assert alone.rows(0)[1] == []


@pytest.fixture(scope="module")
def videos():
    rng = generator("perceptron videos")
    base = rng.integers(60, 190, (2, 6, 4, 64, 64))
    made = {}
    for k in range(12):
        patches = np.clip(base + rng.normal(0, 4 * (k % 6), base.shape), 0, 255).astype(np.uint8)
        one = sample(f"v{k}", f"g{k // 6}", 4.5 - 0.5 * (k % 6))
        made[one] = Fragments(patches, 4, np.full(2, 0.5))
    return made


def test_what_one_regression_measured_serves_the_other(videos):
    torch.manual_seed(0)
    plain, known, asked = RwVsrQa(Shape(8, 16)).eval(), {}, []

    def read(one):
        asked.append(one.id)
        return videos[one]

    kernels = with_kernels(plain, list(videos), read, 3.0, KernelConfig(share=0.25), 2.0, known)
    both = with_perceptrons(kernels, list(videos), read, 3.0, CONFIG, LossConfig(), motion=2.0, known=known)
    assert sorted(asked) == sorted(one.id for one in videos)
    alone = with_perceptrons(kernels, list(videos), read, 3.0, CONFIG, LossConfig(), motion=2.0)
    assert len(asked) == 2 * len(videos)
    for name, tensor in alone.state_dict().items():
        assert torch.equal(tensor, both.state_dict()[name]), name
    # Rows with motion are not taken for rows without.
    with_perceptrons(plain, list(videos), read, 3.0, CONFIG, LossConfig(), known=known)
    assert len(asked) == 3 * len(videos)


def test_a_network_gets_both_regressions_and_mixes_them(videos, tmp_path):
    torch.manual_seed(0)
    plain = RwVsrQa(Shape(8, 16)).eval()
    kernels = with_kernels(plain, list(videos), videos.__getitem__, 3.0, KernelConfig(share=0.25), 2.0)
    both = with_perceptrons(kernels, list(videos), videos.__getitem__, 3.0, CONFIG, LossConfig(), motion=2.0)
    assert (both.shape.perceptrons, both.shape.hidden, both.shape.motion) == (3, 8, True)
    save_network(both, tmp_path / "both.safetensors")
    again = load_network(tmp_path / "both.safetensors")[0]
    for held in videos.values():
        given, motion = torch.from_numpy(held.patches)[None], torch.from_numpy(held.motion)[None]
        with torch.no_grad():
            said, read = both(given, 4, motion), again(given, 4, motion)
            one, other = both.kernels(said.statistics[0]), both.perceptrons(said.statistics[0])
        assert torch.allclose(said.measured[0], (one + 2 * other) / 3, atol=1e-5)
        assert torch.allclose(said.frames, 0.25 * said.learnt + 0.75 * said.measured, atol=1e-5)
        assert read.frames.equal(said.frames)
    assert plain.perceptrons is None
    # Fitted again, they take the place of the former ones.
    fewer = CONFIG.model_copy(update={"count": 2, "epochs": 1})
    anew = with_perceptrons(both, list(videos), videos.__getitem__, 3.0, fewer, LossConfig(), motion=2.0)
    assert len(anew.perceptrons.get_buffer("weight1")) == 2
    assert anew.kernels is not None
    # One that knows motion and one that does not cannot stand side by side: the new one stays.
    still = with_perceptrons(both, list(videos), videos.__getitem__, 3.0, fewer, LossConfig())
    assert (still.kernels, still.shape.motion) == (None, False)
    with torch.no_grad():
        assert still(given, 4).frames.isfinite().all()


def test_weights_of_another_count_are_refused(tmp_path):
    network = RwVsrQa(Shape(8, 16, perceptrons=2, hidden=8))
    network.perceptrons = Perceptrons(3, 205, 8)
    save_network(network, tmp_path / "wrong.safetensors")
    with pytest.raises(DdsrError, match="its tensors are not those of the network"):
        load_network(tmp_path / "wrong.safetensors")


def test_sizes_that_a_file_claims_take_no_memory(tmp_path):
    network = RwVsrQa(Shape(8, 16))
    network.shape = Shape(8, 16, kernels=10**12, perceptrons=10**12)
    save_network(network, tmp_path / "huge.safetensors")
    with pytest.raises(DdsrError, match="its tensors are not those of the network"):
        load_network(tmp_path / "huge.safetensors")


def test_regressions_without_a_share_change_nothing():
    network = RwVsrQa(Shape(8, 16, kernels=3, perceptrons=2, hidden=4)).eval()
    with torch.no_grad():
        said = network(torch.zeros(1, 1, 6, 4, 64, 64, dtype=torch.uint8), 4)
    assert said.frames.equal(said.learnt)


def test_shares_leave_something_to_the_network():
    with pytest.raises(ValueError, match=r"kernels\.share and perceptrons\.share are more than 1 together"):
        QaConfig(kernels=KernelConfig(share=0.6), perceptrons=PerceptronConfig(share=0.5))
