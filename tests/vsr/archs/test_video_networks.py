"""What every video network must do beside equalling the official one: the runner's ways of calling it, sizes, layouts,
precision, and gradients, since some are trained here."""

import pytest
import torch

from ddsr_bench.vsr.archs.basicvsr import BasicVSR
from ddsr_bench.vsr.archs.basicvsr_pp import BasicVSRPlusPlus
from ddsr_bench.vsr.archs.edvr import EDVR
from ddsr_bench.vsr.archs.iconvsr import IconVSR
from ddsr_bench.vsr.archs.realbasicvsr import RealBasicVSR
from ddsr_bench.vsr.archs.realviformer import RealViformer
from ddsr_bench.vsr.archs.realvsr import RealVSR
from ddsr_bench.vsr.archs.tdan import TDAN
from ddsr_bench.vsr.archs.tecogan import FRNet
from ddsr_bench.vsr.archs.toflow import TOFlow
from ddsr_bench.vsr.blocks import strips

# Small ones: (make, frames, enlargement, whether it gives every frame).
NETWORKS = {
    "basicvsr": (lambda: BasicVSR(8, 2), 3, 4, True),
    "realbasicvsr": (lambda: RealBasicVSR(8, 2, 2), 3, 4, True),
    "iconvsr": (lambda: IconVSR(16, 2), 5, 4, True),
    "basicvsr_pp": (lambda: BasicVSRPlusPlus(32, 1), 4, 4, True),
    "edvr": (lambda: EDVR(16, 5, 8, 1, 1), 5, 4, False),
    "tdan": (lambda: TDAN(3, 16, 3, 1, 1), 5, 4, False),
    "toflow": (TOFlow, 7, 1, False),
    "realvsr": (lambda: RealVSR(16, 3, 8, 1, 1), 3, 1, False),
    "tecogan_x4": (lambda: FRNet(8, 2, 4), 3, 4, True),
    "tecogan_x2": (lambda: FRNet(8, 2, 2, cubic=False), 3, 2, True),
    "realviformer": (lambda: RealViformer(16, (1, 1, 1, 1)), 3, 4, True),
}
NAMES = sorted(NETWORKS)


def network(name):
    torch.manual_seed(5)
    return NETWORKS[name][0]().eval()


def frames(name, height=32, width=32, count=1):
    generator = torch.Generator().manual_seed(6)
    return torch.rand(count, NETWORKS[name][1], 3, height, width, generator=generator)


@torch.no_grad()
@pytest.mark.parametrize("name", NAMES)
def test_shape_and_layout(name):
    _, _, scale, every = NETWORKS[name]
    net, clip = network(name), frames(name)
    out = net(clip)
    expected = (*clip.shape[:3], 32 * scale, 32 * scale)
    assert out.shape == (expected if every else (expected[0], *expected[2:]))
    assert out.dtype == torch.float32
    with torch.inference_mode():
        other = net.to(memory_format=torch.channels_last)(clip)
    assert (other - out).abs().max() < 1e-4


@torch.no_grad()
@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("toflow", "realvsr")])
def test_strips_change_nothing(name, monkeypatch):
    net, clip = network(name), frames(name)
    whole = net(clip)
    monkeypatch.setattr(strips, "_ON_CPU", 1)
    with torch.inference_mode():
        assert (net(clip) - whole).abs().max() < 1e-5


@torch.no_grad()
@pytest.mark.parametrize("name", NAMES)
def test_clips_of_a_batch_do_not_mix(name):
    net, clips = network(name), frames(name, count=2)
    assert (net(clips)[1] - net(clips[1:])[0]).abs().max() < 1e-5


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_is_trained(name):
    net = network(name)
    # Offsets start at zero, where bilinear sampling has no slope on one side; anything else will do.
    for key, parameter in net.named_parameters():
        if "conv_offset" in key:
            torch.nn.init.normal_(parameter, std=0.05)
    net(frames(name)).square().mean().backward()
    without = [key for key, value in net.named_parameters() if value.grad is None or not value.grad.abs().sum() > 0]
    # RealViformer's flow network has a level less for a narrow picture.
    assert [key for key in without if not key.startswith("spynet.basic_module.5")] == []


