"""What people said, or a model of people: mean opinions and preferences by clip and method."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

from ddsr_bench.data.manifest.read import read_parquet

Mos = dict[str, dict[str, float]]
Wins = dict[str, dict[tuple[str, str], float]]


def opinions(rows: Sequence[Mapping[str, Any]], root: Path, clips: Collection[str]) -> tuple[str, Mos, Wins]:
    """Origin, MOS and preferences of a rated dataset; ``"none"`` and nothing where there are none.

    One simulated score makes them all "simulated". Preferences are drawn from the ratings in ``ratings.parquet``: of
    two methods' videos of one LR clip a person prefers the one that they rated higher; equal ratings count half each.

    Args:
        rows: of the manifest.
        root: its folder.
        clips: ids of the LR clips that count.
    """
    rated = [row for row in rows if row.get("lr_id") in clips and row.get("mos") is not None]
    if not rated:
        return "none", {}, {}
    origins = {str(row.get("score_origin")) for row in rated}
    mos: Mos = defaultdict(dict)
    for row in rated:
        mos[row["lr_id"]][row["method"]] = float(row["mos"])
    origin = "simulated" if "simulated" in origins else "subjective"
    return origin, dict(mos), _preferences(rated, root)


def _preferences(rated: Sequence[Mapping[str, Any]], root: Path) -> Wins:
    path = root / "ratings.parquet"
    if not path.is_file():
        return {}
    known = {row["video_id"]: (row["lr_id"], row["method"], row.get("source_group") or row["lr_id"]) for row in rated}
    said: dict[tuple[str, str, str], dict[str, float]] = defaultdict(dict)
    for vote in read_parquet(path, ["video_id", "subject", "rating"]).to_pylist():
        if vote["video_id"] in known:
            clip, method, group = known[vote["video_id"]]
            said[clip, group, vote["subject"]][method] = vote["rating"]
    wins: Wins = defaultdict(lambda: defaultdict(float))
    for (_, group, _), ratings in said.items():
        for one, other in permutations(ratings, 2):
            if ratings[one] >= ratings[other]:
                wins[group][one, other] += 0.5 if ratings[one] == ratings[other] else 1.0
    return {group: dict(pairs) for group, pairs in wins.items()}
