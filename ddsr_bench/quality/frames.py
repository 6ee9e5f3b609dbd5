"""A batch of frames and the planes that measures read, each converted once and shared."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from ddsr_bench.errors import DdsrError

Plane = NDArray[np.float32]


@dataclass(frozen=True)
class Frames:
    """Consecutive frames of one clip.

    Attributes:
        rgb: uint8 (B, H, W, 3), full range.
        first: index of the first one in its clip.

    Raises:
        DdsrError: another type or shape; measures are defined on 8-bit pictures.
    """

    rgb: NDArray[np.uint8]
    first: int = 0
    _planes: dict[str, Plane] = field(default_factory=dict, repr=False, compare=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.rgb.dtype != np.uint8 or self.rgb.ndim != 4 or self.rgb.shape[3] != 3:
            raise DdsrError(
                f"frames of {self.rgb.dtype} {self.rgb.shape}: measures are defined on 8-bit RGB; "
                "give uint8 (B, H, W, 3)"
            )

    def __len__(self) -> int:
        return len(self.rgb)

    def plane(self, name: str) -> Plane:
        """Return a plane of all frames, float32 (B, H, W), not to be written to.

        ``"gray"``: MATLAB's ``rgb2gray`` of 8-bit pictures, whole grey levels 0..255.
        ``"luma"``: Y of BT.601 in 16..235 as MATLAB's ``rgb2ycbcr`` gives it, unrounded.

        Raises:
            KeyError: an unknown name.
        """
        # Measures in several threads ask at once; one converts, the others wait for it.
        with self._lock:
            if name not in self._planes:
                plane = _PLANES[name](self.rgb)
                plane.flags.writeable = False
                self._planes[name] = plane
            return self._planes[name]


# MATLAB's own coefficients of grey, the first column of the inverse of its NTSC matrix, in units of 2^-22: sums are
# then whole numbers, rounded the same on every processor.
_BITS = 22
_GRAY = [round(weight * 2**_BITS) for weight in (0.298936021293775, 0.587043074451121, 0.114020904255103)]
_LUMA = np.array([[65.481 / 255, 128.553 / 255, 24.966 / 255, 16.0]])


def _gray(rgb: NDArray[np.uint8]) -> Plane:
    total = np.full(rgb.shape[:3], 1 << (_BITS - 1), np.int32)
    for channel, weight in enumerate(_GRAY):
        total += np.multiply(rgb[..., channel], weight, dtype=np.int32)
    return (total >> _BITS).astype(np.float32)


def _luma(rgb: NDArray[np.uint8]) -> Plane:
    plane = np.empty(rgb.shape[:3], np.float32)
    for frame, out in zip(rgb, plane, strict=True):
        cv2.transform(frame.astype(np.float32), _LUMA, dst=out)
    return plane


_PLANES: dict[str, Callable[[NDArray[np.uint8]], Plane]] = {"gray": _gray, "luma": _luma}
