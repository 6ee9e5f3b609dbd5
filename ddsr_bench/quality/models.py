"""Parameter files of metrics: where they come from, and readers that need neither MATLAB nor libsvm.

Nothing is downloaded in passing: a metric whose file is not in the store says which command brings it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.ilniqe_model import TEMPLATE
from ddsr_bench.quality.libsvm import Svr, read_svr
from ddsr_bench.weights import WeightSpec, fetch, use_file

Floats = NDArray[np.float64]

# The authors' release as it lies in a public toolbox; the hashes are those of the authors' own files.
_TOOLBOX = (
    "https://raw.githubusercontent.com/dsoellinger/blind_image_quality_toolbox/"
    "1e9b8d01457c0d2c8902ca8e4f5d3fb0df7835cb/%2Bbrisque/"
)
_LICENCE = "free to use, copy and modify with the notice of The University of Texas at Austin"
NIQE = WeightSpec(
    name="niqe",
    url="https://github.com/chaofengc/IQA-PyTorch/releases/download/v0.1-weights/niqe_modelparameters.mat",
    sha256="fa2aa4d12dd9595c3fb6bf8b4e1a15c79d5d1469238d0901c88dead195be578d",
    size=8347,
    licence=_LICENCE,
)
BRISQUE_MODEL = WeightSpec(
    name="brisque model",
    url=_TOOLBOX + "allmodel",
    sha256="8b04d6045f1b27261610c8ab1730fdcc14ec80bfab0f1ab5f703bbc2927314de",
    size=353497,
    licence=_LICENCE,
    filename="brisque_allmodel",
)
BRISQUE_RANGE = WeightSpec(
    name="brisque range",
    url=_TOOLBOX + "allrange",
    sha256="e47d753d96b631e1aa2dbac8c4e51ade767f2def8ce678c7130b6b3f90ee915f",
    size=741,
    licence=_LICENCE,
    filename="brisque_allrange",
)
#: FAST-VQA-B as its authors published it; they state no hash and no licence of the weights.
FAST_VQA = WeightSpec(
    name="rw-vsr-qa-fast",
    url="https://github.com/TimothyHTimothy/FAST-VQA/releases/download/v2.0.0/FAST_VQA_B_1_4.pth",
    sha256="",
    licence="code MIT; of the weights nothing is stated",
    folder="rw-vsr-qa-fast",
)
PARAMETERS: dict[str, tuple[WeightSpec, ...]] = {
    "niqe": (NIQE,),
    "brisque": (BRISQUE_MODEL, BRISQUE_RANGE),
    "ilniqe": (TEMPLATE,),
    "rw-vsr-qa-fast": (FAST_VQA,),
}
# What the authors call these files in their archives.
_ORIGINAL_NAMES = {
    NIQE: "modelparameters.mat",
    BRISQUE_MODEL: "allmodel",
    BRISQUE_RANGE: "allrange",
    TEMPLATE: "templateModel.mat",
}


@dataclass(frozen=True)
class Gaussian:
    """A multivariate normal model of features: mean float64 (d,), covariance float64 (d, d)."""

    mean: Floats
    covariance: Floats


def load_niqe() -> Gaussian:
    """Return NIQE's model as its authors fitted it.

    Raises:
        DdsrError: the file is not in the store.
    """
    return read_gaussian(stored(NIQE, "niqe"), "mu_prisparam", "cov_prisparam")


def load_brisque() -> Svr:
    """Return BRISQUE's regression as its authors trained it on LIVE.

    Raises:
        DdsrError: one of its two files is not in the store.
    """
    return read_svr(stored(BRISQUE_MODEL, "brisque"), stored(BRISQUE_RANGE, "brisque"))


def stored(spec: WeightSpec, metric: str) -> Path:
    """Return the path of a parameter file in the store; never uses the network.

    Raises:
        DdsrError: it is not there; names the commands that bring it.
    """
    try:
        return fetch(spec, offline=True)
    except DdsrError as error:
        raise DdsrError(
            f"metric {metric!r}: its parameter file {spec.basename} is not in the store; run 'ddsr-bench metrics fetch "
            f"{metric}{_trusting(spec)}', or name a folder that holds the file with --weights-dir DIR"
        ) from error


def _trusting(spec: WeightSpec) -> str:
    return "" if spec.sha256 else " --trust"


def adopt(folder: str | os.PathLike[str], metric: str, *, trust: bool = False) -> list[Path]:
    """Take a metric's parameter files from a folder into the store; return their paths there.

    Both our names and the authors' own (``modelparameters.mat``, ``allmodel``, ``allrange``) are known.

    Args:
        folder: where they lie.
        metric: its name.
        trust: take files of which no hash is published.

    Raises:
        DdsrError: a file is missing there, is another one than its hash says, or has no published hash.
    """
    paths = []
    for spec in PARAMETERS[metric]:
        names = [spec.basename, *([_ORIGINAL_NAMES[spec]] if spec in _ORIGINAL_NAMES else [])]
        found = next((Path(folder) / name for name in names if (Path(folder) / name).is_file()), None)
        if found is None:
            raise DdsrError(f"{folder}: no {' or '.join(names)} there; metric {metric!r} needs it")
        if not spec.sha256 and not trust:
            raise DdsrError(
                f"{found}: no hash of {spec.basename} is published to check it by; take it on your word with: "
                f"ddsr-bench metrics fetch {metric} --weights-dir {folder} --trust"
            )
        paths.append(use_file(spec, found, trust=trust and not spec.sha256))
    return paths


def read_mat(path: Path, *names: str) -> list[Floats]:
    """Read named arrays of a MATLAB 5 file as float64.

    Raises:
        DdsrError: not such a file, or an array is missing.
    """
    from scipy.io import loadmat

    try:
        content: dict[str, Any] = loadmat(path, variable_names=names)
        return [np.asarray(content[name], np.float64) for name in names]
    # Damaged files raise nearly anything in there; all mean the same.
    except Exception as error:
        raise DdsrError(f"{path}: no MATLAB file with {', '.join(names)}; fetch it again") from error


def read_gaussian(path: Path, mean: str, covariance: str) -> Gaussian:
    """Read a model from a MATLAB file, given its arrays' names; see :func:`read_mat`."""
    first, second = read_mat(path, mean, covariance)
    return Gaussian(first.ravel(), second)
