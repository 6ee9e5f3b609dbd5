"""Large pre-rendered surfaces and their antialiased sampling through a homography.

A surface is stored at about two texels a screen pixel. A frame is sampled three times a pixel each way
(bilinear) and averaged over the pixel's square; three samples on two texels visit all phases, so that the
sharpness does not breathe while the camera creeps. Where a surface recedes, coarser levels of a mip pyramid
(Williams, "Pyramidal parametrics", SIGGRAPH 1983) are blended in before its detail outgrows the pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ddsr_bench.data.scenes.scene import Array

TEXELS = 2.0  # texels a world pixel, at the distance where a world pixel is a screen pixel
SAMPLES = 3  # samples a pixel each way
DENSEST = 2.3  # texels a pixel up to which a level is sampled by itself
_CUTOFF = 0.3  # cycles a texel
_WHITE = 65535.0
_PROBES = (18, 32)  # rows and columns at which the level of detail is worked out


@dataclass(frozen=True)
class Texture:
    """A surface without end: premultiplied linear RGBA, ``uint16 (H, W, 4)`` a level, each half as large.

    ``border`` is OpenCV's rule outside the tile: ``cv2.BORDER_WRAP``, ``cv2.BORDER_REFLECT``, or
    ``cv2.BORDER_CONSTANT`` for a thing of finite size with nothing around it.
    """

    levels: tuple[Array, ...]
    border: int = cv2.BORDER_WRAP

    @property
    def period(self) -> tuple[int, int] | None:
        """After how many texels (x, y) the surface repeats; None where it does not."""
        if self.border == cv2.BORDER_CONSTANT:
            return None
        height, width = self.levels[0].shape[:2]
        times = 2 if self.border == cv2.BORDER_REFLECT else 1
        return width * times, height * times

    def sample(self, matrix: Array, width: int, height: int) -> Array:
        """Return ``float32 (height, width, 4)`` in [0, 1], premultiplied, as seen through ``matrix``.

        Args:
            matrix: 3x3, from screen pixels to texels of level 0 (centres at whole numbers).
            width: frame width in pixels.
            height: frame height in pixels.
        """
        if self.period:
            matrix = _near_origin(matrix, width, height, self.period)
        detail = level_of_detail(matrix, width, height)
        top = len(self.levels) - 1
        low, high = int(min(detail.min(), top)), int(min(np.ceil(detail.max()), top))
        if low == high:
            return self._warp(matrix, low, width, height)
        return self._blend(matrix, detail, range(low, high + 1), (width, height))

    def _blend(self, matrix: Array, detail: Array, levels: range, size: tuple[int, int]) -> Array:
        fine = cv2.resize(np.minimum(detail, np.float32(levels[-1])), size, interpolation=cv2.INTER_LINEAR)
        total: Array = np.zeros((size[1], size[0], 4), np.float32)
        for level in levels:
            weight = np.clip(1 - np.abs(fine - np.float32(level)), 0, 1)[..., None]
            rows = np.flatnonzero(weight.any(axis=(1, 2)))
            if rows.size:
                part = slice(int(rows[0]), int(rows[-1]) + 1)
                lower = matrix @ translation(0, part.start)
                total[part] += weight[part] * self._warp(lower, level, size[0], part.stop - part.start)
        return total

    def _warp(self, matrix: Array, level: int, width: int, height: int) -> Array:
        onto = centred_scale(2.0**-level) @ matrix @ centred_scale(1 / SAMPLES)
        size = width * SAMPLES, height * SAMPLES
        surface, onto = _cut(self.levels[level], onto, size, self.border)
        seen = cv2.warpPerspective(
            surface, onto, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_CONSTANT
        )
        small = cv2.resize(seen, (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(small * np.float32(1 / _WHITE))


def build_texture(linear: Array, alpha: Array | None = None, border: int = cv2.BORDER_WRAP) -> Texture:
    """Make a band-limited texture of ``float32 (H, W, 3)`` linear light and ``(H, W)`` coverage, both in [0, 1].

    Without coverage the surface is opaque. Sides must be multiples of 16, so that the levels stay aligned and
    tiles stay seamless.

    Raises:
        ValueError: a side that is no multiple of 16.
    """
    height, width = linear.shape[:2]
    if height % 16 or width % 16:
        raise ValueError(f"texture sides must be multiples of 16, got {width}x{height}")
    cover = np.ones((height, width), np.float32) if alpha is None else alpha
    premultiplied = np.dstack([linear * cover[..., None], cover]).astype(np.float32)
    soft = np.clip(band_limit(premultiplied, border), 0, 1)
    soft[..., :3] = np.minimum(soft[..., :3], soft[..., 3:])
    levels = [np.asarray(soft * np.float32(_WHITE) + np.float32(0.5)).astype(np.uint16)]
    for _ in range(4):
        above = levels[-1]
        half = (above.shape[1] // 2, above.shape[0] // 2)
        levels.append(cv2.resize(above, half, interpolation=cv2.INTER_AREA))
    return Texture(tuple(levels), border)


def tile_size(width: int, height: int) -> tuple[int, int]:
    """Return (width, height) in texels of a tile half as large again as the frame, rounded up to sixteens."""
    across, down = (int(np.ceil(side * 1.5 * TEXELS / 16)) * 16 for side in (width, height))
    return across, down


def band_limit(picture: Array, border: int = cv2.BORDER_WRAP) -> Array:
    """Take out of a float32 picture what a pixel of two texels could only show as moire.

    A windowed sinc of seven taps: full gain up to 0.8 of the pixels' Nyquist frequency, 0.73 at it, under 0.01 at
    1.8 of it, where the averaging over a pixel still lets an eighth through and folds it back.
    """
    padded = cv2.copyMakeBorder(picture, 3, 3, 3, 3, border)
    taps = np.arange(-3, 4)
    kernel = np.sinc(2 * _CUTOFF * taps) * np.sinc(taps / 4)
    kernel /= kernel.sum()
    return np.asarray(cv2.sepFilter2D(padded, -1, kernel, kernel)[3:-3, 3:-3])


def centred_scale(factor: float) -> Array:
    """Return the 3x3 matrix of a scaling under which pixel *squares* map onto each other, centres at integers."""
    shift = (factor - 1) / 2
    return np.array([[factor, 0, shift], [0, factor, shift], [0, 0, 1.0]])


def translation(x: float, y: float) -> Array:
    """Return the 3x3 matrix of a shift by (x, y)."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def level_of_detail(matrix: Array, width: int, height: int) -> Array:
    """Return the pyramid level wanted on a coarse grid of the frame, ``float32 (18, 32)``, at least 0.

    It is log2 of the longest step between neighbouring pixels over ``DENSEST`` texels.
    """
    rows, columns = _PROBES
    x = (np.arange(columns) + 0.5) / columns * width - 0.5
    y = ((np.arange(rows) + 0.5) / rows * height - 0.5)[:, None]
    u, v, w = (row[0] * x + row[1] * y + row[2] for row in matrix)
    du = [(matrix[0, k] * w - matrix[2, k] * u) / w**2 for k in (0, 1)]
    dv = [(matrix[1, k] * w - matrix[2, k] * v) / w**2 for k in (0, 1)]
    step = np.maximum(np.hypot(du[0], dv[0]), np.hypot(du[1], dv[1])) / DENSEST
    return np.asarray(np.log2(np.maximum(step, 1.0)), dtype=np.float32)


