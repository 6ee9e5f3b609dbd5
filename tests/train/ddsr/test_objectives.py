"""The losses of a step: those that are on, none else, each with a gradient that lowers it."""

import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import generator
from ddsr_bench.train.ddsr.config import LossConfig, NetworkConfig
from ddsr_bench.train.ddsr.discriminator import Discriminator
from ddsr_bench.train.ddsr.networks import build_network
from ddsr_bench.train.ddsr.objectives import Made, Objectives, averaged_down, denoiser_of, triplets
from ddsr_bench.train.loop.task import Moment

NOW = Moment(seed=0, epoch=0, index=0, step=0, steps=1)
ALL = {"pixel": 1.0, "clean": 1.0, "features": 1.0, "adversarial": 1.0, "denoised": 1.0, "quality": 1.0}


@pytest.fixture(scope="module")
def batch():
    """Smooth moving pictures, and the same averaged down with noise."""
    rng = generator("objectives", 0)
    sharp = torch.from_numpy(rng.uniform(0, 255, (1, 3, 3, 20, 20))).float()
    sharp = torch.nn.functional.interpolate(sharp.flatten(0, 1), (128, 128), mode="bicubic").clamp(0, 255)
    low = torch.nn.functional.avg_pool2d(sharp, 4) + torch.from_numpy(rng.normal(0, 8, (3, 3, 32, 32))).float()
    return {"lr": low.clamp(0, 255).to(torch.uint8)[None], "hr": sharp.to(torch.uint8)[None]}


def lite(seed=0, **sizes):
    torch.manual_seed(seed)
    network = build_network(NetworkConfig(channels=8, **sizes), 4)
    for layer in (network.clean, network.picture):
        torch.nn.init.normal_(layer.weight, std=0.05)
    return network


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_loss_can_be_alone_and_falls_along_its_gradient(name, batch):
    critic = Discriminator(8) if name == "adversarial" else None
    objectives = Objectives(LossConfig(**{**dict.fromkeys(ALL, 0.0), name: 1.0}), 4, critic)
    network = lite()
    values = []
    optimiser = torch.optim.Adam(network.parameters(), 2e-3)
    for _ in range(8):
        losses = objectives.of_generator(objectives.made(network, batch, NOW))
        assert set(losses) == {name}
        values.append(float(losses[name].detach()))
        optimiser.zero_grad()
        losses[name].backward()
        assert any(one.grad is not None and one.grad.abs().sum() > 0 for one in network.parameters())
        optimiser.step()
    assert min(values[4:]) < values[0]


def test_a_loss_that_is_off_loads_nothing(monkeypatch):
    monkeypatch.setattr("ddsr_bench.train.ddsr.objectives._judge", lambda: pytest.fail("loaded"))
    monkeypatch.setattr("ddsr_bench.train.ddsr.objectives.denoiser_of", lambda name: pytest.fail("loaded"))
    Objectives(LossConfig(), 4, None)


def test_generator_and_critic_are_trained_apart(batch):
    critic = Discriminator(8)
    network = lite()
    objectives = Objectives(LossConfig(adversarial=1.0), 4, critic)
    made = objectives.made(network, batch, NOW)
    objectives.of_generator(made)["adversarial"].backward()
    assert all(one.grad is None for one in critic.parameters())
    assert all(one.requires_grad for one in critic.parameters())
    network.zero_grad()
    sum(objectives.of_critic(objectives.made(network, batch, NOW)).values()).backward()
    assert all(one.grad is None for one in network.parameters())
    assert any(one.grad.abs().sum() > 0 for one in critic.parameters())


def test_quality_and_features_are_zero_for_the_sharp_clip_itself(batch):
    objectives = Objectives(LossConfig(**ALL), 4, Discriminator(8))
    sharp = batch["hr"].float() / 255
    cleaned = averaged_down(sharp, 4)
    found = objectives.of_generator(Made(batch["lr"].float() / 255, sharp, sharp, cleaned, 1))
    for name in ("pixel", "clean", "features", "denoised", "quality"):
        assert float(found[name]) == pytest.approx(0, abs=1e-6), name


def test_the_forms_of_quality_are_of_one_score(batch):
    sharp = batch["hr"].float() / 255
    # The clip is soft by nature, so that only much blur is a matter of quality.
    blurred = torch.nn.functional.avg_pool2d(sharp.flatten(0, 1), 33, 1, 16).unflatten(0, sharp.shape[:2])

    def loss(clip, form):
        objectives = Objectives(LossConfig(quality=1.0, quality_form=form), 4, None)
        return float(objectives.of_generator(Made(batch["lr"].float() / 255, sharp, clip, None, 1))["quality"])

    apart = abs(loss(blurred, "raise") - loss(sharp, "raise"))
    assert apart > 0.1
    assert loss(blurred, "difference") == pytest.approx(apart, rel=1e-4)


def test_triplets_hold_neighbours_moved_onto_the_middle(batch):
    sharp = torch.zeros(1, 3, 3, 96, 96)
    rng = generator("moving", 0)
    wide = torch.from_numpy(rng.uniform(0, 1, (1, 3, 14, 16))).float()
    wide = torch.nn.functional.interpolate(wide, (96, 112), mode="bicubic").clamp(0, 1)
    for t in range(3):
        sharp[0, t] = wide[0, :, :, 4 * t : 4 * t + 96]
    made = Made(averaged_down(sharp, 4), sharp, sharp, None, 1)
    seen = (triplets(made, sharp) + 1) / 2
    assert seen.shape == (1, 27, 96, 96)
    frames, onto = seen[:, :9], seen[:, 9:18]
    inside = (..., slice(12, -12), slice(12, -12))
    before = (frames[:, :3] - frames[:, 3:6])[inside].abs().mean()
    after = (onto[:, :3] - onto[:, 3:6])[inside].abs().mean()
    assert after < before / 4


def test_scunet_without_its_weights_says_how_they_come(home):
    with pytest.raises(DdsrError, match=r'weights fetch scunet.*or set loss\.denoiser = "guided"'):
        denoiser_of("scunet")


def test_averaging_down():
    assert averaged_down(torch.arange(16.0).view(1, 1, 1, 4, 4), 2).flatten().tolist() == [2.5, 4.5, 10.5, 12.5]
