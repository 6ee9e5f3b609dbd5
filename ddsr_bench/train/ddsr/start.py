"""The network that training begins with: random, with weights of the same network, or with most of another scale's."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ddsr_bench import video
from ddsr_bench.errors import DdsrError
from ddsr_bench.train.ddsr.config import DdsrConfig
from ddsr_bench.train.ddsr.networks import build_network
from ddsr_bench.vsr.networked import load_strictly
from ddsr_bench.vsr.shipped import load_weights

_MOST = 0.5  # of the weights must fit, else the files are of networks that have little in common


def network_of(config: DdsrConfig, init: Path | None, transfer: Path | None) -> tuple[nn.Module, str]:
    """A network, and the SHA-256 of the file that its weights are from; empty where all are random.

    Args:
        config: which network, at which scale.
        init: weights of just this network.
        transfer: weights of the same kind of network at any scale: layers of other shapes stay random. Restoring is
            much the same at every scale, so a network learns it sooner from another (B. Lim et al., "Enhanced deep
            residual networks for single image super-resolution", CVPR workshops 2017, section 3.3).

    Raises:
        DdsrError: both files are given, or weights that cannot be used.
    """
    if init is not None and transfer is not None:
        raise DdsrError("--init and --transfer exclude each other; --init takes weights of just this network")
    network = build_network(config.network, config.data.scale)
    path = init or transfer
    if path is None:
        return network, ""
    scale = config.data.scale if init is not None else None
    weights, _ = load_weights(path, kind=config.network.kind, scale=scale)
    if transfer is not None:
        own = network.state_dict()
        fitting = {name: one for name, one in weights.items() if name in own and one.shape == own[name].shape}
        share = sum(one.numel() for one in fitting.values()) / sum(one.numel() for one in own.values())
        if share < _MOST:
            raise DdsrError(
                f"{path}: only {share:.0%} of the network's weights are in it; "
                "leave --transfer out, or set network.channels alike"
            )
        weights = {**own, **fitting}
    load_strictly(str(path), network, weights)
    return network, video.file_sha256(path)
