"""Demosaicing against OpenCV (bilinear), the paper's formula pixel by pixel (Malvar), and exact cases."""

import itertools

import cv2
import numpy as np
import pytest

from ddsr_bench.degrade.demosaic import demosaic
from ddsr_bench.degrade.raw import PATTERNS, mosaic

METHODS = ("bilinear", "malvar")
CASES = list(itertools.product(PATTERNS, METHODS))


@pytest.mark.parametrize(("pattern", "method"), CASES)
@pytest.mark.parametrize("shape", [(8, 10), (7, 9), (2, 2), (3, 2)])
def test_constant_colour_is_exact(pattern, method, shape):
    colour = np.float32([0.25, 0.5, 0.75])[:, None, None]
    if method == "malvar":
        colour = np.full_like(colour, 0.5)  # its correction mixes colours: only grey is kept at sharp borders
    rgb = np.broadcast_to(colour, (3, *shape)).copy()
    assert demosaic(mosaic(rgb, pattern), pattern, method) == pytest.approx(rgb, abs=1e-6)


@pytest.mark.parametrize(("pattern", "method"), CASES)
def test_linear_ramps_are_exact(pattern, method):
    y, x = np.mgrid[:12, :14].astype(np.float32)
    rgb = np.stack([0.3 + 0.01 * x, 0.2 + 0.02 * y + 0.01 * x, 0.9 - 0.03 * y])
    result = demosaic(mosaic(rgb, pattern), pattern, method)
    assert result[:, 2:-2, 2:-2] == pytest.approx(rgb[:, 2:-2, 2:-2], abs=1e-6)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_bilinear_equals_opencv(pattern):
    raw = np.random.default_rng(0).integers(0, 65536, (20, 24)).astype(np.uint16)
    code = getattr(cv2, f"COLOR_Bayer{pattern}2RGB")
    expected = np.moveaxis(cv2.demosaicing(raw, code), 2, 0).astype(np.float32)
    result = demosaic(raw.astype(np.float32), pattern, "bilinear")
    # OpenCV rounds to integers, and treats the outermost pixels in another way.
    assert np.abs(result - expected)[:, 1:-1, 1:-1].max() <= 1


def _malvar_pixel(raw, colours, y, x):
    """Equations 2 to 5 of the paper: the bilinear estimate and alpha = 1/2, beta = 5/8, gamma = 3/4."""

    def at(*offsets):
        return np.mean([raw[y + dy, x + dx] for dy, dx in offsets])

    here, own = raw[y, x], colours[y % 2][x % 2]
    far = at((-2, 0), (2, 0), (0, -2), (0, 2))
    diagonal = at((-1, -1), (-1, 1), (1, -1), (1, 1))
    rgb = np.zeros(3)
    rgb[own] = here
    if own != 1:
        rgb[1] = at((-1, 0), (1, 0), (0, -1), (0, 1)) + (here - far) / 2
        rgb[2 - own] = diagonal + (here - far) * 3 / 4
        return rgb
    for along in ((0, 1), (1, 0)):
        (dy, dx), (ey, ex) = along, along[::-1]
        laplacian = here - (4 * diagonal + 2 * at((-2 * dy, -2 * dx), (2 * dy, 2 * dx))) / 5
        laplacian += at((-2 * ey, -2 * ex), (2 * ey, 2 * ex)) / 5
        rgb[colours[(y + dy) % 2][(x + dx) % 2]] = at((-dy, -dx), (dy, dx)) + laplacian * 5 / 8
    return rgb


@pytest.mark.parametrize("pattern", PATTERNS)
def test_malvar_equals_the_paper(pattern):
    raw = np.random.default_rng(3).random((9, 11), dtype=np.float32)
    result = demosaic(raw, pattern, "malvar")
    for y, x in itertools.product(range(2, 7), range(2, 9)):
        assert result[:, y, x] == pytest.approx(_malvar_pixel(raw, PATTERNS[pattern], y, x), abs=1e-6)


def test_malvar_is_nearer_on_grey_texture():
    noise = np.random.default_rng(5).random((64, 64), dtype=np.float32)
    texture = np.broadcast_to(cv2.GaussianBlur(noise, (0, 0), 0.9), (3, 64, 64))
    raw = mosaic(texture, "RGGB")
    errors = [np.square(demosaic(raw, "RGGB", method) - texture).mean() for method in METHODS]
    # The paper reports 5.5 dB over bilinear on photographs.
    assert 10 * np.log10(errors[0] / errors[1]) > 4
