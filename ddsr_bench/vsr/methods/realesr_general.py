"""realesr-general-x4v3; option ``denoise`` mixes its weights with those of the twin that keeps noise."""

from __future__ import annotations

from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.method import Settings
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.networked import network_method


def _build(scale: int) -> Any:
    from ddsr_bench.vsr.archs.srvgg import SRVGG

    return SRVGG(convs=32).eval()


def _load(settings: Settings, scale: int) -> Any:
    """Denoise strength d: d x the weights + (1 - d) x the twin's, as the official script mixes them."""
    from ddsr_bench.vsr.checkpoints import checkpoint

    share = settings.options["denoise"]
    main = checkpoint("realesr-general", scale, settings)
    if share == 1:
        return main
    twin = checkpoint("realesr-general", scale, settings, role="wdn")
    if {name: value.shape for name, value in main.items()} != {name: value.shape for name, value in twin.items()}:
        raise DdsrError("method 'realesr-general': the two checkpoints are of different networks; fetch them anew")
    return {name: share * value.float() + (1 - share) * twin[name].float() for name, value in main.items()}


NETWORK = Network(build=_build, drive="frame", halo=34)
METHOD = network_method("realesr-general", NETWORK, scales=(4,), options={"denoise": (0.0, 1.0, 1.0)}, load=_load)
