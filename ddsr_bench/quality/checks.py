"""What every measure asks of its frames before it computes, told in one line where they do not fit."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats


def paired(name: str, frames: Frames, reference: Frames | None) -> Frames:
    """Return the reference of ``frames``, known to fit them.

    Args:
        name: the measure's name, for the message.
        frames: uint8 (B, H, W, 3).
        reference: the same frames of the sharp clip.

    Raises:
        DdsrError: no reference, another number of frames, or another size.
    """
    if reference is None:
        raise DdsrError(f"{name}: needs the sharp clip to compare with; name it as the reference or leave {name} out")
    (count, height, width), (other_count, other_height, other_width) = frames.rgb.shape[:3], reference.rgb.shape[:3]
    if (height, width) != (other_height, other_width):
        raise DdsrError(
            f"{name}: frames are {width}x{height}, those of the reference {other_width}x{other_height}; "
            "give clips of one size"
        )
    if count != other_count:
        raise DdsrError(
            f"{name}: {frames.first + count} frames, but {frames.first + other_count} of the reference; "
            "give clips of one length"
        )
    return reference


def large_enough(name: str, shape: tuple[int, ...], least: int) -> None:
    """Refuse pictures with a side below ``least`` samples.

    Args:
        name: the measure's name, for the message.
        shape: (..., H, W).
        least: smallest side that has a score.

    Raises:
        DdsrError: a side is shorter.
    """
    height, width = shape[-2:]
    if min(height, width) < least:
        raise DdsrError(f"{name}: frames are {width}x{height}, it needs {least}x{least}; leave {name} out")


def comparable(name: str, pictures: NDArray[Any], reference: NDArray[Any], least: int = 1) -> None:
    """Refuse pictures that cannot be compared.

    Args:
        name: the measure's name, for the message.
        pictures: (B, H, W) or (B, H, W, 3).
        reference: the like.
        least: smallest side that has a score.

    Raises:
        DdsrError: shapes differ, a side is shorter than ``least``, a sample is NaN or infinite.
    """
    if pictures.shape != reference.shape:
        raise DdsrError(
            f"{name}: pictures of shape {pictures.shape}, reference of {reference.shape}; give both the same shape"
        )
    large_enough(name, pictures.shape[:3], least)
    for array in (pictures, reference):
        numbers(name, array)


def numbers(name: str, samples: NDArray[Any]) -> None:
    """Refuse samples that are NaN or infinite.

    Raises:
        DdsrError: one is.
    """
    # A sum is finite only where all samples are; far quicker than asking each.
    if samples.dtype.kind == "f":
        finite(name, np.array([samples.sum(dtype=np.float64)]))


def finite(name: str, values: Floats) -> Floats:
    """Return ``values`` if all are numbers.

    Raises:
        DdsrError: one is infinite or NaN, as from frames that hold such samples.
    """
    if not np.isfinite(values).all():
        raise DdsrError(f"{name}: frames hold NaN or infinite samples; repair them or leave {name} out")
    return values
