"""Losses of restoration against hand-worked values."""

import math

import numpy as np
import pytest
import torch

from ddsr_bench.quality.rw_vsr_qa.network import Opinion
from ddsr_bench.train.losses.adversarial import discriminator_losses, generator_loss
from ddsr_bench.train.losses.charbonnier import charbonnier
from ddsr_bench.train.losses.denoised import denoised, guided
from ddsr_bench.train.losses.opinion import quality


def test_charbonnier_by_hand():
    found = torch.tensor([0.0, 0.5, 0.001], requires_grad=True)
    loss = charbonnier(found, torch.tensor([0.0, 0.1, 0.0]))
    # sqrt(d^2 + 1e-6) - 1e-3 for d = 0, .4, .001
    assert float(loss) == pytest.approx((0 + (math.sqrt(0.16 + 1e-6) - 1e-3) + 1e-3 * (math.sqrt(2) - 1)) / 3, rel=1e-5)
    loss.backward()
    expected = [0, 0.4 / math.sqrt(0.16 + 1e-6) / 3, 1 / math.sqrt(2) / 3]
    assert found.grad.tolist() == pytest.approx(expected, rel=1e-5)


def test_gan_losses_by_hand():
    logits = torch.tensor([0.0, math.log(3)])
    # softplus(-0) = log 2; softplus(-log 3) = log(4/3); softplus(log 3) = log 4
    assert float(generator_loss(logits)) == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    both = discriminator_losses(logits, logits)
    assert float(both["real"]) == pytest.approx((math.log(2) + math.log(4 / 3)) / 2)
    assert float(both["made"]) == pytest.approx((math.log(2) + math.log(4)) / 2)


def opinion(*frames):
    values = torch.tensor([frames], requires_grad=True)
    return Opinion(values, values, values, values)


def test_quality_by_hand():
    found, wanted = opinion(1.0, 3.0), opinion(2.0, 2.5)
    loss = quality(found, wanted, 2.0, "difference")
    assert float(loss) == pytest.approx(2 * (1 + 0.5) / 2)
    loss.backward()
    assert found.frames.grad.tolist() == [[-1.0, 1.0]]
    assert float(quality(found, wanted, 2.0, "raise")) == pytest.approx(-4)


def test_guided_filter_smooths_noise_keeps_edges_and_flat_places():
    flat = torch.full((1, 3, 24, 24), 0.3)
    torch.testing.assert_close(guided(flat), flat)
    edge = torch.zeros(1, 3, 32, 32)
    edge[..., 16:] = 1
    rng = np.random.default_rng(0)
    noisy = edge + torch.from_numpy(rng.normal(0, 0.03, edge.shape)).float()
    out = guided(noisy)
    assert (out - edge)[..., 2:10].std() < (noisy - edge)[..., 2:10].std() / 3
    assert (out - edge).abs()[..., 14:18].mean() < 0.06


def test_guided_filter_by_hand():
    # One window covers all of a 3x3 picture: mean m, variance v, so a = v / (v + flat) everywhere.
    picture = torch.arange(9.0).view(1, 1, 3, 3) / 9
    mean, variance = float(picture.mean()), float(picture.var(unbiased=False))
    a = variance / (variance + 0.01)
    torch.testing.assert_close(guided(picture, radius=2, flat=0.01), a * picture + (1 - a) * mean)


def test_noise_counts_less_after_a_denoiser():
    rng = np.random.default_rng(1)
    sharp = torch.full((1, 3, 32, 32), 0.5)
    noisy = sharp + torch.from_numpy(rng.normal(0, 0.04, sharp.shape)).float()
    assert float(denoised(noisy, sharp, guided)) < float(charbonnier(noisy, sharp)) / 3
    assert float(denoised(sharp, sharp, guided)) == 0
