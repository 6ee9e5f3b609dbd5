"""Which column of a score table is what: found by name, or named by the user."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ddsr_bench.errors import DdsrError

# What a column is taken for, by its name in lower case with _ for everything that is no letter or digit.
# The first that is there wins.
ALIASES: dict[str, tuple[str, ...]] = {
    "mos": ("mos", "mos_mean", "mean_opinion_score", "mean_mos", "subjective_score", "score"),
    "video": ("video_id", "video", "video_name", "name", "file_name", "filename", "file", "clip", "path", "id"),
    "source": ("source_id", "source", "src_id", "src", "content_id", "content", "reference", "ref"),
    "method": ("method", "method_id", "method_name", "algorithm", "model", "condition"),
    "input": ("lr_id", "input_id", "lr", "input"),
    "mos_ci95": ("mos_ci95", "mos_ci", "ci95"),
    "mos_std": ("mos_std", "mos_sd", "std", "sd"),
    "n_ratings": ("n_ratings", "num_ratings", "n_votes", "num_votes", "votes", "ratings"),
    "score_origin": ("score_origin",),
}
OPTIONS = {
    "mos": "--mos",
    "video": "--video-column",
    "source": "--group",
    "method": "--method-column",
    "input": "--input-column",
}
LABELS = ("video", "source", "method", "input", "score_origin")
# Numbers that a table may hold beside scores: never metrics unless asked for by name.
FACTS = frozenset(
    (
        "mos", "width", "height", "fps", "frame_rate", "frames", "frame_count", "duration", "length", "seconds",
        "runtime", "time", "split", "fold", "seed", "scale", "variant", "bitrate", "bit_rate", "crf", "qp", "index",
        "row", "session", "order", "size", "bytes", "year", "dmos", "resolution", "unnamed"
    )
)  # fmt: skip
_FACT_PREFIXES = ("mos_", "dmos_", "n_", "num_", "hr_", "lr_", "unnamed_")
_NUMBERED = re.compile(r"(.*?)[_\s.-]?(\d+)")
_FEATURE_STEMS = frozenset(("", "f", "feat", "feats", "feature", "features", "x", "v", "dim", "col", "var"))
_FAMILY = 8


def plain(name: str) -> str:
    """A column's name in lower case with single underscores between words."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


@dataclass(frozen=True)
class Columns:
    """The columns of one file, by name; every method raises DdsrError that starts with the file's name."""

    file: str
    names: tuple[str, ...]

    def require(self, name: str, option: str = "") -> str:
        """Return ``name`` if there is such a column; the error lists close names and all names."""
        if name in self.names:
            return name
        close = difflib.get_close_matches(name, self.names, n=3)
        hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
        asked = f" (asked for by {option})" if option else ""
        raise DdsrError(f"{self.file}: no column {name!r}{asked}; {hint}its columns are: {self.listing()}")

    def listing(self, limit: int = 20) -> str:
        """The columns' names, the first ``limit`` of them."""
        rest = f", ... ({len(self.names)} in all)" if len(self.names) > limit else ""
        return ", ".join(self.names[:limit]) + rest

    def roles(self, asked: Mapping[str, str | None]) -> dict[str, str]:
        """Say which column is taken for what: roles of :data:`ALIASES` that are there, by name.

        Args:
            asked: columns named by the user, by role; None is looked for.
        """
        found: dict[str, str] = {}
        by_plain: dict[str, str] = {}
        for name in self.names:
            by_plain.setdefault(plain(name), name)
        for role, aliases in ALIASES.items():
            named = asked.get(role)
            if named is not None:
                found[role] = self.require(named, OPTIONS[role])
                continue
            free = (by_plain[alias] for alias in aliases if alias in by_plain)
            first = next((name for name in free if name not in found.values()), None)
            if first is not None:
                found[role] = first
        if "mos" not in found:
            raise DdsrError(self._no_mos())
        return found

    def _no_mos(self) -> str:
        dmos = [name for name in self.names if plain(name).startswith("dmos")]
        if dmos:
            return (
                f"{self.file}: no MOS column, and {dmos[0]!r} may grow as quality falls; "
                f"give --mos {dmos[0]} if higher is better there, or turn its sign first"
            )
        if {"subject", "rating"} <= {plain(name) for name in self.names}:
            return f"{self.file}: raw ratings, not scores; recover the MOS first: ddsr-bench mos {self.file}"
        return f"{self.file}: no MOS column; its columns are: {self.listing()}; name the one to use with --mos"

    def select(self, pattern: str, allowed: Collection[str]) -> list[str]:
        """Columns for ``"f*"``, ``"f00:f35"`` (from one to the other in the file's order), or several with commas.

        Shell patterns only match columns in ``allowed``; those of a range or named in full are taken as they are.
        """
        chosen: list[str] = []
        for part in filter(None, (part.strip() for part in pattern.split(","))):
            if part in self.names:
                chosen.append(part)
            elif ":" in part:
                first, last = (self.names.index(self.require(end.strip())) for end in part.split(":", 1))
                chosen.extend(self.names[min(first, last) : max(first, last) + 1])
            else:
                matches = [name for name in self.names if name in allowed and fnmatchcase(name, part)]
                if not matches:
                    raise DdsrError(
                        f"{self.file}: no numeric column matches {part!r}; its columns are: {self.listing()}"
                    )
                chosen.extend(matches)
        return list(dict.fromkeys(chosen))


def is_fact(name: str) -> bool:
    """Whether a column's name says that its numbers describe the video or the test, not its quality."""
    name = plain(name)
    return name in FACTS or name.startswith(_FACT_PREFIXES)


def numbered(names: Iterable[str]) -> dict[str, list[str]]:
    """Families of numbered columns that look like features: ``f00, f01, ...`` by their common stem.

    ``feat_1`` and the like need two members; any other stem eight, since ``vif_scale0..3`` are metrics.
    """
    families: dict[str, list[str]] = {}
    for name in names:
        match = _NUMBERED.fullmatch(name.strip())
        if match:
            families.setdefault(match[1], []).append(name)
    return {
        stem: members
        for stem, members in families.items()
        if len(members) >= (2 if plain(stem) in _FEATURE_STEMS else _FAMILY)
    }


def span(names: Sequence[str]) -> str:
    """``f00..f35`` for a family of columns."""
    return names[0] if len(names) == 1 else f"{names[0]}..{names[-1]}"
