"""What every image network must do beside equalling the official one: sizes, layouts, gradients, published names."""

from importlib import import_module

import numpy as np
import pytest
import torch

from ddsr_bench.vsr import parity
from ddsr_bench.vsr.archs import scunet
from ddsr_bench.vsr.archs.dat import DAT
from ddsr_bench.vsr.archs.espcn import ESPCN, TanhESPCN
from ddsr_bench.vsr.archs.fsrcnn import FSRCNN
from ddsr_bench.vsr.archs.mobile_rrn import MobileRRN
from ddsr_bench.vsr.archs.rfdn import RFDN, RLFN
from ddsr_bench.vsr.archs.rrdb import RRDBNet
from ddsr_bench.vsr.archs.scunet import SCUNet
from ddsr_bench.vsr.archs.srvgg import SRVGG
from ddsr_bench.vsr.archs.swinir import SwinIR
from ddsr_bench.vsr.archs.vespcn import VESPCN
from ddsr_bench.vsr.blocks import strips
from ddsr_bench.vsr.blocks.windows import from_windows, shift_mask, to_windows
from ddsr_bench.vsr.drive.run import network_run
from ddsr_bench.vsr.method import Settings

# Small ones: (make, channels in, enlargement).
NETWORKS = {
    "rrdb": (lambda: RRDBNet(8, 1, 4), 3, 4),
    "srvgg": (lambda: SRVGG(8, 2), 3, 4),
    "swinir": (lambda: SwinIR(16, 8, (2,), 12, (2,)), 3, 4),
    "scunet": (lambda: SCUNet((1, 1, 1, 2, 1, 1, 1), 64), 3, 1),
    "rfdn": (lambda: RFDN(12), 3, 4),
    "rlfn": (lambda: RLFN(12, 12), 3, 4),
    "espcn": (lambda: ESPCN(2), 1, 2),
    "espcn_tanh": (TanhESPCN, 1, 4),
    "fsrcnn": (lambda: FSRCNN(2), 1, 2),
}
GOLDENS = parity.Path(__file__).parents[2] / "goldens"
PUBLISHED = {
    "real_esrgan": "realesrgan_x4plus", "bsrgan": "bsrgan", "realesr_general": "realesr_general_x4v3",
    "swinir": "swinir_real_m_x4", "hat": "hat_x4", "dat": "dat_x4", "scunet": "scunet",
}  # fmt: skip


def network(name):
    torch.manual_seed(5)
    return NETWORKS[name][0]().eval()


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_sizes_layouts_and_gradients(name):
    _, channels, scale = NETWORKS[name]
    net = network(name)
    for height, width in ((24, 32), (17, 21)):
        x = torch.rand(2, channels, height, width, generator=torch.Generator().manual_seed(6))
        with torch.inference_mode():
            out = net(x)
            alone = net(x[1:])
            other = net(x.contiguous(memory_format=torch.channels_last))
        assert out.shape == (2, channels, scale * height, scale * width)
        assert (out[1:] - alone).abs().max() < 1e-5
        assert (out - other).abs().max() < 1e-5
    x.requires_grad_()
    trained = net(x)
    assert (trained.detach() - out).abs().max() < 1e-5
    trained.mean().backward()
    assert x.grad.abs().sum() > 0


@pytest.mark.parametrize("method", sorted(PUBLISHED))
def test_method_builds_the_published_network(method):
    module = import_module(f"ddsr_bench.vsr.methods.{method}")
    with torch.device("meta"):
        names = list(module.NETWORK.build(module.METHOD.scales[0]).state_dict())
    assert sorted(names) == sorted(
        parity.read_reference(GOLDENS / f"{PUBLISHED[method]}.npz").meta["state_dict_keys_in_order"]
    )


