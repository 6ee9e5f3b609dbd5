import pytest
import torch

from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration, save_network
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape


@pytest.fixture(scope="session")
def network():
    """A small one of random weights, whose norms have seen data, so that its scores differ."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = RwVsrQa(Shape(width=8, features=16))
        net.train()
        net(torch.randint(0, 256, (4, 1, 6, 4, 64, 64), dtype=torch.uint8), 4)
    return net.eval()


@pytest.fixture(scope="session")
def weights(network, tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "mine.safetensors"
    save_network(network, path, Calibration(2.0, 3.0))
    return path
