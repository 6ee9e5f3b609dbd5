"""The git commit of the code that runs, when it runs from a checkout."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TypedDict


class GitState(TypedDict):
    """``commit`` is the full hash; ``dirty`` tells whether tracked files differ from it."""

    commit: str
    dirty: bool


def git_state(file: str | os.PathLike[str]) -> GitState | None:
    """Return the state of the repository that *tracks* ``file``; None without git, repository or commit.

    Tracking matters: an installed copy may lie inside somebody else's repository (``project/.venv/...``),
    whose commit says nothing about our code. Never raises.
    """
    path = Path(file).resolve()
    if _git(path.parent, "ls-files", "--error-unmatch", "--", path.name) is None:
        return None
    commit = _git(path.parent, "rev-parse", "--verify", "HEAD")
    changes = _git(path.parent, "status", "--porcelain", "--untracked-files=no")
    if commit is None or changes is None:
        return None
    return {"commit": commit, "dirty": bool(changes)}


def _git(folder: Path, *arguments: str) -> str | None:
    # GIT_DIR and friends are set inside hooks and would point at another repository.
    environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    environment["GIT_OPTIONAL_LOCKS"] = "0"
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
