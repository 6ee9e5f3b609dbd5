"""The channel of visual information fidelity: what of the reference's structure is left in a picture.

H. R. Sheikh, A. C. Bovik, "Image information and visual quality", IEEE TIP 15(2), 2006, eqs. 13-15, 25, 26: locally the
picture is gain * reference + noise, both estimated from windows' (co)variances.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


def channel(var_x: Array, cov: Array, var_e: Array, flat: float) -> tuple[Array, Array]:
    """Gain and noise variance of each window.

    A gain below 0 is none, and all is noise; windows without variance in the reference or in the picture have no gain.
    Taking the error e = picture - reference instead of the picture keeps small noise exact in float32.

    Args:
        var_x: variance of the reference, from 0 up.
        cov: covariance of the reference and the error.
        var_e: variance of the error.
        flat: the variance below which a window counts as constant.

    Returns:
        gain and noise variance, both from 0 up.
    """
    var_x, var_e = np.maximum(var_x, 0), np.maximum(var_e, 0)
    var_y = np.maximum(var_x + 2 * cov + var_e, 0)
    bare = (var_x < flat) | (var_y < flat)
    share = np.where(bare, 0, cov / np.maximum(var_x, flat))
    gain = np.where(bare, 0, 1 + share)
    noise = np.where(bare, np.where(var_y < flat, 0, var_y), np.maximum(var_e - share * cov, 0))
    against = gain < 0
    return np.where(against, 0, gain), np.where(against, var_y, noise)


def ratio(kept: float, held: float) -> float:
    """Information kept over information held; 1 where the reference holds none, as a constant picture does."""
    return kept / held if held > 0 else 1.0
