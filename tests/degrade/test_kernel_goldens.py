"""Kernels against the published ones, for equal parameters."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from ddsr_bench.degrade.kernels import make_kernel

FOLDER = Path(os.environ.get("DDSR_BENCH_GOLDENS", Path(__file__).parents[1] / "goldens"))


def _cases():
    path = FOLDER / "kernels.npz"
    if not path.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(reason=f"{path} is absent"))]
    archive = np.load(path)
    meta = json.loads(str(archive["meta"]))
    return [
        pytest.param(case, archive[f"k{index}"], id=f"{case['kind']}-{case['size']}") for index, case in enumerate(meta)
    ]


@pytest.mark.parametrize(("case", "expected"), _cases())
def test_kernel_equals_the_published_one(case, expected):
    parameters = {name: value for name, value in case.items() if name not in ("kind", "size")}
    kernel = make_kernel(case["kind"], case["size"], **parameters)
    assert np.abs(kernel - expected).max() < 1e-6
    assert kernel.sum() == pytest.approx(1, abs=1e-12)
