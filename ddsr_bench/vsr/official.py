"""The official networks by class and repository, so that a reference file can be rebuilt with our architectures.

Each builder takes the official constructor's arguments by keyword and returns a ``torch.nn.Module`` with the official
names of parameters and buffers. Torch is imported by the builders only.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ddsr_bench.errors import DdsrError

#: (official class, repository) -> "module:builder" below ``ddsr_bench.vsr.archs``.
OFFICIAL: dict[tuple[str, str], str] = {
    ("BasicVSRNet", "open-mmlab/mmagic"): "basicvsr:BasicVSR",
    ("RealBasicVSRNet", "open-mmlab/mmagic"): "realbasicvsr:RealBasicVSR",
    ("IconVSRNet", "open-mmlab/mmagic"): "iconvsr:IconVSR",
    ("BasicVSRPlusPlusNet", "open-mmlab/mmagic"): "basicvsr_pp:official_basicvsr_pp",
    ("EDVRNet", "open-mmlab/mmagic"): "edvr:official_edvr",
    ("TDANNet", "open-mmlab/mmagic"): "tdan:TDAN",
    ("TOFlowVSRNet", "open-mmlab/mmagic"): "toflow:official_toflow",
    ("EDVR_NoUp", "IanYeung/RealVSR"): "realvsr:official_realvsr",
    ("FRNet", "skycrapers/TecoGAN-PyTorch"): "tecogan:official_tecogan",
    ("RealViformer", "Yuehan717/RealViformer"): "realviformer:official_realviformer",
    ("RRDBNet", "XPixelGroup/BasicSR"): "rrdb:official_rrdb",
    ("RRDBNet", "cszn/KAIR"): "rrdb:official_bsrgan",
    ("SRVGGNetCompact", "XPixelGroup/BasicSR"): "srvgg:official_srvgg",
    ("SwinIR", "cszn/KAIR"): "swinir:official_swinir",
    ("HAT", "XPixelGroup/HAT"): "hat:official_hat",
    ("DAT", "zhengchen1999/DAT"): "dat:official_dat",
    ("SCUNet", "cszn/SCUNet"): "scunet:official_scunet",
}

# Arguments that say where weights lie or how training saves memory; no output depends on them.
_WITHOUT_EFFECT = frozenset(
    {"spynet_pretrained", "edvr_pretrained", "spynet_path", "cpu_cache_length", "is_fix_cleaning", "use_checkpoint"}
)


def build_official(
    name: str, repository: str, arguments: Mapping[str, Any], overrides: Mapping[str, Any] | None = None
) -> Any:
    """Our network for an official class.

    Args:
        name: the official class, such as ``"BasicVSRNet"``.
        repository: where it is from, ``"owner/name"``.
        arguments: those of the official constructor.
        overrides: put in place of or beside ``arguments``.

    Returns:
        The ``torch.nn.Module`` in eval mode, its weights as torch draws them.

    Raises:
        DdsrError: a class or an argument that is not known here.
    """
    target = OFFICIAL.get((name, repository))
    if target is None:
        known = ", ".join(sorted(f"{one} ({where})" for one, where in OFFICIAL))
        raise DdsrError(f"{name} ({repository}): no such official network here; known are {known}")
    merged = {**arguments, **(overrides or {})}
    used = {key: value for key, value in merged.items() if key not in _WITHOUT_EFFECT}
    module, builder = target.split(":")
    try:
        network = getattr(import_module(f"ddsr_bench.vsr.archs.{module}"), builder)(**used)
    except TypeError as error:
        raise DdsrError(f"{name} ({repository}): arguments {used} do not fit ({error}); check them") from error
    return network.eval()


def fixed(what: str, given: Mapping[str, Any], **only: Any) -> None:
    """Refuse constructor arguments whose other values were never published.

    Raises:
        DdsrError: an argument has another value than the one that is built here.
    """
    for key, value in only.items():
        if given.get(key, value) != value:
            raise DdsrError(f"{what}: {key} is {given[key]!r}, but only {value!r} is built here; leave it out")
