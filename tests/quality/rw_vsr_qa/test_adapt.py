"""Test-time adaptation: terms worked by hand, what moves and what does not."""

import numpy as np
import pytest
import torch

from ddsr_bench.quality.rw_vsr_qa import adapt as module
from ddsr_bench.quality.rw_vsr_qa.adapt import Adaptation, Patches, adapt, group_contrast, normalisation, view_rank
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(0)
    return RwVsrQa(Shape(4, 8)).eval()


@pytest.fixture(scope="module")
def videos():
    """Blurred patches of six videos, from dark to bright."""
    rng = np.random.default_rng(0)
    found = []
    for k in range(6):
        small = rng.integers(20 * k, 20 * k + 100, (1, 4, 4, 8, 8))
        found.append(Patches(np.kron(small, np.ones((8, 8))).astype(np.uint8), 3))
    return found


def score(network, video):
    with torch.no_grad():
        return float(network(torch.from_numpy(video.patches)[None], video.native).frames.mean())


def state(network):
    return {name: value.clone() for name, value in network.state_dict().items()}


def test_the_contrast_is_a_hinge_between_the_best_and_the_worst():
    scores = torch.tensor([2.0, 0.0, 5.0, 0.5])
    # Best 5 and 2, worst 0 and .5: 5 - 0, 5 - .5 and 2 - 0 are beyond a margin of 1.8, 2 - .5 lacks .3.
    assert float(group_contrast(scores, 1.8)) == pytest.approx(0.3 / 4)
    assert float(group_contrast(scores, 1.0)) == 0
    assert float(group_contrast(torch.tensor([1.0, 1.5]), 1.0)) == pytest.approx(0.5)
    assert float(group_contrast(torch.tensor([1.0]))) == 0


def test_the_contrast_raises_the_best_and_lowers_the_worst():
    scores = torch.tensor([0.1, 0.3, 0.2, 0.4, 0.5, 0.9, 0.7], requires_grad=True)
    group_contrast(scores).backward()
    assert scores.grad.sign().tolist() == [1, 1, 1, 0, -1, -1, -1]


def test_views_must_not_score_below():
    scores, views = torch.tensor([2.0, 1.0, 9.0]), torch.tensor([1.5, 3.0, 0.0])
    assert float(view_rank(scores, views, torch.tensor([True, True, False]))) == pytest.approx(0.25)
    assert float(view_rank(scores, views, torch.tensor([False] * 3))) == 0


def test_normalisation_moves_and_nothing_else_does(network, videos):
    before = state(network)
    adapted = adapt(network, videos)
    after = state(adapted)
    norms = {name for name in before if ".norm." in name and name.endswith(("weight", "bias"))}
    assert len(norms) == len(normalisation(network)) == 12
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed == norms
    # Three steps of Adam move each by about three learning rates at most.
    assert max(float((after[name] - before[name]).abs().max()) for name in norms) < 3.5e-3
    assert not adapted.training
    assert not any(parameter.requires_grad for parameter in adapted.parameters())


def test_the_original_is_untouched(network, videos):
    before, said = state(network), score(network, videos[0])
    wanted = [parameter.requires_grad for parameter in network.parameters()]
    adapted = adapt(network, videos, Adaptation(learning_rate=0.1))
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())
    assert score(network, videos[0]) == said != score(adapted, videos[0])
    assert [parameter.requires_grad for parameter in network.parameters()] == wanted
    assert all(parameter.grad is None for parameter in network.parameters())


def test_it_is_deterministic(network, videos):
    first, second = (state(adapt(network, videos)) for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_batch_is_drawn_apart(network, videos):
    before = sorted(score(network, one) for one in videos)
    adapted = adapt(network, videos, Adaptation(rank=0, learning_rate=0.02))
    after = sorted(score(adapted, one) for one in videos)
    assert sum(after[3:]) - sum(after[:3]) > sum(before[3:]) - sum(before[:3])


def test_a_view_that_scored_below_gains(network, videos, monkeypatch):
    view = videos[0].patches // 2
    shown = Patches(view, 3)
    low, high = sorted((videos[0], shown), key=lambda one: score(network, one))
    monkeypatch.setattr(module, "improved", lambda patches: low.patches)
    adapted = adapt(network, [high], Adaptation(contrast=0, learning_rate=0.02))
    assert score(adapted, high) - score(adapted, low) < score(network, high) - score(network, low)


def test_gradients_by_video_are_those_of_the_whole(network, videos, monkeypatch):
    """One loss over all videos at once, as autograd sees it."""
    monkeypatch.setattr(module, "improved", lambda patches: 255 - patches)
    one_step = Adaptation(steps=1)
    copied = torch.nn.ModuleList([adapt(network, videos, one_step)])[0]
    again = adapt(network, videos, Adaptation(steps=0)).requires_grad_(True)

    def scores(patches):
        return torch.stack([again(torch.from_numpy(one)[None], 3).frames.mean() for one in patches])

    clips, others = scores([one.patches for one in videos]), scores([255 - one.patches for one in videos])
    loss = 0.4 * group_contrast(clips) + view_rank(clips, others, torch.ones(6, dtype=torch.bool))
    optimiser = torch.optim.Adam(normalisation(again), one_step.learning_rate)
    loss.backward()
    optimiser.step()
    for name, value in again.state_dict().items():
        torch.testing.assert_close(copied.state_dict()[name], value, atol=2e-5, rtol=0)


def test_nothing_asked_changes_nothing(network, videos):
    same = adapt(network, videos, Adaptation(contrast=0, rank=0))
    assert all(torch.equal(network.state_dict()[name], value) for name, value in same.state_dict().items())
