"""NIQE with a model that this project fitted itself, so that it needs no download: ``niqe-fit``, never ``niqe``.

The features and the distance are NIQE's. The shipped model was fitted on scikit-learn's two sample photographs and
on rendered scenes by ``reports/metrics/fit_niqe.py``, not on the authors' 125 photographs: its scores rank pictures
much alike, but are other numbers and must not be compared with published ones.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import nss
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric
from ddsr_bench.quality.metrics import niqe
from ddsr_bench.quality.models import Gaussian

SHIPPED = Path(__file__).parent / "niqe_fit.npz"
# Of the sharpest block of its picture: what the authors took for in focus.
SHARPNESS = 0.75


def fit_niqe(pictures: Iterable[NDArray[np.uint8]]) -> Gaussian:
    """Fit NIQE's model to sharp pictures, from their sharpest blocks (section II-C of the paper).

    Args:
        pictures: uint8 (H, W, 3) each, RGB, at least 96x96.

    Raises:
        DdsrError: a picture is too small, or there are no more sharp blocks than features.
    """
    blocks = np.concatenate([np.empty((0, niqe.FEATURES)), *(_sharp_blocks(picture) for picture in pictures)])
    whole = int((~np.isnan(blocks).any(axis=1)).sum())
    if whole <= niqe.FEATURES:
        raise DdsrError(
            f"NIQE fit: {whole} sharp blocks of {niqe.BLOCK}x{niqe.BLOCK}, more than {niqe.FEATURES} are needed "
            "(hundreds are better); give more or larger pictures"
        )
    return Gaussian(niqe.nan_mean(blocks), niqe.nan_covariance(blocks))


def _sharp_blocks(picture: NDArray[np.uint8]) -> Floats:
    plane = niqe.whole_blocks(Frames(picture[None]).plane("gray")[0])
    sharpness = _block_means(nss.mscn_sigma(plane[None], "replicate")[1][0])
    return np.asarray(niqe.block_features(plane)[sharpness > SHARPNESS * sharpness.max()])


def _block_means(plane: NDArray[Any]) -> Floats:
    rows, columns = (side // niqe.BLOCK for side in plane.shape)
    tiles = plane.reshape(rows, niqe.BLOCK, columns, niqe.BLOCK)
    return np.asarray(tiles.mean(axis=(1, 3), dtype=np.float64).ravel())


def save_model(path: str | Path, model: Gaussian, source: str) -> None:
    """Write a fitted model as a small ``.npz`` file, with a line on what it was fitted to."""
    with Path(path).open("wb") as file:
        np.savez_compressed(file, mean=model.mean, covariance=model.covariance, source=source)


def load_model(path: str | Path) -> Gaussian:
    """Read a model that :func:`save_model` wrote.

    Raises:
        DdsrError: missing, or another file.
    """
    try:
        with np.load(path) as content:
            model = Gaussian(content["mean"], content["covariance"])
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DdsrError(f"{path}: no fitted NIQE model; make one with 'ddsr-bench metrics fit niqe DIR'") from error
    if model.mean.shape != (niqe.FEATURES,) or model.covariance.shape != (niqe.FEATURES, niqe.FEATURES):
        raise DdsrError(f"{path}: a model of {model.mean.size} features, NIQE has {niqe.FEATURES}; fit it again")
    return model


@functools.lru_cache(maxsize=1)
def _shipped() -> Gaussian:
    return load_model(SHIPPED)


METRIC = Metric(
    name="niqe-fit",
    version="1",
    reference="NR",
    higher_is_better=False,
    start=lambda: niqe.scorer(_shipped()),
    smallest=(niqe.BLOCK, niqe.BLOCK),
)
