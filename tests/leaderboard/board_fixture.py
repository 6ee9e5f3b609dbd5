"""A small, whole board with its videos: four clips, three methods, one of which is missing and one fails on a clip."""

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from conftest import moving_scene

from ddsr_bench.video import write_video

CLIPS = ("fair-1", "fair-2", "harbour-1", "harbour-2")
METHODS = ("nearest", "cubic", "absent")
FRAMES, WIDTH, HEIGHT, FPS = 12, 160, 96, 12
BROKEN = ("harbour-2", "cubic")
WHY_BROKEN = "failed: returned 11 frames for 12"
WHY_ABSENT = "missing weights: run `ddsr-bench weights fetch absent`"
BITS, SQUARE = 6, 8


def stamped(frames):
    """The clip with each frame's number in black and white squares along its top, lowest bit first."""
    marked = frames.copy()
    for number, frame in enumerate(marked):
        for bit in range(BITS):
            frame[:SQUARE, bit * SQUARE : (bit + 1) * SQUARE] = 255 * (number >> bit & 1)
    return marked


def resized(frames, width, height, how):
    return np.stack([cv2.resize(frame, (width, height), interpolation=how) for frame in frames])


def versions(seed):
    """HR, LR and the two methods' frames of one clip."""
    sharp = moving_scene(FRAMES, WIDTH, HEIGHT, seed=seed)
    small = resized(sharp, WIDTH // 2, HEIGHT // 2, cv2.INTER_AREA)
    ways = {"nearest": cv2.INTER_NEAREST, "cubic": cv2.INTER_CUBIC}
    return sharp, small, {name: resized(small, WIDTH, HEIGHT, how) for name, how in ways.items()}


def psnr(one, other):
    errors = ((one.astype(float) - other) ** 2).mean(axis=(1, 2, 3))
    return [float(value) for value in 10 * np.log10(255**2 / errors)]


def steps(frames):
    """Mean change from a frame to the next; the last frame repeats its neighbour's."""
    changes = np.abs(np.diff(frames.astype(float), axis=0)).mean(axis=(1, 2, 3))
    return [float(value) for value in (*changes, changes[-1])]


def put_video(folder, name, frames):
    path = Path(folder) / "media" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, iter(frames), Fraction(FPS), preset="ultrafast")
    return f"media/{name}"


def clip_entry(folder, clip, number, videos):
    """One entry of ``clips``, its cells and its curves."""
    sharp, small, made = versions(number)
    media = {"lr": None, "hr": None, "methods": {}}
    if videos:
        media["lr"] = put_video(folder, f"{clip}/lr.mp4", stamped(small))
        media["hr"] = put_video(folder, f"{clip}/hr.mp4", stamped(sharp))
    cells = {"absent": {metric: {"reason": WHY_ABSENT} for metric in ("psnr", "change", "mos")}}
    curves = {}
    for place, (method, frames) in enumerate(made.items()):
        if (clip, method) == BROKEN:
            cells[method] = {metric: {"reason": WHY_BROKEN} for metric in ("psnr", "change", "mos")}
            continue
        curves[method] = {"psnr": psnr(frames, sharp), "change": steps(frames)}
        cells[method] = {metric: float(np.mean(values)) for metric, values in curves[method].items()}
        cells[method]["mos"] = 2.0 + place + 0.1 * number
        if videos:
            media["methods"][method] = put_video(folder, f"{clip}/{method}.mp4", stamped(frames))
    entry = {
        "id": clip, "source": clip.split("-")[0], "group": "g", "width": WIDTH, "height": HEIGHT, "frames": FRAMES,
        "fps": float(FPS), "scale": 2, "has_reference": True, "tags": ["moving", "texture"], "media": media,
    }  # fmt: skip
    return entry, cells, curves


