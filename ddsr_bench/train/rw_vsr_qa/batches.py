"""Which videos come together: several of one input, so that there is something to rank; drawn by address."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from ddsr_bench.seeding import generator


def chunks(groups: Sequence[str], size: int, *address: int | str) -> list[list[int]]:
    """Cut each group's rows, in random order, into chunks of up to ``size``; all chunks in random order.

    Every row is in one chunk, and chunks of a group are as equal as can be, so that few have one row alone.

    Args:
        groups: name of each row's group.
        size: rows in a chunk.
        address: of the draw, such as (seed, epoch).
    """
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        rows.setdefault(group, []).append(row)
    found: list[list[int]] = []
    for group in sorted(rows):
        order = generator("chunks", *address, group).permutation(len(rows[group]))
        # Equal parts: eleven in chunks of four are 4, 4 and 3, five are 3 and 2.
        count = -(-len(order) // size)
        edges = [len(order) * part // count for part in range(count + 1)]
        members = [rows[group][k] for k in order]
        found += [members[a:b] for a, b in itertools.pairwise(edges)]
    return [found[k] for k in generator("order of chunks", *address).permutation(len(found))]


def epoch_batches(groups: Sequence[str], batch: int, per_group: int, *address: int | str) -> list[list[int]]:
    """The batches of an epoch: chunks put together so that none has more than about ``batch`` rows.

    The number of batches depends on the groups alone, ``ceil(chunks / (batch // per_group))``, so every epoch has as
    many; chunks are dealt evenly, so there is no small last one.
    """
    parts = chunks(groups, min(per_group, batch), *address)
    count = -(-len(parts) // max(1, batch // min(per_group, batch)))
    edges = [len(parts) * k // max(1, count) for k in range(count + 1)]
    return [[row for part in parts[a:b] for row in part] for a, b in itertools.pairwise(edges)]


class Endless:
    """A sequence of batches without end, in which all rows come once before any comes again.

    A turn's batches are kept until another turn is asked for, so going through the steps in order costs little.

    Args:
        groups, batch, per_group: as :func:`epoch_batches`.
        seed: of the draws.
    """

    def __init__(self, groups: Sequence[str], batch: int, per_group: int, seed: int) -> None:
        self._groups, self._batch, self._per_group, self._seed = tuple(groups), batch, per_group, seed
        self._turn, self._batches = 0, self._of_turn(0)

    def rows(self, step: int) -> list[int]:
        """Batch number ``step``, from 0, whatever was asked for before."""
        turn, place = divmod(step, len(self._batches))
        if turn != self._turn:
            self._turn, self._batches = turn, self._of_turn(turn)
        return self._batches[place]

    def _of_turn(self, turn: int) -> list[list[int]]:
        return epoch_batches(self._groups, self._batch, self._per_group, "endless", self._seed, turn)
