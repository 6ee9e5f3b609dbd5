"""Facts about the machine that a timing or a score may depend on; nothing that names its owner."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any


def machine_facts() -> dict[str, Any]:
    """Return platform, processor, usable cores, memory (bytes) and, if torch is loaded already, GPU names.

    No host name, no user name. What cannot be found out is None. Never raises.
    """
    return {
        "system": platform.system(),
        "release": platform.release(),
        "architecture": platform.machine(),
        "libc": " ".join(platform.libc_ver()).strip() or None,
        "cpu_model": cpu_model(),
        "cpu_count": os.cpu_count(),
        "cpu_usable": _usable_cores(),
        "memory_bytes": memory_bytes(),
        "gpus": _gpu_names(),
    }


def cpu_model() -> str | None:
    """Return the processor's name as the system gives it, or None."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines():
            key, _, value = line.partition(":")
            if key.strip().lower() in ("model name", "hardware") and value.strip():
                return value.strip()
    except OSError:
        pass
    return _sysctl("machdep.cpu.brand_string") or platform.processor() or None


def memory_bytes() -> int | None:
    """Return the machine's physical memory in bytes, or None where it cannot be asked."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return None


def _usable_cores() -> int | None:
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _sysctl(name: str) -> str | None:
    if sys.platform != "darwin":
        return None
    try:
        done = subprocess.run(["sysctl", "-n", name], capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def _gpu_names() -> list[str]:
    # Not imported for this: loading torch takes longer than most runs that never use it.
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available():
        return []
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
