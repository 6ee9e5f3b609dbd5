"""Memory does not grow with the clip: what drives hold on to, and the peak of whole processes."""

import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent / "drive"))
from fake_networks import BothWays, Enlarge, Recurrent, Window, a_run

from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.shots import shots

WHOLE = """
import resource, sys
import numpy as np
import torch
from ddsr_bench.vsr.drive.run import network_run
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.methods import {module} as method
{network}
torch.set_num_threads(1)
def frames(count):
    rng = np.random.default_rng(0)
    for _ in range(count):
        yield rng.integers(0, 256, (64, 96, 3)).astype(np.uint8)
run = network_run("n", network.eval(), method.NETWORK, 4, Settings(precision="fp32"))
made = sum(frame.shape[0] for frame in run(frames(int(sys.argv[1]))))
print(made, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
NETWORKS = {
    "tecogan": "from ddsr_bench.vsr.archs.tecogan import FRNet\nnetwork = FRNet(8, 1)",
    "basicvsr": "from ddsr_bench.vsr.archs.basicvsr import BasicVSR\nnetwork = BasicVSR(64, 1)",
    "realbasicvsr": (
        "from ddsr_bench.vsr.archs.realbasicvsr import RealBasicVSR\nnetwork = RealBasicVSR(64, 1, 1, 5, True)"
    ),
}


class Kept(np.ndarray):
    """An array that can be counted while it lives."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


def counted(alive, count=60):
    for index in range(count):
        frame = np.full((8, 8, 3), index, np.uint8).view(Kept)
        alive.add(frame)
        yield frame


@pytest.mark.parametrize(
    ("drive", "module", "facts", "limit"),
    [
        ("frame", Enlarge(), {}, 2),
        ("window", Window(5), {"window": 5}, 10),
        ("forward", Recurrent(), {}, 2),
        ("bidirectional", BothWays(carry=True), {"overlap": 5}, 22),
        ("bidirectional", BothWays(carry=False), {"overlap": 5}, 22),
    ],
)
def test_drives_let_go_of_frames(drive, module, facts, limit):
    alive = weakref.WeakSet()
    most = 0
    for _ in a_run(module.eval(), drive, **facts)(counted(alive, 120)):
        most = max(most, len(alive))
    assert 1 <= most <= limit


def test_shots_let_go_of_frames():
    alive = weakref.WeakSet()
    for shot in shots(counted(alive)):
        for _ in shot:
            assert len(alive) <= 7


def peak(name, count):
    script = WHOLE.format(module=name, network=NETWORKS[name])
    done = subprocess.run([sys.executable, "-c", script, str(count)], capture_output=True, text=True, check=True)
    made, used = map(int, done.stdout.split())
    assert made == count * 256
    return used


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_a_long_clip_needs_as_much_as_a_short_one(name):
    assert peak(name, 400) <= 1.1 * peak(name, 20)


def test_the_count_would_notice():
    """A drive that keeps all frames goes beyond any limit above."""
    alive = weakref.WeakSet()
    run = a_run(BothWays().eval(), "bidirectional", overlap=5, settings=Settings(precision="fp32", exact=True))
    going = run(counted(alive))
    next(going)
    assert len(alive) == 60
