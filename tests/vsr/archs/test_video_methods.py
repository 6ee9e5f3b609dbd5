"""The methods made of video networks: names, and that each builds the network whose published weights it is given."""

from importlib import import_module

import cv2
import numpy as np
import pytest
import torch

from ddsr_bench.vsr import parity
from ddsr_bench.vsr.cards import method_card
from ddsr_bench.vsr.drive.run import network_run
from ddsr_bench.vsr.method import Method, Settings
from ddsr_bench.vsr.methods.tecogan import led_in

# Method: the reference file of its network, by scale.
FILES = {
    "basicvsr": {4: "basicvsr"},
    "basicvsr_pp": {4: "basicvsr_pp"},
    "edvr": {4: "edvr_m"},
    "iconvsr": {4: "iconvsr"},
    "realbasicvsr": {4: "realbasicvsr"},
    "realviformer": {4: "realviformer"},
    "realvsr": {4: "realvsr_edvr_noup"},
    "srwd": {4: "realbasicvsr"},
    "tdan": {4: "tdan"},
    "tecogan": {4: "tecogan_bd_x4", 2: "tecogan_bd_x2"},
    "toflow": {4: "toflow"},
}
# What reference files say of the published checkpoint: where its weights lie, and what is in front of their names.
PLACES = {
    "generator.": ("state_dict", "generator."),
    "generator. and generator_ema. (use generator_ema.)": ("state_dict", "generator_ema."),
    "none: the file is the bare state dict of the network (strict load)": ("", ""),
    "top-level dict key 'params' (no name prefix); the script loads with strict=False": ("params", ""),
}
GOLDENS = parity.Path(__file__).parents[2] / "goldens"


@pytest.mark.parametrize("name", sorted(FILES))
def test_method_builds_the_published_network(name):
    module = import_module(f"ddsr_bench.vsr.methods.{name}")
    assert module.METHOD.name == name.replace("_", "-")
    assert module.METHOD.needs_weights
    assert set(module.METHOD.scales) == set(FILES[name])
    for scale, file in FILES[name].items():
        network = module.NETWORK.build(scale)
        assert not network.training
        meta = parity.read_reference(GOLDENS / f"{file}.npz").meta
        assert list(network.state_dict()) == meta["state_dict_keys_in_order"]
        if name != "srwd":  # nothing is published of it
            entry = method_card(module.METHOD.name).file(scale)
            assert (entry.key, entry.prefix) == PLACES[meta["published_checkpoint_prefix"]]


def enlarged(frames):
    """Bilinear x4, corners not aligned: what a network whose weights are zero adds nothing to."""
    x = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float()
    x = torch.nn.functional.interpolate(x, scale_factor=4, mode="bilinear")
    return x.permute(0, 2, 3, 1).round().numpy()


@pytest.mark.parametrize("name", sorted(set(FILES) - {"tecogan", "srwd"}))
def test_frames_pass_through_a_network_that_does_nothing(name):
    """In and out again: sizes, padding, colours, ranges, and the frame that a window is for."""
    module = import_module(f"ddsr_bench.vsr.methods.{name}")
    network = module.NETWORK.build(4)
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    frames = list(np.random.default_rng(0).integers(0, 256, (6, 22, 30, 3)).astype(np.uint8))
    frames = [cv2.GaussianBlur(frame, (0, 0), 3) for frame in frames]
    outs = np.stack(list(network_run(name, network, module.NETWORK, 4, Settings(precision="fp32"))(iter(frames))))
    assert outs.shape == (6, 88, 120, 3)
    if name == "tdan":  # has no picture underneath
        assert set(outs.ravel().tolist()) == {128}
    else:
        # Where a bicubic enlargement is what lies underneath, it is not the bilinear one; blurred, nearly.
        allowed = 3 if name in ("realvsr", "toflow") else 1
        assert np.abs(outs - enlarged(frames))[:, 8:-8, 8:-8].max() <= allowed


@pytest.mark.parametrize("scale", [2, 4])
def test_tecogan_that_does_nothing_copies_every_pixel(scale):
    from ddsr_bench.vsr.methods.tecogan import NETWORK

    network = NETWORK.build(scale)
    for parameter in network.parameters():
        torch.nn.init.zeros_(parameter)
    frames = list(np.random.default_rng(0).integers(0, 256, (3, 11, 13, 3)).astype(np.uint8))
    outs = np.stack(list(network_run("tecogan", network, NETWORK, scale, Settings(precision="fp32"))(iter(frames))))
    assert (outs[:, ::scale, ::scale] == frames).all()


def fake(log):
    def start(settings):
        def run(frames):
            for frame in frames:
                log.append(frame)
                yield -frame

        return run

    return Method("fake", "1", (4,), start)


@pytest.mark.parametrize(("count", "lead"), [(8, [5, 4, 3, 2, 1]), (6, [5, 4, 3, 2, 1]), (3, [2, 1]), (1, []), (0, [])])
def test_tecogan_sees_mirrored_frames_first(count, lead):
    log = []
    run = led_in(fake(log)).start(Settings())
    for _ in range(2):  # one shot after the other
        log.clear()
        assert list(run(iter(range(count)))) == [-one for one in range(count)]
        assert log == [*lead, *range(count)]


def test_frames_are_not_gathered():
    taken = []

    def frames():
        for number in range(1000):
            taken.append(number)
            yield number

    run = led_in(fake([])).start(Settings())(frames())
    assert next(run) == 0
    assert len(taken) <= 7
