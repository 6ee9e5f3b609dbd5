"""From a network to a method: weights are found and loaded strictly, then the drive takes over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.method import Method, Run, Settings, chosen_options, chosen_scale
from ddsr_bench.vsr.network import Network

if TYPE_CHECKING:
    from torch import Tensor

#: (settings with all options filled in, scale) -> a state dict under the network's own names, or a filled module.
Load = Callable[[Settings, int], Any]
_NAMED = 3  # names that an error shows of each kind


def network_method(
    name: str,
    network: Network,
    *,
    scales: Sequence[int],
    version: str = "1",
    options: Mapping[str, tuple[float, float, float]] | None = None,
    smallest: tuple[int, int] = (1, 1),
    fewest: int = 1,
    load: Load | None = None,
) -> Method:
    """A method that is a network with a checkpoint.

    Args:
        name: of the method; its card ``baselines/vsr/<name>.toml`` says where the weights are.
        network: how it is built and driven.
        scales: those it makes, its main one first.
        version: raised whenever an output changes.
        options: what only this method knows, each (lowest, highest, default); for ``load`` to look at.
        smallest: least (height, width) of an LR frame.
        fewest: least number of frames in a shot.
        load: gives the weights in place of the card's file: a state dict, or a module that has them already.

    Returns:
        The method. Its ``start`` raises DdsrError for missing weights, and for a checkpoint of another network, naming
        the parameters that do not fit.
    """

    def start(settings: Settings) -> Run:
        scale = chosen_scale(method, settings)
        filled = replace(settings, scale=scale, options=chosen_options(method, settings))
        module = loaded_network(name, network, scale, filled, load)
        from ddsr_bench.vsr.drive.run import network_run

        return network_run(name, module, network, scale, filled)

    method = Method(
        name=name,
        version=version,
        scales=tuple(scales),
        start=start,
        temporal=network.drive,
        smallest=smallest,
        fewest=fewest,
        options=options or {},
        needs_weights=True,
    )
    return method


def loaded_network(name: str, network: Network, scale: int, settings: Settings, load: Load | None = None) -> Any:
    """The network's module with its weights, in eval mode.

    Raises:
        DdsrError: no weights, or not this network's.
    """
    from torch import nn

    if load is None:
        from ddsr_bench.vsr.checkpoints import checkpoint

        weights: Any = checkpoint(name, scale, settings)
    else:
        weights = load(settings, scale)
    if isinstance(weights, nn.Module):
        return weights.eval()
    module = network.build(scale)
    load_strictly(f"method {name!r}", module, weights)
    return module.eval()


def load_strictly(what: str, module: Any, weights: Mapping[str, Tensor]) -> None:
    """Fill a module; numbers stored in half precision become the module's own type.

    Raises:
        DdsrError: a name is missing or unknown, or a shape is another; it names the first few of each.
    """
    own = module.state_dict()
    missing = [key for key in own if key not in weights]
    unknown = [key for key in weights if key not in own]
    other = [
        f"{key} {tuple(weights[key].shape)} for {tuple(own[key].shape)}"
        for key in own
        if key in weights and weights[key].shape != own[key].shape
    ]
    faults = [("lacks", missing), ("has unknown", unknown), ("has other shapes", other)]
    told = "; ".join(f"{verb} {len(keys)}: {_few(keys)}" for verb, keys in faults if keys)
    if told:
        raise DdsrError(f"{what}: wrong checkpoint for the method, it {told}; give the one that its card names")
    module.load_state_dict(weights, strict=True)


def _few(keys: Sequence[str]) -> str:
    return ", ".join(keys[:_NAMED]) + (", ..." if len(keys) > _NAMED else "")
