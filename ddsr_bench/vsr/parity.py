"""How far our networks lie from the official ones, by reference files made with the official code.

A reference file (``.npz``) holds inputs, outputs and intermediates of a network whose weights were drawn by a rule, and
a ``meta`` text (JSON) that says everything needed to do the same here. The rule is told at ``drawn_weights``.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.official import build_official

Array = NDArray[Any]
#: Official class, repository, constructor arguments, overrides -> our network.
Build = Callable[[str, str, Mapping[str, Any], Mapping[str, Any] | None], Any]
#: Network, frames -> intermediates by name.
Intermediates = Callable[[Any, Any], dict[str, Any]]

#: Where a file does not record how far float32 lies from float64: what its network may differ by, and the others.
UNRECORDED = {"HAT": 2e-5, "DAT": 2e-5, "SCUNet": 2e-5, "SwinIR": 2e-5, "DiViDeAddEvaluator": 2e-5}
UNRECORDED_ELSE = 1e-4


@dataclass(frozen=True)
class Reference:
    """A reference file.

    Attributes:
        path: of the file.
        meta: its text, parsed.
        arrays: inputs, outputs and intermediates by name.
    """

    path: Path
    meta: Mapping[str, Any]
    arrays: Mapping[str, Array]

    @property
    def official(self) -> tuple[str, str]:
        """Class and repository."""
        return self.meta["official_class"], self.meta["official_repo"]


@dataclass(frozen=True)
class Difference:
    """One array of one case.

    Attributes:
        case: such as ``"noise"``.
        array: such as ``"output"`` or ``"aux_flow"``.
        error: largest absolute difference of what is stored, and of the statistics of the whole.
        tolerance: what it may be.
    """

    case: str
    array: str
    error: float
    tolerance: float

    @property
    def fits(self) -> bool:
        """Whether the error is within the tolerance; never for one that is no number."""
        return self.error <= self.tolerance


def reference_files(folder: Path) -> list[Path]:
    """The reference files of networks in ``folder``, sorted."""
    return [path for path in sorted(folder.glob("*.npz")) if _is_network(path)]


def _is_network(path: Path) -> bool:
    with np.load(path) as archive:
        return "meta" in archive.files and "official_class" in str(archive["meta"])


def read_reference(path: Path) -> Reference:
    """Read a reference file.

    Raises:
        DdsrError: no such file, or one without a ``meta`` text.
    """
    if not path.is_file():
        raise DdsrError(f"{path}: no such file; give a reference file (.npz)")
    with np.load(path) as archive:
        arrays = {name: archive[name] for name in archive.files}
    if "meta" not in arrays:
        raise DdsrError(f"{path}: holds no meta text; give a reference file of a network")
    text = arrays.pop("meta").item()
    return Reference(path, json.loads(text.decode() if isinstance(text, bytes) else text), arrays)


def drawn_weights(parameters: Sequence[tuple[str, Sequence[int], str]], *, seed: int, gain: float) -> dict[str, Array]:
    """The weights of a reference file.

    Each parameter has a PCG64 generator of its own, seeded by the CRC-32 of its name plus ``seed``, that gives standard
    normal float32 numbers; they are scaled by kind: ``weight`` gain / sqrt(fan-in), ``bias`` .02, ``norm`` .1 about 1,
    ``prelu`` .02 about .25.

    Args:
        parameters: (name, shape, kind) each.
        seed: of the file.
        gain: of the weights.
    """
    return {name: _drawn(name, shape, kind, seed, gain) for name, shape, kind in parameters}


def _drawn(name: str, shape: Sequence[int], kind: str, seed: int, gain: float) -> Array:
    generator = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode()) + seed))
    values = generator.standard_normal(tuple(shape), dtype=np.float32)
    about = {"norm": 1.0, "prelu": 0.25}.get(kind)
    spread = {"norm": 0.1, "prelu": 0.02, "bias": 0.02}.get(kind, gain / math.sqrt(math.prod(shape[1:])))
    values *= np.float32(spread)
    return values if about is None else values + np.float32(about)


def weights_sha256(weights: Mapping[str, Array]) -> str:
    """SHA-256 over the bytes of all weights, in their order."""
    digest = hashlib.sha256()
    for values in weights.values():
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.hexdigest()


def rebuilt(reference: Reference, overrides: Mapping[str, Any] | None = None, build: Build = build_official) -> Any:
    """Our network for a reference file, with the file's weights.

    Args:
        reference: the file.
        overrides: of the constructor's arguments.
        build: makes the network; a stranger to this room brings its own.

    Raises:
        DdsrError: names or shapes are not the official ones, or the drawn weights not the file's.
    """
    import torch

    meta = reference.meta
    network = build(*reference.official, meta["constructor_args"], overrides)
    weights = drawn_weights(meta["parameters"], seed=meta["seed"], gain=meta["gain"])
    if weights_sha256(weights) != meta["filled_weights_sha256"]:
        raise DdsrError(f"{reference.path}: the drawn weights are not the file's; check its seed and gain")
    _same_names(reference, network)
    state = {name: torch.from_numpy(values) for name, values in weights.items()}
    kept = {name: value for name, value in network.state_dict().items() if name not in state}
    network.load_state_dict({**kept, **state}, strict=True)
    return network


def _same_names(reference: Reference, network: Any) -> None:
    meta = reference.meta
    ours = {name: list(value.shape) for name, value in network.named_parameters()}
    theirs = {name: list(shape) for name, shape, _ in meta["parameters"]}
    if ours != theirs:
        odd = sorted(name for name in {*ours, *theirs} if ours.get(name) != theirs.get(name))
        raise DdsrError(f"{reference.path}: {len(odd)} parameters are not the official ones, such as {odd[0]}")
    missing = set(network.state_dict()) ^ set(meta["state_dict_keys_in_order"])
    if missing:
        raise DdsrError(f"{reference.path}: state dict entries are not the official ones: {sorted(missing)[:3]}")
    for name, shape, kind, values in meta["buffers"]:
        _same_buffer(reference, name, network.state_dict()[name], shape, kind, values)


def _same_buffer(reference: Reference, name: str, ours: Any, shape: Sequence[int], kind: str, values: Any) -> None:
    held = ours.numpy()
    if isinstance(values, str):
        same = "sha256:" + hashlib.sha256(np.ascontiguousarray(held).tobytes()).hexdigest() == values
    else:
        same = np.array_equal(held.ravel(), np.asarray(values, held.dtype))
    if not same or list(held.shape) != list(shape) or str(held.dtype) != kind:
        raise DdsrError(f"{reference.path}: buffer {name} is not the official one; check how it is made")


def measured(
    reference: Reference, build: Build = build_official, intermediates: Intermediates | None = None
) -> Iterator[Difference]:
    """Run every case of a reference file and compare every array that it stores.

    Args:
        reference: the file.
        build: makes the network.
        intermediates: what the file stores beside outputs; None takes what is known of the networks of this room.

    Raises:
        DdsrError: as ``rebuilt``; or an intermediate that is not known here.
    """
    import torch

    built: dict[str, Any] = {}
    for case in reference.meta["cases"]:
        overrides = case.get("ctor_overrides") or {}
        key = json.dumps(overrides, sort_keys=True)
        if key not in built:
            network = rebuilt(reference, overrides, build)
            built[key] = network if _in_time(network) else network.to(memory_format=torch.channels_last)
        frames = torch.from_numpy(_input(reference, case))
        make = intermediates or _INTERMEDIATES.get(reference.official[0])
        made = _made(reference, case, built[key].to(frames.dtype), frames, make)
        for array, facts in case["outputs"].items():
            yield _difference(reference, case["tag"], array, facts, made[array])


def _in_time(network: Any) -> bool:
    """Whether a network convolves in time too; its weights have no channels-last form of pictures."""
    return any(value.ndim > 4 for value in network.parameters())


def _input(reference: Reference, case: Mapping[str, Any]) -> Array:
    """The input of a case; where only a part is stored it is made anew by the file's formula for noise.

    Raises:
        DdsrError: it is not the file's.
    """
    stored = reference.arrays[case["input_key"]]
    shape = tuple(case["input_shape"])
    if stored.shape == shape:
        return stored
    seed, base = reference.meta["seed"], reference.meta["input_seed"]
    # Files of other seeds say the sum of the two, or the second alone.
    for tried in (base, seed + base):
        made = np.random.Generator(np.random.PCG64(tried)).random(shape, dtype=np.float32)
        if hashlib.sha256(made.tobytes()).hexdigest() == case["input_sha256"]:
            return made
    raise DdsrError(f"{reference.path}: {case['tag']} input is not the file's; check its seed")


def _made(
    reference: Reference, case: Mapping[str, Any], network: Any, frames: Any, make: Intermediates | None
) -> dict[str, Array]:
    """Output and intermediates of a case."""
    import torch

    wanted = set(case["outputs"])
    with torch.inference_mode():
        made = {"output": _wrapped(network, frames, case.get("wrapper"))}
        if wanted - set(made):
            made.update(make(network, frames) if make else {})
    unknown = sorted(wanted - set(made))
    if unknown:
        raise DdsrError(f"{reference.path}: {unknown[0]} of {reference.official[0]} is not known here; leave it out")
    return {name: value.numpy() for name, value in made.items()}


def _wrapped(network: Any, frames: Any, wrapper: str | None) -> Any:
    """The network, where the official script pads for it: by reflection at the right and bottom, then cropped."""
    import torch

    if not wrapper:
        return network(frames)
    found = re.search(r"multiple of (\d+)", wrapper)
    multiple = int(found[1]) if found else 1
    height, width = frames.shape[-2:]
    padded = torch.nn.functional.pad(frames, (0, -width % multiple, 0, -height % multiple), "reflect")
    out = network(padded)
    scale = out.shape[-1] // padded.shape[-1]
    return out[..., : scale * height, : scale * width]


def _difference(reference: Reference, case: str, array: str, facts: Mapping[str, Any], made: Array) -> Difference:
    if list(made.shape) != list(facts["full_shape"]):
        raise DdsrError(f"{reference.path}: {case} {array} has shape {made.shape}, not {facts['full_shape']}")
    expected = reference.arrays[facts["key"]]
    found = re.search(r"::(\d+), *::(\d+)", facts["spatial_slice"])
    part = made[..., :: int(found[1]), :: int(found[2])] if found else made
    errors = [float(np.abs(part - expected).max()), *_statistics(facts, made)]
    error = float("inf") if any(math.isnan(one) for one in errors) else max(errors)
    return Difference(case, array, error, _tolerance(reference, facts))


def _statistics(facts: Mapping[str, Any], made: Array) -> Iterator[float]:
    """Differences of what is recorded of the whole array; none can exceed the largest difference of its values."""
    whole = made.astype(np.float64)
    for name, value in (("mean", whole.mean()), ("std", whole.std()), ("min", whole.min()), ("max", whole.max())):
        yield abs(float(value) - facts[name])
    if "per_frame_mean" in facts:
        frames = whole.reshape(whole.shape[0] * whole.shape[1], -1)
        yield float(np.abs(frames.mean(1) - facts["per_frame_mean"]).max())
        yield float(np.abs(frames.std(1) - facts["per_frame_std"]).max())


def _tolerance(reference: Reference, facts: Mapping[str, Any]) -> float:
    recorded = facts.get("fp32_vs_fp64_max_abs")
    if recorded is not None:
        return 10 * float(recorded)
    return UNRECORDED.get(reference.official[0], UNRECORDED_ELSE) * max(1.0, float(facts["std"]))


def _flow(network: Any, frames: Any) -> dict[str, Any]:
    return {"aux_flow": network.spynet(frames[:, 0], frames[:, 1])}


def _cleaned(network: Any, frames: Any) -> dict[str, Any]:
    cleaned = network.clean(frames)
    return {"aux_cleaned_lr": cleaned, **_flow(network.basicvsr, cleaned)}


_INTERMEDIATES: dict[str, Intermediates] = {
    "BasicVSRNet": _flow,
    "IconVSRNet": _flow,
    "BasicVSRPlusPlusNet": _flow,
    "RealViformer": _flow,
    "RealBasicVSRNet": _cleaned,
    "TOFlowVSRNet": lambda network, frames: {"aux_flow": network.spynet(frames[:, 3], frames[:, 0])},
    "TDANNet": lambda network, frames: {"aux_aligned_lr": network.aligned(frames)},
    "FRNet": lambda network, frames: {"aux_flow": network.flows(frames)},
}
