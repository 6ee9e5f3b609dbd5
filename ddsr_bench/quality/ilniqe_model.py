"""The pristine model of ILNIQE: where its authors' file comes from, how it is read, and distances from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights import WeightSpec

Floats = NDArray[np.float64]

#: The authors' ``templateModel.mat`` as a public toolbox publishes it.
TEMPLATE = WeightSpec(
    name="ilniqe",
    url="https://github.com/chaofengc/IQA-PyTorch/releases/download/v0.1-weights/ILNIQE_templateModel.mat",
    sha256="14f4919a630498d732bbf11837d894d45a57f89c9ed84bea98851147290ce93c",
    size=2764281,
    filename="ilniqe_templateModel.mat",
)
# What the authors' code puts in place of infinite features, and of means and covariances that have no block.
_INFINITE, _MISSING = 1e4, 2e3


@dataclass(frozen=True)
class Template:
    """A normal model of projected features.

    Attributes:
        mean: float64 (k,), k = 430 in the authors' model.
        covariance: float64 (k, k).
        centre: float64 (468,), taken off features before they are projected.
        axes: float64 (468, k), principal axes.
    """

    mean: Floats
    covariance: Floats
    centre: Floats
    axes: Floats


def read_template(path: Path) -> Template:
    """Read a model from a MATLAB 5 file with the cell array ``templateModel``: mean, covariance, centre, axes.

    Raises:
        DdsrError: not such a file.
    """
    from scipy.io import loadmat

    try:
        mean, covariance, centre, axes = (np.asarray(part, np.float64) for part in loadmat(path)["templateModel"][0])
        template = Template(mean.ravel(), covariance, centre.ravel(), axes)
        if axes.shape != (len(template.centre), len(template.mean)) or covariance.shape != (axes.shape[1],) * 2:
            raise ValueError("sizes differ")
    # Damaged files raise nearly anything in there; all mean the same.
    except Exception as error:
        raise DdsrError(f"{path}: no MATLAB file with a templateModel of ILNIQE; fetch it again") from error
    return template


def distance(features: Floats, template: Template) -> float:
    """Mean distance of a picture's blocks from the model.

    A block that lacks a feature stays out of the covariance and is put at the others' mean. Where no block has all,
    as in a flat picture, mean and covariance are the constants of the authors' code (63.25 with their model).

    Args:
        features: float64 (blocks, 468), may hold NaN and infinity.
        template: the model.
    """
    finite = np.where(np.isinf(features), _INFINITE, features)
    known = ~np.isnan(finite).any(axis=1)
    projected = np.full((len(features), len(template.mean)), _MISSING)
    covariance = np.full_like(template.covariance, _MISSING)
    if known.any():
        whole = (finite[known] - template.centre) @ template.axes
        projected[known], projected[~known] = whole, whole.mean(axis=0)
        apart = whole - whole.mean(axis=0)
        covariance = apart.T @ apart / max(len(whole) - 1, 1)
    return float(np.sqrt(_quadratic_forms((template.covariance + covariance) / 2, projected - template.mean)).mean())


def _quadratic_forms(matrix: Floats, vectors: Floats) -> Floats:
    """``v pinv(matrix) v`` for each row v, with the tolerance that MATLAB's ``pinv`` has by default."""
    values, axes = np.linalg.eigh(matrix)
    used = values > len(values) * np.spacing(values[-1])
    return np.asarray(((vectors @ axes[:, used]) ** 2 / values[used]).sum(axis=1))
