"""Losses on scores: values and gradients worked by hand, finite differences, guards, half precision."""

import doctest
import importlib
import math
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from ddsr_bench.train.losses.l1 import l1
from ddsr_bench.train.losses.monotonic import monotonic
from ddsr_bench.train.losses.norm_in_norm import norm_in_norm
from ddsr_bench.train.losses.plcc import plcc
from ddsr_bench.train.losses.similarity import similarity
from ddsr_bench.train.losses.within_input import within_input

GROUPS = torch.tensor([0, 0, 1, 1, 1, 2])
P = torch.tensor([1.3, 2.9, 2.2, 4.1, 3.3, 0.4], dtype=torch.float64)
Y = torch.tensor([2.0, 3.5, 1.0, 4.5, 3.0, 2.5], dtype=torch.float64)

LOSSES = {
    "similarity": similarity,
    "plcc": plcc,
    "l1": l1,
    "monotonic": partial(monotonic, margin=0.75),
    "within_input": lambda p, y: within_input(p, y, GROUPS[: len(p)], margin=2.0),
    "norm_in_norm": norm_in_norm,
    "norm_in_norm p=2": partial(norm_in_norm, p=2.0),
    "norm_in_norm q=1": partial(norm_in_norm, p=1.5, q=1.0),
}
CORRELATING = ("similarity", "plcc", "norm_in_norm", "norm_in_norm p=2", "norm_in_norm q=1")


def with_gradient(loss, predictions, labels):
    p = predictions.clone().requires_grad_()
    value = loss(p, labels)
    (gradient,) = torch.autograd.grad(value, p)
    return value.detach(), gradient


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_those_of_finite_differences(name):
    assert torch.autograd.gradcheck(lambda p: LOSSES[name](p, Y), P.clone().requires_grad_())


def test_similarity_is_minus_pearsons_r():
    assert similarity(P, Y).item() == pytest.approx(-pearsonr(P, Y).statistic, abs=1e-12)
    assert plcc(P, Y).item() == pytest.approx((1 - pearsonr(P, Y).statistic) / 2, abs=1e-12)


def test_similarity_worked_by_hand():
    # p' = (-1, 0, 1), y' = (-1, 2, -1): r = 0, and the gradient is -y'/(|y'| |p'|) = (1, -2, 1)/sqrt(12).
    p, y = torch.tensor([1.0, 2, 3], dtype=torch.float64), torch.tensor([1.0, 4, 1], dtype=torch.float64)
    value, gradient = with_gradient(similarity, p, y)
    assert value.item() == pytest.approx(0, abs=1e-15)
    torch.testing.assert_close(gradient, torch.tensor([1.0, -2, 1], dtype=torch.float64) / math.sqrt(12))


def test_similarity_is_the_cosine_of_standardised_vectors():
    z = [(x - x.mean()) / x.std() for x in (P, Y)]
    assert similarity(P, Y).item() == pytest.approx(-torch.cosine_similarity(*z, dim=0).item(), abs=1e-12)


def test_the_gradient_of_similarity_has_the_directions_and_length_that_are_promised():
    value, gradient = with_gradient(similarity, P, Y)
    away = P - P.mean()
    assert abs(gradient.sum().item()) < 1e-12
    assert abs((gradient * away).sum().item()) < 1e-12
    assert gradient.norm().item() == pytest.approx(math.sqrt(1 - value.item() ** 2) / away.norm().item())


@settings(max_examples=30, deadline=None)
@given(st.floats(0.01, 1e4), st.floats(-1e3, 1e3), st.floats(1e-6, 1e6), st.floats(-1e3, 1e3))
def test_similarity_ignores_scale_and_shift_of_both(scale, shift, label_scale, label_shift):
    moved = similarity(scale * P + shift, label_scale * (Y + label_shift))
    assert moved.item() == pytest.approx(similarity(P, Y).item(), abs=1e-6)


def test_predictions_that_hardly_differ_have_a_bounded_gradient_towards_the_labels():
    flat = torch.full((6,), 3.0, dtype=torch.float64)
    for spread in (0.0, 1e-9, 1e-5):
        value, gradient = with_gradient(similarity, flat + spread * P, Y)
        assert gradient.norm().item() <= 1 / (1e-3 * math.sqrt(6)) + 1e-9
        assert pearsonr(-gradient, Y).statistic > 0.9
        assert value.abs().item() < 0.1


def test_monotonic_worked_by_hand():
    # Pairs (better, worse): (0, 1) wrong by 2, (0, 2) right by 1, (1, 2) right by 3.
    p, y = torch.tensor([1.0, 3.0, 0.0]), torch.tensor([5.0, 4.0, 1.0])
    value, gradient = with_gradient(monotonic, p, y)
    assert value.item() == pytest.approx(2 / 3)
    assert gradient.tolist() == pytest.approx([-1 / 3, 1 / 3, 0])
    value, gradient = with_gradient(partial(monotonic, margin=1.5), p, y)
    assert value.item() == pytest.approx((3.5 + 0.5 + 0) / 3)
    assert gradient.tolist() == pytest.approx([-2 / 3, 1 / 3, 1 / 3])
    assert monotonic(p, y, gap=1.0).item() == 0  # the pair (0, 1) is no nearer than the gap


def test_within_input_sees_pairs_of_one_group_alone():
    p, y = torch.tensor([1.0, 2.0, 0.0, 5.0]), torch.tensor([4.0, 3.0, 2.0, 1.0])
    groups = torch.tensor([7, 7, 9, 9])
    value, gradient = with_gradient(lambda a, b: within_input(a, b, groups), p, y)
    assert value.item() == pytest.approx((1 + 5) / 2)
    assert gradient.tolist() == pytest.approx([-0.5, 0.5, -0.5, 0.5])
    assert within_input(p, y, torch.arange(4), margin=9.0).item() == 0
    assert within_input(p, y, torch.zeros(4), margin=1.0).item() == monotonic(p, y, margin=1.0).item()


