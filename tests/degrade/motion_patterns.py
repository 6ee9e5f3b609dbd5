"""Pictures for the tests of motion."""

import cv2
import numpy as np


def texture(height, width, seed):
    """Grey noise of two grain sizes, ``uint8 (height, width)``."""
    noise = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    grain = sum(sigma * cv2.GaussianBlur(noise, (0, 0), sigma) for sigma in (1.5, 4))
    return np.clip(128 + 45 * grain / max(grain.std(), 1e-6), 0, 255).astype(np.uint8)


def shifted(picture, x, y, size):
    """A part of ``picture`` of ``size`` (h, w), its content moved by (x, y) pixels, up to 40."""
    return picture[40 - y : 40 - y + size[0], 40 - x : 40 - x + size[1]]
