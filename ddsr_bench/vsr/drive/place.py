"""Where a network runs and how precisely."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.method import Precision, Settings

Kind = Literal["fp32", "bf16", "fp16"]
_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}
#: Flags of Linux's /proc/cpuinfo for processors that multiply bf16 faster than float32.
_QUICK_AT_BF16 = frozenset({"amx_bf16", "avx512_bf16"})


@dataclass(frozen=True)
class Place:
    """A device, and the precision of convolutions and products on it."""

    device: torch.device
    precision: Kind

    def autocast(self) -> torch.autocast:
        """The context in which a network is called."""
        reduced = _TYPES.get(self.precision)
        return torch.autocast(self.device.type, dtype=reduced or torch.bfloat16, enabled=reduced is not None)


def chosen_place(settings: Settings) -> Place:
    """Device and precision of a run.

    Raises:
        DdsrError: a device that is not here, or a precision that it has not.
    """
    device = _device(settings.device)
    return Place(device, _precision(settings.precision, device))


def _device(text: str) -> torch.device:
    if text == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if not re.fullmatch(r"cpu|mps|cuda(:\d+)?", text):
        raise DdsrError(f"device {text!r}: unknown; use auto, cpu, cuda, cuda:1 or mps")
    kind, _, number = text.partition(":")
    if kind == "cuda" and int(number or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        raise DdsrError(f"device {text!r}: torch finds {count} CUDA devices here; use --device cpu or another one")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise DdsrError("device 'mps': torch finds none here; use --device cpu")
    return torch.device(text)


def _precision(wanted: Precision, device: torch.device) -> Kind:
    if wanted == "auto":
        return "bf16" if _is_quick_at_bf16(device) else "fp32"
    if wanted == "fp16" and device.type != "cuda":
        raise DdsrError(f"precision fp16: not on {device.type}; use fp32 or bf16, or a CUDA device")
    if wanted not in ("fp32", "bf16", "fp16"):
        raise DdsrError(f"precision {wanted!r}: unknown; use auto, fp32, bf16 or fp16")
    return wanted


def _is_quick_at_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return device.type == "cpu" and bool(_QUICK_AT_BF16 & processor_flags())


@lru_cache(maxsize=1)
def processor_flags(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """What the processor says that it can do; empty where the system does not tell."""
    try:
        text = path.read_text("utf-8", "replace")
    except OSError:
        return frozenset()
    found = re.search(r"^flags\s*:(.*)$", text, re.MULTILINE)
    return frozenset(found[1].split()) if found else frozenset()
