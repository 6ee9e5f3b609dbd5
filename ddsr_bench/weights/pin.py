"""The whole hash of a stored file whose authors published only a part of it, or none: as it was when first seen.

What is trusted on first use is written down beside the file, so that a later change is noticed.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from ddsr_bench.weights.spec import WHOLE_HASH, WeightSpec


@dataclass(frozen=True)
class Pin:
    """What was seen.

    Attributes:
        sha256: the whole hash.
        came_from: address, or the user's own file.
        trusted: taken on the user's word, with no published hash or against one.
    """

    sha256: str
    came_from: str
    trusted: bool


def read_pin(path: Path) -> Pin | None:
    """The pin of a stored file, or None where there is no sound one."""
    try:
        pin = Pin(**json.loads(_pin_path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    sound = isinstance(pin.sha256, str) and re.fullmatch(f"[0-9a-f]{{{WHOLE_HASH}}}", pin.sha256)
    return pin if sound and isinstance(pin.trusted, bool) else None


def write_pin(path: Path, pin: Pin) -> None:
    """Write a pin down.

    Raises:
        OSError: the store cannot be written.
    """
    target = _pin_path(path)
    part = target.with_name(f"{target.name}.{os.getpid()}.tmp")
    part.write_text(json.dumps(asdict(pin), indent=1), encoding="utf-8")
    os.replace(part, target)


def remove_pin(path: Path) -> None:
    """Forget what was seen."""
    _pin_path(path).unlink(missing_ok=True)


def is_trusted(spec: WeightSpec, path: Path) -> bool:
    """Whether the file is there on the user's word alone."""
    pin = read_pin(path)
    return pin is not None and pin.trusted and not spec.fits(pin.sha256)


def expected_hash(spec: WeightSpec, path: Path) -> str:
    """The hash to hold a stored file to: the pin's where it is trusted or agrees with the spec, else the spec's."""
    pin = read_pin(path)
    return pin.sha256 if pin is not None and (pin.trusted or spec.fits(pin.sha256)) else spec.sha256


def _pin_path(path: Path) -> Path:
    return path.with_name(f".{path.name}.pin")