# Convolutions in bfloat16 take seconds on processors that do not know it.
LONG_IN_BFLOAT16 = {"iconvsr", "basicvsr_pp", "realviformer", "basicvsr", "realbasicvsr"}


@torch.no_grad()
@pytest.mark.parametrize(
    "name", [pytest.param(one, marks=[pytest.mark.slow] if one in LONG_IN_BFLOAT16 else []) for one in NAMES]
)
def test_bfloat16_is_near(name):
    net, clip = network(name), frames(name, 16, 16)
    full = net(clip)
    with torch.autocast("cpu", torch.bfloat16):
        half = net(clip)
    error = (half.float() - full).square().mean().sqrt() / full.std()
    assert 0 < error < 0.02, "rounding to 8 bits, but not of positions"


@torch.no_grad()
@pytest.mark.parametrize("name", ["tecogan_x4", "tecogan_x2", "realviformer"])
def test_steps_equal_the_whole_clip(name):
    net, clip = network(name), frames(name)
    state, outs = None, []
    for t in range(clip.shape[1]):
        out, state = net.step(clip[:, t], state)
        outs.append(out)
    assert (torch.stack(outs, 1) - net(clip)).abs().max() < 1e-6
    assert not torch.allclose(outs[2], net.step(clip[:, 2], None)[0]), "the frames before it matter"


def stretched(net, clip, steps, ahead):
    """Outputs of a clip in stretches that keep ``steps`` frames each and see ``ahead`` more."""
    outs, state, first = [], None, 0
    for step in steps:
        going = net.stretch(clip[:, first : first + step + ahead], step, state)
        while True:
            try:
                outs.append(next(going))
            except StopIteration as stop:
                state = stop.value
                break
        first += step
    return torch.stack(outs, 1)


LONG = {
    "basicvsr": lambda: BasicVSR(8, 2),
    "realbasicvsr": lambda: RealBasicVSR(8, 2, 2, 0, per_frame=True),
    "basicvsr_pp": lambda: BasicVSRPlusPlus(16, 1),
    "iconvsr": lambda: IconVSR(8, 1, keyframe_stride=3),
}


@torch.no_grad()
@pytest.mark.parametrize("name", sorted(LONG))
def test_stretches_carry_everything_forwards(name):
    """Where each stretch sees the clip's end, nothing is cut short, and the result is the whole clip's."""
    torch.manual_seed(8)
    net = LONG[name]().eval()
    with torch.no_grad():
        for key, parameter in net.named_parameters():
            if "conv_offset" in key:
                torch.nn.init.normal_(parameter, std=0.05)
    clip = torch.rand(1, 9, 3, 32, 30, generator=torch.Generator().manual_seed(9))
    whole = net(clip)
    assert (stretched(net, clip, (5, 1, 2, 1), 9) - whole).abs().max() < 1e-5
    short = stretched(net, clip, (5, 3, 1), 1)
    assert (short - whole).abs().max() > 1e-5, "cut short, what goes backwards is missed"
    assert (short[:, -1] - whole[:, -1]).abs().max() < 1e-3


@torch.no_grad()
def test_no_frame_is_cleaned_and_no_pair_flows_twice(monkeypatch):
    torch.manual_seed(8)
    net = RealBasicVSR(8, 1, 1, 255, per_frame=True).eval()
    cleaned, pairs = [], []
    clean, flows = net.image_cleaning.forward, net.basicvsr.spynet.between
    monkeypatch.setattr(net.image_cleaning, "forward", lambda x: cleaned.append(len(x)) or clean(x))
    monkeypatch.setattr(
        net.basicvsr.spynet, "between", lambda one, two, size: pairs.append(len(one[0])) or flows(one, two, size)
    )
    stretched(net, torch.rand(1, 9, 3, 32, 32), (3, 3, 3), 3)
    assert sum(cleaned) == 9
    assert sum(pairs) == 16


@torch.no_grad()
@pytest.mark.parametrize("name", ["edvr", "tdan", "realvsr"])
def test_features_of_a_frame_serve_every_window(name):
    net, clip = network(name), frames(name)
    kept = [net.features(clip[:, t]) for t in range(clip.shape[1])]
    assert (net.fuse(kept) - net(clip)).abs().max() < 1e-6
    assert (net.fuse(kept[::-1]) - net(clip.flip(1))).abs().max() < 1e-6