def standing(cells, metric, higher):
    rows = []
    for method in ("nearest", "cubic"):
        found = [cells[clip][method][metric] for clip in CLIPS if not isinstance(cells[clip][method][metric], dict)]
        rows.append({"method": method, "mean": float(np.mean(found)), "low": min(found), "high": max(found),
                     "n": len(found), "p_next": None})  # fmt: skip
    rows.sort(key=lambda row: -row["mean"] if higher else row["mean"])
    for place, row in enumerate(rows):
        row |= {"rank": place + 1, "group": "AB"[place]}
    rows[0]["p_next"] = 0.0123
    return rows


def metric(title, reference, higher, unit=""):
    return {"title": title, "reference": reference, "higher_is_better": higher, "range": None, "unit": unit,
            "plane": "RGB", "source": "none", "note": ""}  # fmt: skip


def method(title, status, reason=None):
    return {
        "title": title, "scales": [2, 4] if title == "Cubic" else [2], "year": None, "licence": "MIT", "paper": "",
        "url": "https://example.org/paper", "trained_on": [], "kind": "classical", "status": status, "reason": reason,
        "version": "1", "weights_sha256": None, "note": "", "phase_shift": [0.25, -0.25],
    }  # fmt: skip


def make_board(folder, videos=True):
    """Write the videos below ``folder`` (unless ``videos`` is false) and return the board."""
    made = [clip_entry(folder, clip, number, videos) for number, clip in enumerate(CLIPS)]
    cells = {entry["id"]: of for entry, of, _ in made}
    return {
        "schema_version": 1, "title": "Three ways to enlarge", "made": "2025-01-02T03:04:05+00:00", "version": "0.1.0",
        "command": "ddsr-bench leaderboard --data clips --out board",
        "data": {"name": "tiny", "clips": 4, "sources": 2, "score_origin": "simulated"},
        "rules": [{"name": "Crop", "text": "No border is left out."}],
        "machine": {"cpu": "a processor", "cores": 2, "memory_gib": 8.0, "gpu": None, "torch": "2.6"},
        "tracks": [
            {"id": "paired", "title": "Paired", "note": "LR made from HR.", "metrics": ["psnr", "change"],
             "primary": "psnr"},
            {"id": "human", "title": "Human", "note": "", "metrics": ["mos"], "primary": "mos"},
            {"id": "cost", "title": "Cost", "note": "", "metrics": ["s-per-frame", "parameters"],
             "primary": "s-per-frame"},
        ],
        "metrics": {
            "psnr": metric("PSNR", "FR", True, "dB"), "change": metric("Change", "NR", False),
            "mos": metric("MOS", "human", True), "s-per-frame": metric("Time per frame", "cost", False, "s"),
            "parameters": metric("Parameters", "cost", False),
        },
        "methods": {
            "nearest": method("Nearest", "ran"), "cubic": method("Cubic", "partly"),
            "absent": method("Absent", "missing", WHY_ABSENT),
        },
        "clips": [entry for entry, _, _ in made],
        "standings": {
            "paired": {"psnr": standing(cells, "psnr", True), "change": standing(cells, "change", False)},
            "human": {"mos": standing(cells, "mos", True)},
        },
        "cells": cells,
        "curves": {entry["id"]: curves for entry, _, curves in made},
        "cost": {
            "nearest": {"s-per-frame": {"median": 0.001, "low": 0.0009, "high": 0.002, "n": 4},
                        "parameters": {"median": 0, "low": 0, "high": 0, "n": 1}},
            "cubic": {"s-per-frame": {"median": 0.0123, "low": 0.01, "high": 0.02, "n": 4},
                      "parameters": {"median": 1_500_000, "low": 1_500_000, "high": 1_500_000, "n": 1}},
        },
        "pareto": {"paired": {"quality": "psnr", "cost": "s-per-frame", "front": ["nearest", "cubic"]}},
        "agreement": {"paired": {"metrics": ["psnr", "change"], "rho": [[1.0, -1.0], [-1.0, 1.0]]}},
        "votes": {"method": "Bradley-Terry", "pairs": 12, "origin": "simulated", "strengths": [
            {"method": "cubic", "strength": 0.4, "low": 0.1, "high": 0.7},
            {"method": "nearest", "strength": -0.4, "low": -0.7, "high": -0.1},
        ]},
    }  # fmt: skip
