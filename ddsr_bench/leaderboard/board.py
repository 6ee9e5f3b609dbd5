"""The board: everything that the page and the exports show, as one dictionary of plain JSON values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ddsr_bench import __version__
from ddsr_bench.leaderboard import metrics as known
from ddsr_bench.leaderboard.clips import BoardClip, BoardData
from ddsr_bench.leaderboard.describe import clip_facts, cost_metrics, cost_of, machine, method_facts
from ddsr_bench.leaderboard.metrics import Chosen
from ddsr_bench.leaderboard.results import MethodResults
from ddsr_bench.leaderboard.rules import rules
from ddsr_bench.leaderboard.run import RunOptions
from ddsr_bench.leaderboard.tracks import agreement, pareto, ranked
from ddsr_bench.leaderboard.votes import strengths

SCHEMA_VERSION = 1
MOS = "mos"
_TITLES = {"paired": "Paired", "real-world": "Real-world", "human": "Human", "cost": "Cost"}
_NOTES = {
    "paired": "LR made from a sharp clip, which the output is compared with; and steadiness in time.",
    "real-world": "Metrics that see the output alone, as on footage without a sharp clip.",
    "human": "Mean opinion scores and preferences that came with the dataset.",
    "cost": "What each method takes on the machine below.",
}


@dataclass(frozen=True)
class Shown:
    """What a board is made of.

    Attributes:
        data: the clips and opinions.
        chosen: the metrics.
        results: by method's name, in the order of the table.
        options: of the run.
        tracks: those that were asked for.
        made: ISO 8601.
        command: as it was typed.
        curves: by clip, method and metric the value of every frame.
        media: by clip ``{"lr", "hr", "methods"}``.
        record: provenance.
        title: of the page.
    """

    data: BoardData
    chosen: Chosen
    results: Mapping[str, MethodResults]
    options: RunOptions
    tracks: Sequence[str]
    made: str
    command: str
    curves: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] = field(default_factory=dict)
    record: Mapping[str, Any] | None = None
    title: str = ""


def build_board(shown: Shown) -> dict[str, Any]:
    """The board of a run."""
    data = shown.data
    cells = _cells(shown)
    cost = {name: found for name, results in shown.results.items() if (found := cost_of(results))}
    metrics = _metrics(shown)
    tracks = _tracks(shown)
    standing = _standings(shown, cells, metrics, tracks)
    groups = {clip.raw.group for clip in data.clips}
    board = {
        "schema_version": SCHEMA_VERSION,
        "title": shown.title or f"Leaderboard on {data.name}",
        "made": shown.made,
        "version": __version__,
        "command": shown.command,
        "data": {
            "name": data.name,
            "clips": len(data.clips),
            "sources": len({clip.raw.source for clip in data.clips}),
            "score_origin": data.origin,
            "notes": list(data.notes),
        },
        "rules": rules(shown.options, grouped=len(groups) < len(data.clips)),
        "machine": machine(shown.record),
        "tracks": tracks,
        "metrics": metrics,
        "methods": {name: method_facts(results) for name, results in shown.results.items()},
        "clips": [{**clip_facts(clip), "media": shown.media.get(clip.id, _NO_MEDIA)} for clip in data.clips],
        "standings": standing,
        "cells": cells,
        "curves": shown.curves,
        "cost": cost,
    }
    return {**board, **_plots(shown, standing, metrics, tracks, cost)}


_NO_MEDIA: dict[str, Any] = {"lr": None, "hr": None, "methods": {}}


def _cells(shown: Shown) -> dict[str, dict[str, dict[str, Any]]]:
    """By clip, method and metric a number, or a reason; a method without results has its reason everywhere."""
    cells: dict[str, dict[str, dict[str, Any]]] = {}
    for clip in shown.data.clips:
        row = cells[clip.id] = {}
        for name, results in shown.results.items():
            row[name] = _row(clip, results, shown.chosen)
            score = shown.data.mos.get(clip.id, {}).get(name)
            if score is not None and "human" in shown.tracks:
                row[name][MOS] = score
    return cells


def _row(clip: BoardClip, results: MethodResults, chosen: Chosen) -> dict[str, Any]:
    made = results.clips.get(clip.id)
    row: dict[str, Any] = {}
    for metric in chosen.metrics.values():
        if metric.reference == "FR" and clip.hr_sha256 is None:
            continue
        cell = made.cells.get(metric.name) if made is not None else None
        if cell is None:
            row[metric.name] = {"reason": results.reason or "not computed"}
        else:
            row[metric.name] = cell.value if cell.reason is None else {"reason": cell.reason}
    return row


def _metrics(shown: Shown) -> dict[str, dict[str, Any]]:
    found = {metric.name: known.facts(metric) for metric in shown.chosen.metrics.values()}
    if _has_opinions(shown):
        simulated = shown.data.origin == "simulated"
        found[MOS] = {
            "title": "MOS (simulated)" if simulated else "MOS",
            "reference": "human",
            "higher_is_better": True,
            "range": [1, 5],
            "unit": "",
            "plane": "",
            "source": "",
            "note": "Simulated: a model of a panel, no person has rated these videos." if simulated else "",
        }
    return {**found, **(cost_metrics() if "cost" in shown.tracks else {})}


def _has_opinions(shown: Shown) -> bool:
    return "human" in shown.tracks and any(shown.data.mos.values())


def _tracks(shown: Shown) -> list[dict[str, Any]]:
    """The tracks that have something to show."""
    tracks = []
    for name in (one for one in known.TRACKS if one in shown.tracks):
        clips = _clips(shown, name)
        metrics = {
            "human": [MOS] if _has_opinions(shown) else [],
            "cost": list(cost_metrics()),
        }.get(name, [metric.name for metric in shown.chosen.on(name)])
        if not metrics or not clips:
            continue
        note = _NOTES[name] + _simulated(shown.chosen, name) + _left_out(shown.chosen, name)
        title = _TITLES[name]
        if name == "human" and shown.data.origin == "simulated":
            title, note = "Human (simulated)", "Simulated: a model of a panel gave these scores, no person did."
        tracks.append({"id": name, "title": title, "note": note, "metrics": metrics, "primary": metrics[0]})
    return tracks


def _simulated(chosen: Chosen, track: str) -> str:
    """What must be known of metrics that learnt from scores which no person gave."""
    told = [known.facts(metric) for metric in chosen.on(track)]
    return "".join(f" {facts['title']}: {facts['note']}" for facts in told if "simulated" in facts["note"])


def _left_out(chosen: Chosen, track: str) -> str:
    kinds = {"srq-fr": "paired"}
    found = [reason for name, reason in chosen.left_out.items() if kinds.get(name, "real-world") == track]
    return "".join(f" Left out: {reason.rstrip('.')}." for reason in found)


def _clips(shown: Shown, track: str) -> list[str]:
    return [clip.id for clip in shown.data.clips if track != "paired" or clip.hr_sha256 is not None]


def _standings(
    shown: Shown, cells: Mapping[str, Any], metrics: Mapping[str, Any], tracks: Sequence[Mapping[str, Any]]
) -> dict[str, dict[str, list[dict[str, Any]]]]:
    groups = {clip.id: clip.raw.group for clip in shown.data.clips}
    return {
        track["id"]: {
            metric: ranked(
                cells,
                metric,
                _clips(shown, track["id"]),
                groups,
                metrics[metric],
            )
            for metric in track["metrics"]
        }
        for track in tracks
        if track["id"] != "cost"
    }


def _plots(
    shown: Shown,
    standing: Mapping[str, Any],
    metrics: Mapping[str, Any],
    tracks: Sequence[Mapping[str, Any]],
    cost: Mapping[str, Any],
) -> dict[str, Any]:
    """Quality against cost, agreement of metrics, and strengths from votes."""
    ways = {name: bool(facts["higher_is_better"]) for name, facts in metrics.items()}
    primary = {track["id"]: track["primary"] for track in tracks if track["id"] in standing}
    fronts = {
        track: pareto(standing[track][metric], metric, cost, higher_is_better=ways[metric])
        for track, metric in primary.items()
        if standing[track][metric]
    }
    agreements = {track: found for track in primary if (found := agreement(standing[track], ways))}
    human = "human" in primary
    votes = strengths(shown.data.wins, list(shown.results), shown.data.origin) if human else None
    return {"pareto": fronts if "cost" in shown.tracks else {}, "agreement": agreements, "votes": votes}