@torch.no_grad()
@pytest.mark.parametrize("size", [(9, 15), (17, 8), (23, 30)])
def test_tecogan_takes_odd_sizes(size):
    for name in ("tecogan_x4", "tecogan_x2"):
        out = network(name)(frames(name, *size))
        assert out.shape[-2:] == tuple(side * NETWORKS[name][2] for side in size)


@torch.no_grad()
def test_iconvsr_pads_and_crops():
    net, clip = network("iconvsr"), frames("iconvsr", 31, 30)
    out = net(clip)
    assert out.shape == (1, 5, 3, 124, 120)
    padded = torch.nn.functional.pad(clip.flatten(0, 1), (0, 2, 0, 1), "reflect").view(1, 5, 3, 32, 32)
    assert (net(padded)[..., :124, :120] - out).abs().max() < 1e-6


@torch.no_grad()
@pytest.mark.parametrize("name", ["basicvsr", "realbasicvsr", "basicvsr_pp"])
def test_a_single_frame(name):
    assert network(name)(frames(name)[:, :1]).shape == (1, 1, 3, 128, 128)


def cleaner(threshold, per_frame):
    torch.manual_seed(7)
    return RealBasicVSR(8, 1, 1, threshold, per_frame=per_frame).eval()


@torch.no_grad()
def test_cleaning_goes_on_while_the_change_is_large():
    clip = frames("realbasicvsr")
    once = cleaner(255, per_frame=False)
    first = once.image_cleaning(clip[0])
    assert (once.clean(clip)[0] - clip[0] - first).abs().max() < 1e-6
    level = float(first.abs().mean()) * 255
    for per_frame in (False, True):
        thrice = cleaner(0, per_frame)
        expected = clip[0]
        for _ in range(3):
            expected = expected + once.image_cleaning(expected)
        assert (thrice.clean(clip)[0] - expected).abs().max() < 1e-5
    assert (cleaner(level * 1.01, per_frame=False).clean(clip)[0] - clip[0] - first).abs().max() < 1e-6
    assert (cleaner(level * 0.99, per_frame=False).clean(clip)[0] - clip[0] - first).abs().max() > 1e-3


@torch.no_grad()
def test_each_frame_decides_by_itself():
    """One frame whose change is larger than the threshold, one whose change is smaller; neither asks the other."""
    clip = torch.cat((frames("realbasicvsr")[:, :1], torch.zeros(1, 1, 3, 32, 32)), 1)
    changes = cleaner(255, per_frame=True).image_cleaning(clip[0]).abs().mean((1, 2, 3)) * 255
    net = cleaner(float(changes.mean()), per_frame=True)
    together = net.clean(clip)
    alone = torch.cat([net.clean(clip[:, t : t + 1]) for t in range(2)], 1)
    assert together.equal(alone)
    passes = [(together[0, t] - clip[0, t] - net.image_cleaning(clip[:, t])[0]).abs().max() > 1e-4 for t in range(2)]
    assert passes == [changes[t] >= changes.mean() for t in range(2)]
    assert sum(passes) == 1


@torch.no_grad()
def test_tecogan_flow_is_bounded():
    net = FRNet(8, 1, 4)
    for parameter in net.fnet.parameters():
        torch.nn.init.normal_(parameter, std=1)
    flow = net.flows(frames("tecogan_x4"))
    assert flow.shape == (1, 2, 2, 32, 32)
    assert 20 < flow.abs().max() <= 24


@torch.no_grad()
def test_cubic_upsampling_copies_phase_zero():
    up = FRNet(8, 1, 4).upsample_func
    x = torch.rand(1, 2, 5, 6)
    assert (up(x)[..., ::4, ::4] - x).abs().max() < 1e-6
    # Halfway between two pixels of a ramp every cubic gives their mean; a = -.75 overshoots by 3/64 a quarter away.
    ramp = torch.arange(12.0).expand(1, 1, 8, 12)
    assert (up(ramp)[0, 0, 8, 4:-12].view(-1, 4) - torch.arange(1.0, 9.0).view(-1, 1)).unique(dim=0).tolist() == [
        [0, 0.25 + 3 / 64, 0.5, 0.75 - 3 / 64]
    ]
