"""Losses that come in bursts: a two-state chain (Gilbert 1960, "Capacity of a burst-noise channel")."""

from __future__ import annotations


class Bursts:
    """Says of one item after the other whether it is lost; before the first, nothing is lost.

    ``rate`` is the share of items lost in the long run, 0 to 0.5, and ``burst`` the mean length of a loss in items,
    1 or more. The chain holds no randomness: it is given a uniform number for each item.
    """

    def __init__(self, rate: float, burst: float) -> None:
        self._begin = rate / (burst * (1 - rate))
        self._end = 1 / burst
        self._lost = False

    def lost(self, uniform: float) -> bool:
        """Whether the next item is lost; ``uniform`` is in [0, 1)."""
        self._lost = uniform >= self._end if self._lost else uniform < self._begin
        return self._lost
