"""Views of a blurred clip's patches that should not look worse than it: denoised where it is noisy, else deblurred.

The channel of unexplained change is treated as the colours are: a filter that takes noise out of frames takes it out of
their difference, and sharpening, which is linear, sharpens the difference.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.rw_vsr_qa.fragments import PATCH

Bytes = NDArray[np.uint8]
#: Blur, 0 to 1, from which on a clip has a view: what is sharper would hardly gain. Sharp sources of the open set reach
#: .32, what was enlarged from them has .4 to .65.
BLURRED = 0.36
#: Grey levels of noise from which on a clip is denoised.
NOISY = 2.0
_SMOOTH = 0.25  # share of the patches that noise is read from, those that change least
_IN_CHANGE = float(2 * np.sqrt(2))  # noise in twice the difference of two frames, for that of one
_MOST = 10.0  # grey levels that denoising takes out at most
_TEMPLATE, _SEARCH = 5, 11
_RADIUS, _AMOUNT = 1.5, 0.7
_REBLUR = 9


def improved(patches: Bytes) -> Bytes | None:
    """The view that a clip should not score above.

    Args:
        patches: uint8 (K, P, 4, 64, 64).

    Returns:
        the same shape, or None where :func:`blur` is below :data:`BLURRED`: :func:`denoised` where :func:`noise` is at
        least :data:`NOISY`, else :func:`deblurred`.
    """
    if blur(patches) < BLURRED:
        return None
    level = noise(patches)
    return denoised(patches, level) if level >= NOISY else deblurred(patches)


def noise(patches: Bytes) -> float:
    """Standard deviation of a clip's noise in time, in grey levels of luma.

    Read from the channel of unexplained change, which holds twice the difference of two frames: noise of enlarged
    video is too coarse to be told from texture in one frame. Of the patches the quarter that changes least counts, for
    in others it is motion that was not followed; in sharp video it is that in all.
    """
    change = np.abs(patches.reshape(-1, 4, PATCH * PATCH)[:, 3].astype(np.float32) - 128).mean(1)
    return float(np.quantile(change, _SMOOTH) * np.sqrt(np.pi / 2) / _IN_CHANGE)


def blur(patches: Bytes) -> float:
    """How blurred a clip is, 0 to 1.

    F. Crete et al., "The blur effect: perception and estimation with a new no-reference perceptual blur metric", SPIE
    2007: the share of the differences between neighbours that stays when the picture is blurred again, by a mean over
    9 samples; the larger of both directions, and of a patch's that have differences the median.
    """
    return float(np.median([_blur(luma) for luma in _lumas(patches)]))


def denoised(patches: Bytes, level: float) -> Bytes:
    """Non-local means of each patch, as strong as noise of ``level`` grey levels (10 at most) asks for."""
    level = min(level, _MOST)
    seen = patches.reshape(-1, 4, PATCH, PATCH)
    views = np.empty_like(seen)
    for patch, view in zip(seen, views, strict=True):
        bgr = np.ascontiguousarray(patch[2::-1].transpose(1, 2, 0))
        colour = cv2.fastNlMeansDenoisingColored(bgr, None, level, level, _TEMPLATE, _SEARCH)
        view[:3] = colour.transpose(2, 0, 1)[::-1]
        change = np.ascontiguousarray(patch[3])
        view[3] = cv2.fastNlMeansDenoising(change, None, _IN_CHANGE * level, _TEMPLATE, _SEARCH)
    return views.reshape(patches.shape)


def deblurred(patches: Bytes) -> Bytes:
    """Unsharp masking of each patch, ``x + .7 (x - G x)`` with a Gaussian G of 1.5 samples."""
    seen = patches.reshape(-1, PATCH, PATCH)
    views = np.empty_like(seen)
    for plane, view in zip(seen, views, strict=True):
        smooth = cv2.GaussianBlur(plane, (0, 0), _RADIUS, borderType=cv2.BORDER_REFLECT)
        cv2.addWeighted(plane, 1 + _AMOUNT, smooth, -_AMOUNT, 0, dst=view)
    return views.reshape(patches.shape)


def _lumas(patches: Bytes) -> NDArray[np.float32]:
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    colours = patches.reshape(-1, 4, PATCH, PATCH)[:, :3]
    return np.asarray(np.einsum("nchw,c->nhw", colours, weights, dtype=np.float32))


def _blur(luma: NDArray[np.float32]) -> float:
    shares = []
    for axis, size in ((0, (1, _REBLUR)), (1, (_REBLUR, 1))):
        again = cv2.blur(luma, size, borderType=cv2.BORDER_REFLECT)
        before, after = (np.abs(np.diff(picture, axis=axis)) for picture in (luma, again))
        lost = float(np.maximum(before - after, 0).sum())
        total = float(before.sum())
        shares.append(1.0 if total < 1 else 1 - lost / total)
    return max(shares)
