"""What a board tells of its methods, clips, costs and machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from ddsr_bench import provenance
from ddsr_bench.leaderboard.clips import BoardClip
from ddsr_bench.leaderboard.cost import quartiles
from ddsr_bench.leaderboard.phase import TELLING
from ddsr_bench.leaderboard.results import MethodResults
from ddsr_bench.vsr.cards import method_card

COSTS: dict[str, dict[str, Any]] = {
    "s-per-frame": {
        "title": "Time per frame",
        "unit": "s",
        "note": "Warm: the first frames of a process do not count.",
    },
    "cold-s": {"title": "Cold start", "unit": "s", "note": "Libraries, weights and the first frame, in a new process."},
    "peak-mib": {"title": "Peak memory", "unit": "MiB", "note": "Resident, of the whole process with its libraries."},
    "parameters": {"title": "Parameters", "unit": "", "note": "Numbers that were trained."},
    "gflops-per-mp": {
        "title": "Arithmetic",
        "unit": "GFLOP/MP",
        "note": "10^9 operations in convolutions and matrix products per 10^6 output pixels; of networks.",
    },
}
_COST_DEFAULTS = {"reference": "cost", "higher_is_better": False, "range": None, "plane": "", "source": ""}


def cost_metrics() -> dict[str, dict[str, Any]]:
    """What the page tells of the cost track's columns."""
    return {name: {**_COST_DEFAULTS, **facts} for name, facts in COSTS.items()}


def cost_of(results: MethodResults) -> dict[str, dict[str, float | int]]:
    """By cost metric the median, quartiles and number of values; what is not known is left out."""
    cost = results.cost
    series: dict[str, Sequence[float]] = {
        "s-per-frame": [one for seconds in cost.seconds.values() for one in seconds],
        "cold-s": cost.cold_s,
        "peak-mib": list(cost.peak_mib.values()),
        "parameters": [] if cost.parameters is None else [cost.parameters],
        "gflops-per-mp": [] if cost.gflops_per_mp is None else [cost.gflops_per_mp],
    }
    return {name: quartiles(values) for name, values in series.items() if values}


def method_facts(results: MethodResults) -> dict[str, Any]:
    """What the page tells of a method."""
    method = results.method
    card = method_card(method.name) if method.kind in ("classical", "network") else None
    shift = _shift(results)
    status, reason = _status(results)
    notes = [card.note if card is not None else "", _shift_note(shift)]
    return {
        "title": card.title if card is not None else method.name,
        "scales": list(card.scales) if card is not None else [results.scale],
        "year": card.year if card is not None else None,
        "licence": card.licence if card is not None else "",
        "paper": card.paper if card is not None else "",
        "url": card.code if card is not None else "",
        "trained_on": list(card.trained_on) if card is not None else [],
        "kind": method.kind,
        "status": status,
        "reason": reason,
        "version": method.version,
        "weights_sha256": ", ".join(method.weights.values()) or None,
        "note": " ".join(note for note in notes if note),
        "phase_shift": None if shift is None else list(shift),
    }


def _status(results: MethodResults) -> tuple[str, str | None]:
    if results.reason is not None:
        return "missing", results.reason
    bad = {clip: one for clip, one in results.clips.items() if one.output is None}
    if not bad:
        return "ran", None
    reasons = [cell.reason for one in bad.values() for cell in one.cells.values() if cell.reason]
    told = reasons[0] if reasons else "no output"
    if len(bad) == len(results.clips):
        return "failed", told
    return "partly", f"{len(bad)} of {len(results.clips)} clips failed: {told}"


def _shift(results: MethodResults) -> tuple[float, float] | None:
    """The median over clips, pixels of the output."""
    found = [one.output.shift for one in results.clips.values() if one.output is not None and one.output.shift]
    if not found:
        return None
    # No negative zeros.
    return round(median(x for x, _ in found), 3) + 0.0, round(median(y for _, y in found), 3) + 0.0


def _shift_note(shift: tuple[float, float] | None) -> str:
    if shift is None or max(map(abs, shift)) < TELLING:
        return ""
    return (
        f"Its picture lies {shift[0]:+.2f} pixels to the right and {shift[1]:+.2f} down of bicubic's; full-reference "
        "metrics take that for error."
    )


def clip_facts(clip: BoardClip) -> dict[str, Any]:
    """What the page tells of a clip, but for its media."""
    return {
        "id": clip.id,
        "source": clip.raw.source,
        "group": clip.raw.group,
        "width": clip.width,
        "height": clip.height,
        "frames": clip.frames,
        "fps": float(clip.fps),
        "scale": clip.scale,
        "has_reference": clip.hr_sha256 is not None,
        "tags": list(clip.raw.tags),
    }


def machine(record: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The machine that the costs were taken on, for people."""
    record = record or provenance.collect("leaderboard")
    facts = record["machine"]
    memory = facts["memory_bytes"]
    return {
        "cpu": facts["cpu_model"] or facts["architecture"],
        "cores": facts["cpu_usable"] or facts["cpu_count"],
        "memory_gib": None if memory is None else round(memory / 2**30, 1),
        "gpu": ", ".join(facts["gpus"]) or None,
        "system": f"{facts['system']} {facts['release']}",
        "python": record["python"],
        "torch": record["libraries"]["torch"],
        "numpy": record["libraries"]["numpy"],
        "opencv": record["libraries"]["opencv"],
    }
