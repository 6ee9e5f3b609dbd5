"""Weights that were exported from Keras as numbered arrays (.npz), read without pickles."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.method import Settings


def read_arrays(path: Path) -> list[np.ndarray[Any, Any]]:
    """All arrays of a file in the order in which they were written.

    Raises:
        DdsrError: no such file, cut off, no .npz, or with objects in it.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return [archive[name] for name in archive.files]
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        reason = " ".join(str(error).split())[:120]
        raise DdsrError(f"{path}: not an .npz file of plain arrays ({reason}); export or copy it again") from error


def mobile_rrn(channels: int, scale: int) -> Any:
    """The network, its weights as torch draws them."""
    from ddsr_bench.vsr.archs.mobile_rrn import MobileRRN

    return MobileRRN(channels).eval()


def mobile_rrn_weights(name: str, settings: Settings, scale: int) -> Any:
    """The state dict of a Mobile RRN."""
    from ddsr_bench.vsr.archs.mobile_rrn import from_keras
    from ddsr_bench.vsr.checkpoints import weights_file

    path = weights_file(name, scale, settings)
    try:
        return from_keras(read_arrays(path))
    except DdsrError as error:
        raise DdsrError(f"{path}: {error}" if str(path) not in str(error) else str(error)) from error
