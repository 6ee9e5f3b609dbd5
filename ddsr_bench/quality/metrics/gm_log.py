"""GM-LOG: joint statistics of gradient magnitude (GM) and Laplacian of Gaussian (LOG), to be trained on opinions.

W. Xue, X. Mou, L. Zhang, A. C. Bovik, X. Feng, "Blind Image Quality Assessment Using Joint Statistics of Gradient
Magnitude and Laplacian Features", IEEE TIP 2014; features of its model M3, constants of the authors' release.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.gm_log_maps import BINS, joint_bins
from ddsr_bench.quality.metric import Floats, Metric, PerFrame

COLUMNS = tuple(f"f{index:02d}" for index in range(4 * BINS))
SMALLEST = 5
# Keeps bins without samples from dividing by zero.
_EMPTY = 1e-4


def gm_log_features(gray: NDArray[Any]) -> Floats:
    """The 40 features of each plane.

    Args:
        gray: floats (B, H, W), grey levels 0..255, no side below 5.

    Returns:
        float64 (B, 40): marginal probabilities of the 10 GM bins, of the 10 LOG bins, then the independency
        distributions of GM and of LOG. Each ten sum to 1. A flat picture has all its
        samples in the first bins.

    Raises:
        DdsrError: a side below 5, or samples that are not finite.
    """
    if min(gray.shape[1:]) < SMALLEST:
        raise DdsrError(f"gm-log: frames are {gray.shape[2]}x{gray.shape[1]}, it needs 5x5; leave gm-log out")
    if not np.isfinite(gray).all():
        raise DdsrError("gm-log: frames hold samples that are NaN or infinite; repair them or leave gm-log out")
    joint = [np.bincount(joint_bins(plane.astype(np.float32)).ravel(), minlength=BINS**2) for plane in gray]
    return independency(np.reshape(joint, (-1, BINS, BINS)).astype(np.float64))


def independency(counts: Floats) -> Floats:
    """Marginal and independency distributions of joint histograms: float64 (B, n, n) -> (B, 4 n).

    The independency distribution of one quantity is its conditional probability given the other, averaged over the
    values of the other, each value counting alike however rare it is.
    """
    joint = counts / counts.sum(axis=(1, 2), keepdims=True)
    first, second = joint.sum(axis=2), joint.sum(axis=1)
    given_second = (joint / (second[:, None, :] + _EMPTY)).sum(axis=2)
    given_first = (joint / (first[:, :, None] + _EMPTY)).sum(axis=1)
    scaled = (q / q.sum(axis=1, keepdims=True) for q in (given_second, given_first))
    return np.concatenate([first, second, *scaled], axis=1)


def _features(frames: Frames, reference: Frames | None) -> Floats:
    return gm_log_features(frames.plane("gray"))


METRIC = Metric("gm-log", "1", "NR", True, lambda: PerFrame(_features), smallest=(SMALLEST, SMALLEST), columns=COLUMNS)
