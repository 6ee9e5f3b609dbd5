"""The path of a hand-held camera as a function of time that can be asked at any time, in any order.

Blur trajectories in the literature are random walks with inertia and impulses (Boracchi, Foi, "Modeling the
Performance of Image Restoration from Motion Blur", IEEE TIP 21(8), 2012; Kupyn et al., "DeblurGAN", CVPR 2018),
one walk a picture. A video needs one that goes on from frame to frame, so the walk is written as its spectrum: a sum
of cosines with random phases, amplitudes falling as a power of the frequency (inertia), and a narrow band of hand
tremor at 8 to 12 Hz on top (Stiles, "Frequency and displacement amplitude relations for normal hand tremor",
J. Appl. Physiol. 40(1), 1976).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[np.float64]]
_SLOW, _FAST, _WAVES, _TREMOR_WAVES = 0.25, 40.0, 28, 5


@dataclass(frozen=True)
class CameraPath:
    """A sum of cosines: ``frequency`` (n,) in Hz, ``height`` (n,) and ``phase`` (n, 2) of x and y.

    Scaled so that the camera is displaced by 1 (RMS, over both axes) within one frame interval.
    """

    frequency: Array
    height: Array
    phase: Array

    def at(self, times: Array) -> Array:
        """Positions (x, y) at ``times`` (m,) in seconds: float64 (m, 2)."""
        angle = 2 * math.pi * times[:, None, None] * self.frequency[:, None] + self.phase
        return np.asarray((self.height[:, None] * np.cos(angle)).sum(axis=1))


def draw_path(
    rng: np.random.Generator, interval: float, smoothness: float, tremor: float, tremor_hz: float
) -> CameraPath:
    """Draw a path.

    Args:
        rng: where the phases and frequencies come from; each call takes the same number of draws.
        interval: seconds from frame to frame.
        smoothness: how fast the amplitude falls with frequency, ``f ^ -smoothness``: 1 trembles, 3 glides.
        tremor: share in [0, 1] of the mean square displacement a frame interval that tremor makes.
        tremor_hz: middle of the tremor's band.
    """
    octaves = (np.arange(_WAVES) + rng.uniform(0, 1, _WAVES)) / _WAVES
    drift = _SLOW * (_FAST / _SLOW) ** octaves
    shiver = tremor_hz * rng.uniform(0.85, 1.15, _TREMOR_WAVES)
    phase = rng.uniform(0, 2 * math.pi, (_WAVES + _TREMOR_WAVES, 2))
    parts = [
        _scaled(drift, drift**-smoothness, interval, 1 - tremor),
        _scaled(shiver, np.ones(_TREMOR_WAVES), interval, tremor),
    ]
    return CameraPath(np.concatenate([drift, shiver]), np.concatenate(parts), phase)


def _scaled(frequency: Array, height: Array, interval: float, power: float) -> Array:
    """``height`` scaled so that E|p(t + interval) - p(t)|^2, over both axes, is ``power``."""
    # For one cosine with a random phase E(x(t + T) - x(t))^2 = a^2 (1 - cos 2 pi f T), and there are two axes.
    square = 2 * (height**2 * (1 - np.cos(2 * math.pi * frequency * interval))).sum()
    return np.asarray(height * math.sqrt(power / square))
