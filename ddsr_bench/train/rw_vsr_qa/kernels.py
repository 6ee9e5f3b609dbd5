"""The kernel regression of RW-VSR-QA: fitted in one go, by scikit-learn, to statistics of the training videos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch

from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa
from ddsr_bench.quality.rw_vsr_qa.network_regressions import Kernels
from ddsr_bench.train.rw_vsr_qa.cache import Fragments
from ddsr_bench.train.rw_vsr_qa.config import KernelConfig
from ddsr_bench.train.rw_vsr_qa.measures import Floats, Known, measures, standard, with_regression
from ddsr_bench.train.rw_vsr_qa.samples import Sample


def with_kernels(
    network: RwVsrQa,
    samples: Sequence[Sample],
    read: Callable[[Sample], Fragments],
    middle: float,
    config: KernelConfig,
    motion: float = 0.0,
    known: Known | None = None,
) -> RwVsrQa:
    """A copy of a network with a kernel regression fitted to rated videos.

    Args:
        network: on the processor.
        samples: rated ones are used.
        read: gives fragments.
        middle: taken off the labels, as it was for the network.
        config: how to fit.
        motion: how much it counts beside one statistic; 0 leaves it out.
        known: what is measured already, and is added to.

    Returns:
        in evaluation mode.

    Raises:
        DdsrError: as :func:`~ddsr_bench.train.rw_vsr_qa.measures.measures`.
    """
    rated = [one for one in samples if one.rated]
    x = measures(rated, read, motion=motion > 0, known=known)
    y = np.array([one.label - middle for one in rated])
    fitted = fitted_kernels(x, y, config, motion)
    return with_regression(network, "kernels", fitted, motion=motion > 0, kernels=len(fitted.strengths))


def fitted_kernels(x: Floats, y: Floats, config: KernelConfig, motion: float = 0.0) -> Kernels:
    """Support vector regression of ``y`` (n,) on standardised ``x`` of :func:`measures`."""
    from sklearn.svm import SVR

    mean, scale = standard(x, motion)
    machine = SVR(C=config.cost, gamma=config.gamma, epsilon=config.tube, cache_size=500).fit((x - mean) / scale, y)
    kernels = Kernels(len(machine.support_), x.shape[1])
    values = {
        "centres": machine.support_vectors_,
        "strengths": machine.dual_coef_[0],
        "mean": mean,
        "scale": scale,
        "gamma": np.array(config.gamma),
        "offset": machine.intercept_[0],
        "share": np.array(config.share),
    }
    kernels.load_state_dict({name: torch.as_tensor(value, dtype=torch.float32) for name, value in values.items()})
    return kernels
