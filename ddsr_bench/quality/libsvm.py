"""Support-vector regressions stored in the text formats of libsvm's programs, evaluated without libsvm."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Svr:
    """Epsilon support-vector regression with radial basis functions, and the scaling of its input.

    Attributes:
        vectors: float64 (n, d).
        coefficients: float64 (n,).
        gamma: of the kernel ``exp(-gamma |x - y|**2)``.
        rho: subtracted from the sum.
        ranges: float64 (d, 2), the least and greatest of each feature, taken to ``target``.
        target: two ends of the scaled range.
    """

    vectors: Floats
    coefficients: Floats
    gamma: float
    rho: float
    ranges: Floats
    target: tuple[float, float]

    def predict(self, features: Floats) -> Floats:
        """Regress features (B, d) -> (B,).

        The authors hand features to libsvm's programs as text with six decimals, scaled ones with six digits;
        so are they rounded here.
        """
        low, high = self.ranges.T
        scaled = self.target[0] + (self.target[1] - self.target[0]) * (np.round(features, 6) - low) / (high - low)
        scaled = np.vectorize(lambda value: float(f"{value:g}"), otypes=[float])(scaled)
        distance = ((scaled[:, None] - self.vectors) ** 2).sum(axis=-1)
        # A sum along rows, not a matrix product, whose order of summation would depend on the batch.
        return np.asarray((np.exp(-self.gamma * distance) * self.coefficients).sum(axis=-1) - self.rho)


def read_svr(model: Path, ranges: Path) -> Svr:
    """Read a regression model and its scaling, in the text formats of libsvm's ``svm-train`` and ``svm-scale``.

    Raises:
        DdsrError: a file of another kind (only epsilon-SVR with an RBF kernel is known) or damaged.
    """
    try:
        target, table = _read_ranges(ranges)
    except (ValueError, IndexError, OSError) as error:
        raise DdsrError(f"{ranges}: not the ranges of svm-scale ({error}); fetch it again") from error
    try:
        return _read_model(model, target, table)
    except (ValueError, KeyError, IndexError, OSError) as error:
        raise DdsrError(f"{model}: not an epsilon-SVR with RBF kernel of libsvm ({error}); fetch it again") from error


def _read_ranges(path: Path) -> tuple[tuple[float, float], Floats]:
    lines = path.read_text(encoding="ascii").split("\n")
    if lines[0].strip() != "x":
        raise ValueError("the first line is not 'x'")
    low, high = (float(value) for value in lines[1].split())
    table = np.array([[float(value) for value in line.split()] for line in lines[2:] if line.strip()])
    if table.shape != (len(table), 3) or not np.array_equal(table[:, 0], np.arange(1, len(table) + 1)):
        raise ValueError("the features are not numbered from 1")
    return (low, high), table[:, 1:]


def _read_model(path: Path, target: tuple[float, float], ranges: Floats) -> Svr:
    header, body = re.split(r"^SV\s*\n", path.read_text(encoding="ascii"), maxsplit=1, flags=re.MULTILINE)
    facts = dict(line.split(maxsplit=1) for line in header.splitlines())
    if (facts["svm_type"], facts["kernel_type"]) != ("epsilon_svr", "rbf"):
        raise ValueError(f"it is {facts['svm_type']} with kernel {facts['kernel_type']}")
    rows = [line.split() for line in body.splitlines() if line.strip()]
    if len(rows) != int(facts["total_sv"]):
        raise ValueError(f"{len(rows)} support vectors, {facts['total_sv']} announced")
    vectors = np.zeros((len(rows), len(ranges)))
    for vector, (_, *entries) in zip(vectors, rows, strict=True):
        for entry in entries:
            index, value = entry.split(":")
            vector[int(index) - 1] = float(value)
    coefficients = np.array([float(row[0]) for row in rows])
    return Svr(vectors, coefficients, float(facts["gamma"]), float(facts["rho"]), ranges, target)
