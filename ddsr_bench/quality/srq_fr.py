"""``srq-fr``: libvmaf's features of a clip, and eleven numbers fitted to people, give its quality from 1 to 5.

Each feature says how much of the sharp clip is left (1: all): VIF at four scales, detail (ADM) at four scales, SSIM and
MS-SSIM. What is missing of each is weighed, the finest VIF once more with the motion, and the sum goes through a
logistic curve whose value for a perfect copy is the mean opinion of untouched sources. So the score is bounded, a
perfect copy has one known score, and no feature can carry it beyond what the fit has seen. Fitted by
``reports/srq-fr/fit.py`` to people's opinions and, since few upscalers were rated, to ladders of blur, noise and coding
that must lead downwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from ddsr_bench.quality.ffmpeg_vmaf import VmafScorer
from ddsr_bench.quality.metric import Floats

FEATURES = (
    *(f"vif_scale{scale}" for scale in range(4)),
    *(f"adm_scale{scale}" for scale in range(4)),
    "float_ssim",
    "float_ms_ssim",
)
MOTION = "motion2"
#: Least side of a frame: MS-SSIM halves it four times and still lays a window of 11 samples.
SMALLEST = 176
FURTHER = ("float_ssim", "float_ms_ssim")  # what libvmaf's default model does not compute by itself


@dataclass(frozen=True)
class Model:
    """The fitted numbers.

    Attributes:
        weights: float64 (11,), of what is missing of each of :data:`FEATURES`, then of that of the finest VIF x motion.
        most: float64 (10,), the largest missing part that the fit has seen; more counts as that.
        motion: least and largest motion that the fit has seen.
        perfect: the score of a perfect copy.
    """

    weights: Floats
    most: Floats
    motion: tuple[float, float]
    perfect: float


@lru_cache(maxsize=1)
def load_model() -> Model:
    """The model that comes with the package."""
    data = json.loads(files("ddsr_bench.quality").joinpath("srq_fr.json").read_text("utf-8"))
    low, high = data["motion_range"]
    return Model(np.array(data["weights"]), np.array(data["most_missing"]), (low, high), data["perfect"])


def missing_parts(features: NDArray[np.float64], motion: NDArray[np.float64], model: Model) -> Floats:
    """What the weights are applied to, float64 (n, 11).

    Args:
        features: (n, 10), clip means in the order of :data:`FEATURES`.
        motion: (n,), clip means of libvmaf's ``motion2``.
        model: its ranges hold both back.
    """
    missing = np.clip(1 - features, 0, model.most)
    moved = np.clip(motion, *model.motion)
    return np.column_stack([missing, missing[:, 0] * moved])


def score(features: NDArray[np.float64], motion: NDArray[np.float64], model: Model | None = None) -> Floats:
    """Scores in (1, 5), float64 (n,), of clips with these mean features; see :func:`missing_parts`."""
    model = model or load_model()
    start = np.log((model.perfect - 1) / (5 - model.perfect))
    return np.asarray(1 + 4 / (1 + np.exp(missing_parts(features, motion, model) @ model.weights - start)))


def log_keys(names: tuple[str, ...]) -> tuple[str, ...]:
    """What libvmaf's log calls features: those of its default model are the integer versions."""
    return tuple(name if name.startswith(("float_", "psnr")) else f"integer_{name}" for name in names)


class SrqScorer(VmafScorer):
    """Features from ffmpeg, averaged over the clip, then one score.

    Raises:
        DdsrError: no ffmpeg with libvmaf.
    """

    def __init__(self) -> None:
        super().__init__("srq-fr", "vmaf_v0.6.1", log_keys((*FEATURES, MOTION)), FURTHER, SMALLEST)

    def finish(self) -> Floats:
        """The clip's score, float64 (1,).

        Raises:
            DdsrError: no frames, or ffmpeg failed.
        """
        means = self.means()[None]
        return score(means[:, : len(FEATURES)], means[:, len(FEATURES)])

    def means(self) -> Floats:
        """In place of :meth:`finish`: clip means of :data:`FEATURES` and of the motion, float64 (11,).

        Raises:
            DdsrError: no frames, or ffmpeg failed.
        """
        return np.asarray(super().finish().mean(axis=0))