@pytest.mark.parametrize("method", ["realesr_general", "realesr_animevideov3"])
def test_a_network_that_does_nothing_repeats_pixels(method):
    """In and out again: order of colours, range, rounding."""
    module = import_module(f"ddsr_bench.vsr.methods.{method}")
    net = module.NETWORK.build(4)
    for parameter in net.parameters():
        torch.nn.init.zeros_(parameter)
    frames = list(np.random.default_rng(0).integers(0, 256, (2, 9, 11, 3)).astype(np.uint8))
    made = np.stack(list(network_run(method, net, module.NETWORK, 4, Settings(precision="fp32"))(iter(frames))))
    assert np.array_equal(made, np.stack(frames).repeat(4, axis=1).repeat(4, axis=2))


@pytest.mark.parametrize("method", ["rfdn", "rlfn", "vespcn"])
def test_smallest_frames_pass(method):
    module = import_module(f"ddsr_bench.vsr.methods.{method}")
    height, width = module.METHOD.smallest
    run = network_run(method, module.NETWORK.build(4), module.NETWORK, 4, Settings(precision="fp32"))
    for size in ((height, width), (height + 3, width + 1)):
        (made,) = run(iter([np.zeros((*size, 3), np.uint8)]))
        assert made.shape == (4 * size[0], 4 * size[1], 3)


def test_dat_pads_windows_for_any_size():
    torch.manual_seed(5)
    net = DAT().eval()
    with torch.inference_mode():
        assert net(torch.rand(1, 3, 5, 35)).shape == (1, 3, 20, 140)


def test_vespcn_in_strips_is_the_same(monkeypatch):
    torch.manual_seed(5)
    net, clip = VESPCN().eval(), torch.rand(1, 3, 3, 26, 22)
    with torch.inference_mode():
        whole = net(clip)
        monkeypatch.setattr(strips, "_ON_CPU", 8 * 64 * 16 * 32)
        assert (net(clip) - whole).abs().max() < 1e-5
    assert (net(clip) - whole).abs().max() < 1e-5  # with gradients


def test_vespcn_reads_the_next_frame_and_not_the_previous_one():
    torch.manual_seed(5)
    net, clip = VESPCN().eval(), torch.rand(1, 3, 3, 16, 16)
    with torch.inference_mode():
        out = net(clip)
        for place, same in ((0, True), (1, False), (2, False)):
            other = clip.clone()
            other[:, place] = 1 - other[:, place]
            assert torch.equal(net(other), out) == same


def test_mobile_rrn_remembers():
    torch.manual_seed(5)
    net, clip = MobileRRN(8).eval(), 255 * torch.rand(1, 3, 3, 8, 9)
    with torch.inference_mode():
        out, (first, _) = net(clip), net.step(clip[:, 0], None)
        assert out.shape == (1, 3, 3, 32, 36)
        assert torch.equal(out[:, 0], first)
        assert not torch.equal(out[:, 1], net.step(clip[:, 1], None)[0])


def test_windows_come_back_and_masks_part_what_wraps():
    x = torch.arange(2 * 8 * 12 * 3).view(2, 8, 12, 3).float()
    assert torch.equal(from_windows(to_windows(x, 4, 4), 4, 4, 8, 12), x)
    mask = shift_mask(8, 8, (4, 4), (2, 2))
    assert mask.shape == (4, 16, 16)
    assert not mask[0].any()  # nothing wraps there
    last = mask[3].view(4, 4, 4, 4)
    assert last[0, 0, 1, 1] == 0
    assert last[0, 0, 2, 0] == last[0, 0, 0, 2] == -100


@pytest.mark.parametrize(
    ("kept", "arguments"), [(shift_mask, (16, 16, (8, 8), (4, 4))), (scunet._mask, (2, 2))], ids=["shift", "scunet"]
)
def test_masks_are_of_the_processor_whoever_asks_first(kept, arguments):
    kept.cache_clear()
    with torch.device("meta"):
        first = kept(*arguments)
    assert first.device.type == "cpu"
    assert first.shape == (4, 64, 64)
    assert kept(*arguments) is first
