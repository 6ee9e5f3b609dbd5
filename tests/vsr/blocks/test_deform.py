"""Deformable convolution against its definition (each sample by scipy), its two ways against each other, torchvision's
operator where there is one, and a plain convolution where it is one."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.ndimage import map_coordinates

from ddsr_bench.vsr.blocks import deform
from ddsr_bench.vsr.blocks.deform import deform_conv


def case(groups=2, channels=8, height=6, width=7, count=2, reach=3.0, dtype=torch.float64):
    generator = torch.Generator().manual_seed(groups)

    def draw(*shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)

    return {
        "x": draw(count, channels, height, width),
        "offset": draw(count, groups * 18, height, width) * reach,
        "weight": draw(5, channels, 3, 3),
        "bias": draw(5),
        "mask": draw(count, groups * 9, height, width).sigmoid(),
    }


def by_definition(x, offset, weight, bias, mask):
    x, offset, weight, bias, mask = (one.numpy() for one in (x, offset, weight, bias, mask))
    count, channels, height, width = x.shape
    groups = offset.shape[1] // 18
    rows, columns = np.mgrid[:height, :width]
    out = np.zeros((count, len(weight), height, width))
    for n, c, k in np.ndindex(count, channels, 9):
        g = c // (channels // groups)
        at = [rows + k // 3 - 1 + offset[n, g * 18 + 2 * k], columns + k % 3 - 1 + offset[n, g * 18 + 2 * k + 1]]
        samples = map_coordinates(x[n, c], at, order=1, mode="grid-constant") * mask[n, g * 9 + k]
        out[n] += weight[:, c, k // 3, k % 3][:, None, None] * samples
    return out + bias[:, None, None]


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize("way", [deform._by_rows, deform._by_grid])
def test_equals_its_definition(groups, way):
    parts = case(groups)
    assert np.abs(way(**parts).numpy() - by_definition(**parts)).max() < 1e-11


def test_stretches_of_rows_make_no_difference(monkeypatch):
    parts = case(4, height=11)
    whole = deform_conv(**parts)
    # What is left is the order in which products are summed.
    for stretch in (1, 7 * 4 * 9 * 3):
        monkeypatch.setattr(deform, "_STRETCH", stretch)
        assert (deform_conv(**parts) - whole).abs().max() < 1e-13


def test_without_offsets_it_is_a_convolution():
    parts = case(2)
    plain = torch.nn.functional.conv2d(parts["x"], parts["weight"], parts["bias"], padding=1)
    out = deform_conv(parts["x"], parts["offset"] * 0, parts["weight"], parts["bias"])
    assert (out - plain).abs().max() < 1e-12
    assert (
        out - deform_conv(**{**parts, "offset": parts["offset"] * 0, "mask": parts["mask"] * 0 + 1})
    ).abs().max() == 0


def test_y_comes_before_x():
    x = torch.arange(20.0, dtype=torch.float64).view(1, 1, 4, 5)
    weight = torch.zeros(1, 1, 3, 3, dtype=torch.float64)
    weight[..., 1, 1] = 1
    offset = torch.zeros(1, 18, 4, 5, dtype=torch.float64)
    offset[:, 8] = 1  # y of the middle point
    assert deform_conv(x, offset, weight)[0, 0].tolist() == [*x[0, 0, 1:].tolist(), [0] * 5]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_memory_layout_makes_no_difference(layout):
    parts = case(2, dtype=torch.float32)
    moved = {k: v.contiguous(memory_format=layout) if v.ndim == 4 else v for k, v in parts.items()}
    assert (deform_conv(**moved) - deform._by_grid(**parts)).abs().max() < 5e-5


@pytest.mark.parametrize("way", [deform._by_rows, deform._by_grid])
def test_gradients(way):
    parts = case(2, channels=4, height=3, width=4, count=1)
    for value in parts.values():
        value.requires_grad_()
    assert torch.autograd.gradcheck(way, tuple(parts.values()), fast_mode=True)


def test_equals_torchvision():
    operator = deform._torchvision()
    if operator is None:
        pytest.skip("torchvision is not installed, or its operators do not load")
    parts = case(2)
    theirs = operator(parts["x"], parts["offset"], parts["weight"], parts["bias"], padding=1, mask=parts["mask"])
    assert (deform_conv(**parts) - theirs).abs().max() < 1e-11


def test_an_operator_is_taken_only_if_it_agrees(monkeypatch):
    def ours(x, offset, weight, bias=None, padding=1, mask=None):
        return deform._by_rows(x, offset, weight, bias, mask)

    def swapped(x, offset, weight, bias=None, padding=1, mask=None):
        return ours(x, offset.unflatten(1, (-1, 2)).flip(2).flatten(1, 2), weight, mask=mask)

    def broken(*_, **__):
        raise RuntimeError("operator torchvision::deform_conv2d does not exist")

    for operator, taken in ((ours, ours), (swapped, None), (broken, None)):
        module = SimpleNamespace(deform_conv2d=operator)
        monkeypatch.setattr(deform, "import_module", lambda _, module=module: module)
        assert deform._torchvision.__wrapped__() is taken


def test_autocast_keeps_positions():
    parts = case(2, dtype=torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        out = deform_conv(**parts)
    assert out.dtype == torch.float32
    assert out.equal(deform_conv(**parts))


def test_offsets_come_first_and_the_mask_is_a_share():
    places = torch.arange(27.0).view(1, 27, 1, 1) - 13
    offset, mask = deform.offset_and_mask(places)
    assert offset.flatten().tolist() == list(range(-13, 5))
    assert mask.flatten().tolist() == torch.sigmoid(torch.arange(5.0, 14.0)).tolist()
