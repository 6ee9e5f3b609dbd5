"""The members of ``rw-vsr-qa`` that know statistics, not pixels; fitted in one go once the network is trained."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ddsr_bench.quality.rw_vsr_qa.network_statistics import STATISTICS

#: Standard deviations from the mean of training beyond which a perceptron sees no further.
FARTHEST = 5.0


class Kernels(nn.Module):
    """A fitted support vector regression, ``offset + sum_i strength_i exp(-gamma |x - centre_i|^2)``; not trained here.

    Args:
        count: support vectors.
        columns: statistics that are compared.
    """

    centres: Tensor
    strengths: Tensor
    mean: Tensor
    scale: Tensor
    gamma: Tensor
    offset: Tensor
    share: Tensor

    def __init__(self, count: int, columns: int = STATISTICS) -> None:
        super().__init__()
        self.register_buffer("centres", torch.zeros(count, columns))
        self.register_buffer("strengths", torch.zeros(count))
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("scale", torch.ones(columns))
        self.register_buffer("gamma", torch.tensor(1.0))
        self.register_buffer("offset", torch.tensor(0.0))
        # Of the score, the part that this member has.
        self.register_buffer("share", torch.tensor(0.0))

    def forward(self, x: Tensor) -> Tensor:
        """Statistics (n, columns) -> (n,)."""
        apart = torch.cdist((x - self.mean) / self.scale, self.centres, compute_mode="donot_use_mm_for_euclid_dist")
        return torch.exp(-self.gamma * apart**2) @ self.strengths + self.offset


class Perceptrons(nn.Module):
    """The mean of several small perceptrons, each of two hidden layers, on standardised statistics.

    Args:
        count: of perceptrons.
        columns: statistics that they see.
        hidden: units of the first layer; the second has half as many.
    """

    mean: Tensor
    scale: Tensor
    share: Tensor

    def __init__(self, count: int, columns: int, hidden: int) -> None:
        super().__init__()
        sizes = ((columns, hidden), (hidden, hidden // 2), (hidden // 2, 1))
        for layer, (inputs, outputs) in enumerate(sizes, 1):
            self.register_buffer(f"weight{layer}", torch.zeros(count, inputs, outputs))
            self.register_buffer(f"bias{layer}", torch.zeros(count, 1, outputs))
        self.register_buffer("mean", torch.zeros(columns))
        self.register_buffer("scale", torch.ones(columns))
        self.register_buffer("share", torch.tensor(0.0))

    def forward(self, x: Tensor) -> Tensor:
        """Statistics (n, columns) -> (n,)."""
        return self.each(self.standardised(x)).mean(0)

    def standardised(self, x: Tensor) -> Tensor:
        """Less the mean, over the scale, cut at :data:`FARTHEST`."""
        return ((x - self.mean) / self.scale).clamp(-FARTHEST, FARTHEST)

    def each(self, x: Tensor, dropout: tuple[float, float] = (0.0, 0.0), noise: float = 0.0) -> Tensor:
        """What each perceptron says, (count, n).

        Args:
            x: standardised statistics (n, columns).
            dropout: in training, shares of statistics and of hidden units that are left out.
            noise: in training, standard deviation of what is added to the statistics.
        """
        drop = nn.functional.dropout
        given = x.expand(len(self.get_buffer("weight1")), *x.shape)
        if noise:
            given = given + noise * torch.randn(given.shape, dtype=given.dtype, device=given.device)
        given = drop(given, dropout[0])
        for layer in (1, 2):
            sums = torch.baddbmm(self.get_buffer(f"bias{layer}"), given, self.get_buffer(f"weight{layer}"))
            given = drop(torch.relu(sums), dropout[1])
        return torch.baddbmm(self.get_buffer("bias3"), given, self.get_buffer("weight3")).squeeze(2)
