"""The name of a protocol, as a person writes it, turned into splits."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.splits import Split, kfold, leave_one_group_out, published, random_splits

# Name: how many folds or splits it makes unless told; None where the number is not the user's to choose.
_DEFAULTS: dict[str, int | None] = {
    "none": None,
    "kfold": 5,
    "random": 100,
    "published": None,
    "leave-method-out": None,
    "leave-source-out": None,
}
# Of splits that a table gives; not to be typed.
GIVEN = "given"
CHOICES = "none, kfold[:K], random[:N], published, leave-method-out, leave-source-out"


@dataclass(frozen=True)
class Protocol:
    """How the videos are split. ``count`` is the number of folds or splits asked for, 0 where the data decide it."""

    kind: str
    count: int = 0

    @property
    def source_disjoint(self) -> bool | None:
        """Whether the protocol keeps a source on one side where it can; None without splits."""
        if self.kind == "none":
            return None
        return self.kind in ("kfold", "random", "leave-source-out")

    def splits(
        self,
        n: int,
        *,
        sources: Sequence[str] | None = None,
        methods: Sequence[str] | None = None,
        disjoint: bool = True,
        seed: int = 0,
    ) -> tuple[Split, ...]:
        """Make the splits of ``n`` videos; empty for ``"none"``.

        Args:
            n: number of videos.
            sources, methods: a label for every video, or None where the table has no such column.
            disjoint: keep all videos of a source on one side (folds and random splits; needs ``sources``).
            seed: for the random ones.

        Raises:
            DdsrError: the column that the protocol needs is missing or holds too few groups.
        """
        groups = sources if disjoint else None
        if self.kind == "kfold":
            return kfold(n, self.count, groups, seed)
        if self.kind == "random":
            return random_splits(n, self.count, groups, seed)
        if self.kind == "published":
            return published(n)
        if self.kind == "none":
            return ()
        what = self.kind.split("-")[1]
        labels = methods if what == "method" else sources
        if labels is None:
            option = "--method-column" if what == "method" else "--group"
            raise DdsrError(f"protocol {self.kind}: the table has no {what} column; name it with {option}")
        return leave_one_group_out(labels, what)


def parse_protocol(text: str) -> Protocol:
    """Read ``"none"``, ``"kfold:10"``, ``"random:1000"``, ``"published"``, ``"leave-method-out"``, ...

    Raises:
        DdsrError: an unknown name, or a number that is missing, too small, or not asked for.

    Example:
        >>> parse_protocol("kfold:10")
        Protocol(kind='kfold', count=10)
    """
    kind, colon, number = text.strip().lower().partition(":")
    if kind not in _DEFAULTS:
        close = difflib.get_close_matches(kind, _DEFAULTS, n=1)
        hint = f"did you mean {close[0]!r}? " if close else ""
        raise DdsrError(f"protocol {text!r}: unknown; {hint}choose one of {CHOICES}")
    default = _DEFAULTS[kind]
    if not colon:
        return Protocol(kind, default or 0)
    if default is None:
        raise DdsrError(f"protocol {text!r}: {kind} takes no number; write {kind}")
    least = 2 if kind == "kfold" else 1
    if not number.isascii() or not number.isdigit() or int(number) < least:
        raise DdsrError(f"protocol {text!r}: {number!r} is no number of {least} or more; write {kind}:{default}")
    return Protocol(kind, int(number))