def _near_origin(matrix: Array, width: int, height: int, period: tuple[int, int]) -> Array:
    """Take whole periods off, so that float32 coordinates stay fine however far the camera has gone."""
    u, v, w = matrix @ np.array([width / 2, height / 2, 1.0])
    turns = np.floor(u / w / period[0]), np.floor(v / w / period[1])
    return np.asarray(translation(-turns[0] * period[0], -turns[1] * period[1]) @ matrix)


def _cut(surface: Array, matrix: Array, size: tuple[int, int], border: int) -> tuple[Array, Array]:
    """Continue the surface as far as the view reaches; OpenCV's own warps over borders are several times slower."""
    if border == cv2.BORDER_CONSTANT:
        return surface, matrix
    height, width = surface.shape[:2]
    corners = np.array([[0, size[0] - 1, 0, size[0] - 1], [0, 0, size[1] - 1, size[1] - 1], [1, 1, 1, 1]])
    u, v, w = matrix @ corners
    left, right = _excess(u / w, width)
    top, bottom = _excess(v / w, height)
    if not (left or right or top or bottom):
        return surface, matrix
    return cv2.copyMakeBorder(surface, top, bottom, left, right, border), translation(left, top) @ matrix


def _excess(coordinate: Array, length: int) -> tuple[int, int]:
    """How many texels are wanted before the first and after the last of ``length``, with one to spare."""
    before, after = -np.floor(coordinate.min()) + 1, np.ceil(coordinate.max()) + 2 - length
    return max(0, int(before)), max(0, int(after))
