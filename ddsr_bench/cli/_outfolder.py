"""The folder of ``--out``: made, checked before it is written to, and swept of what killed runs left."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Collection
from pathlib import Path

from ddsr_bench.errors import DdsrError


def prepare(
    out: Path,
    *,
    ours: Collection[str] | None,
    marks: Collection[str] = (),
    resume: bool | None = None,
    overwrite: bool,
    end: str = "make it anew",
) -> None:
    """Make ``out``, or see that it may be written to.

    Args:
        out: the folder.
        ours: names that the command writes there; None where other files are no hindrance.
        marks: names of which one shows that the command was here before.
        resume, overwrite: whether it may hold something; ``resume`` is None for commands without ``--resume``.
        end: what the command would overwrite for.

    Raises:
        DdsrError: it cannot be written, is not empty, or holds other files.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        there = sorted(path.name for path in out.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise DdsrError(f"{out}: cannot be written ({error.strerror}); choose another --out") from error
    if there and not (resume or overwrite):
        options = f"--overwrite to {end}," if resume is None else f"--resume to go on, --overwrite to {end},"
        raise DdsrError(f"{out}: not empty; add {options} or choose another --out")
    if ours is None or set(marks) & set(there):
        return
    foreign = [name for name in there if name not in ours]
    if foreign:
        raise DdsrError(f"{out}: holds other files ({foreign[0]}); choose an empty folder for --out")


def sweep(out: Path) -> None:
    """Remove what killed runs left under temporary names (``.name.<pid>-<random>.part``), not what lives."""
    for part in out.rglob(".*.part"):
        owner = re.search(r"\.(\d+)-[0-9a-f]+\.part$", part.name)
        if owner is None or _alive(int(owner[1])):
            continue
        shutil.rmtree(part, ignore_errors=True) if part.is_dir() else part.unlink(missing_ok=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A process that nobody has waited for yet counts as dead.
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except ProcessLookupError:
        return False
    except OSError:
        return True
