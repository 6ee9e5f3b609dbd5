"""Fitting ILNIQE's model to sharp pictures of one's own, as its authors did with 90 photographs."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import nss
from ddsr_bench.quality.ilniqe_features import FEATURES, block_features
from ddsr_bench.quality.ilniqe_fits import block_sums
from ddsr_bench.quality.ilniqe_model import Template
from ddsr_bench.quality.ilniqe_picture import BLOCK, Bytes, opponent, standard_planes

Floats = NDArray[np.float64]

#: Of the sharpest block of its picture: blocks above are taken for in focus.
SHARPNESS = 0.78
#: Share of the principal axes that is kept.
KEPT = 0.92


def fit_ilniqe(pictures: Iterable[Bytes]) -> Template:
    """Fit a model to the sharpest blocks of sharp pictures.

    Args:
        pictures: uint8 (H, W, 3) each, RGB; a hundred or more, since a picture has 36 blocks and few are sharp.

    Raises:
        DdsrError: there are no more sharp blocks than features.
    """
    features = np.concatenate([np.empty((0, FEATURES)), *(_sharp_blocks(picture) for picture in pictures)])
    if len(features) <= FEATURES:
        raise DdsrError(
            f"ILNIQE fit: {len(features)} sharp blocks, more than {FEATURES} are needed "
            "(a hundred pictures give about a thousand); give more pictures"
        )
    centre = features.mean(axis=0)
    # Right singular vectors are the principal axes, largest variance first.
    axes = np.ascontiguousarray(np.linalg.svd(features - centre, full_matrices=False)[2][: int(FEATURES * KEPT)].T)
    projected = (features - centre) @ axes
    return Template(projected.mean(axis=0), np.cov(projected, rowvar=False), centre, axes)


def _sharp_blocks(picture: Bytes) -> Floats:
    planes = standard_planes(picture)
    features = block_features(planes)
    whole = np.isfinite(features).all(axis=1)
    deviation = nss.mscn_sigma(opponent(planes)[2:], "replicate", size=5, sigma=5 / 6)[1][0]
    sharpness = np.where(whole, block_sums(deviation) / BLOCK**2, 0)
    return np.asarray(features[sharpness > SHARPNESS * sharpness.max()])


def save_template(path: str | Path, template: Template, source: str) -> None:
    """Write a fitted model as ``.npz``, with a line on what it was fitted to."""
    parts = {name: getattr(template, name) for name in ("mean", "covariance", "centre", "axes")}
    with Path(path).open("wb") as file:
        np.savez_compressed(file, source=source, **parts)


def load_template(path: str | Path) -> Template:
    """Read a model that :func:`save_template` wrote.

    Raises:
        DdsrError: missing, or another file.
    """
    try:
        with np.load(path) as content:
            template = Template(*(content[name] for name in ("mean", "covariance", "centre", "axes")))
        if template.axes.shape != (FEATURES, len(template.mean)) or len(template.covariance) != len(template.mean):
            raise ValueError("sizes differ")
    except (OSError, ValueError, KeyError, BadZipFile, AttributeError) as error:
        raise DdsrError(f"{path}: no fitted ILNIQE model; fit it again") from error
    return template