def test_norm_in_norm_worked_by_hand():
    # p' = (-1, 0, 1)/sqrt 2, y' = (1, 0, -1)/sqrt 2: the distance is 4/sqrt 2, c = 2 sqrt 3.
    p, y = torch.tensor([1.0, 2, 3], dtype=torch.float64), torch.tensor([9.0, 5, 1], dtype=torch.float64)
    assert norm_in_norm(p, y).item() == pytest.approx(4 / math.sqrt(2) / (2 * math.sqrt(3)))
    assert norm_in_norm(p, y, p=2).item() == pytest.approx(1)
    assert norm_in_norm(p, 3 * p + 1).item() == pytest.approx(0, abs=1e-12)


def test_norm_in_norm_of_order_two_is_the_plain_correlation_loss():
    assert norm_in_norm(P, Y, p=2, q=2).item() == pytest.approx(plcc(P, Y).item(), abs=1e-12)
    near = [with_gradient(loss, P, Y)[1] for loss in (partial(norm_in_norm, p=2.0), plcc)]
    torch.testing.assert_close(*near)


def test_l1_worked_by_hand():
    value, gradient = with_gradient(l1, torch.tensor([1.0, 5.0]), torch.tensor([2.0, 2.0]))
    assert value.item() == 2
    assert gradient.tolist() == [-0.5, 0.5]


@pytest.mark.parametrize("name", CORRELATING)
@pytest.mark.parametrize(("p", "y"), [([2.0], [3.0]), ([1.0, 2, 4], [3.0, 3, 3]), ([], []), ([1.0, 2], [0.1, 0.1])])
def test_nothing_to_correlate_with_gives_zero_and_no_gradient(name, p, y):
    value, gradient = with_gradient(LOSSES[name], torch.tensor(p), torch.tensor(y))
    assert value.item() == 0
    assert gradient.tolist() == [0] * len(p)


@pytest.mark.parametrize("name", ["monotonic", "within_input"])
@pytest.mark.parametrize(("p", "y"), [([2.0], [3.0]), ([1.0, 2, 4], [3.0, 3, 3])])
def test_nothing_to_order_gives_zero_and_no_gradient(name, p, y):
    value, gradient = with_gradient(LOSSES[name], torch.tensor(p), torch.tensor(y))
    assert value.item() == 0
    assert gradient.tolist() == [0] * len(p)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_single(name, dtype):
    # 60000 squared is past the largest half; differences of 100 in 3000 are past bfloat16's digits in sums.
    p, y = (P * 700).to(dtype), (Y * 700).to(dtype)
    half = with_gradient(LOSSES[name], p, y)
    single = with_gradient(LOSSES[name], p.float(), y.float())
    assert half[0].dtype == torch.float32
    assert half[1].dtype == dtype
    assert half[0].item() == pytest.approx(single[0].item(), rel=1e-6)
    # Gradients of half predictions are halves: small ones are held to half's own smallest step.
    torch.testing.assert_close(half[1].float(), single[1].to(dtype).float(), rtol=1e-2, atol=1e-7)


@pytest.mark.parametrize("name", LOSSES)
def test_autocast_does_not_lower_the_precision(name):
    p, y = P.float(), Y.float()
    plain = LOSSES[name](p, y)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = LOSSES[name](p, y)
    assert cast.dtype == torch.float32
    assert cast.item() == plain.item()


@pytest.mark.parametrize("name", LOSSES)
def test_a_prediction_that_is_no_number_is_not_hidden(name):
    assert math.isnan(LOSSES[name](torch.tensor([1.0, math.nan, 2.0, 5.0]), torch.tensor([1.0, 2, 3, 0.0])).item())
    if name in CORRELATING:
        assert math.isnan(LOSSES[name](torch.tensor([math.nan]), torch.tensor([1.0])).item())


def test_labels_get_no_gradient():
    y = Y.clone().requires_grad_()
    similarity(P.clone().requires_grad_(), y).backward()
    assert y.grad is None


@pytest.mark.parametrize("name", LOSSES)
def test_shapes_that_do_not_fit_are_refused(name):
    with pytest.raises(ValueError, match=r"shapes? \(3, 1\) and \(3,\)|\(3,\) for predictions of \(3, 1\)"):
        LOSSES[name](torch.zeros(3, 1), torch.zeros(3))


def test_settings_that_mean_nothing_are_refused():
    with pytest.raises(ValueError, match="margin -1 and gap 0; give 0 or more"):
        monotonic(P, Y, margin=-1)
    with pytest.raises(ValueError, match=r"norms of orders 0\.5 and 2; give 1 or more"):
        norm_in_norm(P, Y, p=0.5)


def test_a_few_steps_on_similarity_find_the_order():
    rng = np.random.default_rng(0)
    x = torch.tensor(rng.normal(size=(40, 5)), dtype=torch.float32)
    y = x @ torch.tensor([1.0, -2, 0.5, 0, 3])
    weights = torch.zeros(5, requires_grad=True)
    for _ in range(60):
        (gradient,) = torch.autograd.grad(similarity(x @ weights, y), weights)
        weights = (weights - 0.5 * gradient.clamp(-1, 1)).detach().requires_grad_()
    assert similarity(x @ weights, y).item() < -0.99


@pytest.mark.parametrize("name", ["similarity", "plcc", "monotonic", "within_input", "l1"])
def test_the_examples_in_the_docstrings_hold(name):
    module = importlib.import_module(f"ddsr_bench.train.losses.{name}")
    done = doctest.testmod(module)
    assert done.attempted
    assert not done.failed
