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
    edges = [len(parts) * k // count for k in range(count + 1)]
    return [[row for part in parts[a:b] for row in part] for a, b in itertools.pairwise(edges)]


def endless(groups: Sequence[str], batch: int, per_group: int, step: int, seed: int) -> list[int]:
    """Batch number ``step`` of a sequence without end, in which all rows come once before any comes again.

    Args:
        groups, batch, per_group: as :func:`epoch_batches`.
        step: from 0.
        seed: of the draws.
    """
    first = epoch_batches(groups, batch, per_group, "endless", seed, 0)
    turn, place = divmod(step, len(first))
    return (first if turn == 0 else epoch_batches(groups, batch, per_group, "endless", seed, turn))[place]
