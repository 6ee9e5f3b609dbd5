"""Our own networks: bilinear before training, alike whole and in stretches, blind to neighbours where asked to be."""

import pytest
import torch

from ddsr_bench.vsr.archs.ddsr import Ddsr
from ddsr_bench.vsr.archs.ddsr_lite import DdsrLite

MAKE = {
    "lite": lambda scale, **more: DdsrLite(scale, channels=8, front=1, backward=1, forward=1, **more),
    "aligned": lambda scale: DdsrLite(scale, channels=8, front=1, backward=1, forward=1, aligned=True),
    "full": lambda scale: Ddsr(scale, channels=8, cleaning=1, blocks=1),
}


def trained(kind, scale=4, **more):
    """As if trained: no layer is zero any more."""
    torch.manual_seed(1)
    network = MAKE[kind](scale, **more).eval()
    for name, parameter in network.named_parameters():
        if "spynet" not in name:
            torch.nn.init.normal_(parameter, std=0.08)
    return network


def clip_of(planes):
    return torch.rand(1, 7, planes, 32, 36, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def frames():
    return clip_of(3)


@pytest.fixture
def given(kind):
    """What a kind of network takes."""
    return clip_of(7 if kind == "aligned" else 3)


@pytest.mark.parametrize("scale", [2, 4])
@pytest.mark.parametrize("kind", sorted(MAKE))
def test_an_untrained_network_is_bilinear_enlargement(kind, scale, given):
    network = MAKE[kind](scale).eval()
    start = given[:, :, 3:6] if kind == "aligned" else given
    with torch.no_grad():
        out, cleaned = network.restore(given)
        expected = torch.nn.functional.interpolate(start[0], scale_factor=scale, mode="bilinear", align_corners=False)
    torch.testing.assert_close(out[0], expected)
    torch.testing.assert_close(cleaned, start)


@pytest.mark.parametrize("kind", sorted(MAKE))
def test_training_and_inference_see_the_same(kind, given):
    network = trained(kind)
    with torch.no_grad():
        torch.testing.assert_close(network(given), network.restore(given)[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", sorted(MAKE))
def test_stretches_that_see_to_the_end_are_the_whole(kind, given):
    network = trained(kind)
    found, state, begin = [], None, 0
    with torch.no_grad():
        whole = network(given)
        for keep in (3, 1, 3):
            stretch = network.stretch(given[:, begin:], keep, state)
            while True:
                try:
                    found.append(next(stretch))
                except StopIteration as end:
                    state = end.value
                    break
            begin += keep
    torch.testing.assert_close(torch.stack(found, 1), whole, atol=1e-5, rtol=1e-5)


def test_without_time_each_frame_stands_alone(frames):
    network = trained("lite", temporal=False)
    other = frames.clone()
    other[:, 3] = 0
    with torch.no_grad():
        changed = (network(other) - network(frames)).abs().amax((0, 2, 3, 4)) > 0
        assert changed.tolist() == [False, False, False, True, False, False, False]
        assert ((trained("lite")(other) - trained("lite")(frames)).abs().amax((0, 2, 3, 4)) > 0).all()


def test_each_plane_beside_a_frame_counts():
    network = trained("aligned")
    given = clip_of(7)
    with torch.no_grad():
        for plane in range(7):
            other = given.clone()
            other[:, 3, plane] = 0
            assert (network(other) - network(given)).abs().max() > 1e-3


def test_the_small_one_is_small():
    assert sum(one.numel() for one in DdsrLite(aligned=True).parameters()) < 600_000


def test_a_deeper_network_begins_where_a_shallower_one_ended(frames):
    shallow = trained("lite")
    deep = DdsrLite(4, channels=8, front=2, backward=3, forward=2).eval()
    deep.load_state_dict({**deep.state_dict(), **shallow.state_dict()})
    with torch.no_grad():
        torch.testing.assert_close(deep(frames), shallow(frames))
