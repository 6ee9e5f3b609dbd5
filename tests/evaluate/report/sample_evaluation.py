"""A made-up but coherent evaluation: videos of several methods from several sources, metrics of known strengths.

Coefficients are computed here the plain way; intervals are Fisher's for the number of sources. The numbers need only
look like an engine's: these tests are about the report.
"""

from __future__ import annotations

import math

import numpy as np
from scipy import stats

from ddsr_bench.evaluate.records import Curve, Evaluation, ScoreTable

METHODS = (
    "bicubic", "RealBasicVSR", "Real-ESRGAN", "BSRGAN", "SwinIR", "BasicVSR++", "EDVR-M", "TDAN", "TOFlow",
    "RealViformer", "IconVSR",
)  # fmt: skip
# name -> how much of it is the source's content, the method's look, and noise
STRENGTHS = {
    "rw_vsr_qa": (0.6, 1.0, 0.45),
    "dover": (0.7, 0.8, 0.6),
    "fast_vqa": (0.7, 0.75, 0.62),
    "musiq": (0.8, 0.5, 0.8),
    "niqe": (1.2, 0.02, 0.9),
    "brisque": (0.6, 0.2, 1.2),
    "frame_count": (0.1, 0.0, 1.5),
    "constant_metric": (0.0, 0.0, 0.0),
}
LOWER = ("niqe", "brisque")


def sample(
    strengths=STRENGTHS, *, sources=105, methods=METHODS, origin="subjective", intervals=True, protocol=False,
    grouped=True, seed=0,
):  # fmt: skip
    """An Evaluation of ``sources`` x ``methods`` videos; ``grouped=False`` leaves out the columns of groups."""
    draw = np.random.default_rng(seed)
    content = np.repeat(draw.normal(size=sources), len(methods))
    look = np.tile(draw.normal(size=len(methods)), sources)
    mos = 3 + 0.5 * content + 0.45 * look + 0.3 * draw.normal(size=len(content))
    mos = np.clip(np.round(mos, 2), 1.05, 4.95)
    source_names = tuple(f"src_{i:03d}" for i in range(sources) for _ in methods)
    method_names = tuple(methods) * sources
    raw = {name: _metric(name, *weights, content, look, draw) for name, weights in strengths.items()}
    table = ScoreTable(
        "scores.csv",
        tuple(f"v{i:05d}" for i in range(len(mos))),
        mos,
        raw,
        sources=source_names if grouped else None,
        methods=method_names if grouped else None,
        score_origin=origin,
    )
    mapped, curves = {}, {}
    for name, values in raw.items():
        mapped[name], curves[name] = _mapped(values, mos)
    groups = {"within_source": source_names, "within_method": method_names, "within_input": None}
    groups = groups if grouped else dict.fromkeys(groups)
    metrics = {name: _record(name, raw[name], mapped[name], mos, groups, intervals, protocol) for name in raw}
    results = {
        "schema_version": 1,
        "kind": "eval-qa",
        "provenance": _provenance(),
        "data": _data(table, origin, grouped, sources, methods),
        "settings": {
            "mapping": "logistic4",
            "protocol": "random:1000" if protocol else "none",
            "splits": 1000 if protocol else 0,
            "source_disjoint": True if protocol else None,
            "resamples": 2000 if intervals else 0,
            "seed": 0,
            "interval": "t",
            "confidence": 0.95,
            "resampling": "exact",
            "cluster": "source" if grouped else "video",
            "n_clusters": sources if grouped else len(mos),
        },
        "metrics": metrics,
        "comparisons": _comparisons(metrics, raw, mos),
    }
    return Evaluation(table, results, raw, mapped, curves)


def _metric(name, content_share, look_share, noise, content, look, draw):
    if noise == 0:
        return np.full(len(content), 7.0)
    latent = content_share * content + look_share * look + noise * draw.normal(size=len(content))
    return 6 - 1.3 * latent if name in LOWER else 50 + 12 * np.tanh(latent / 2)


def _mapped(values, mos):
    x = np.linspace(values.min(), values.max(), 80)
    missing = np.full(80, np.nan)
    if np.ptp(values) == 0:
        return np.full(len(values), np.nan), Curve(x, missing, missing, missing)
    slope, offset = np.polyfit(values, mos, 1)
    y = offset + slope * x
    band = 0.04 + 0.1 * np.abs(np.linspace(-1, 1, 80)) ** 2
    return offset + slope * values, Curve(x, y, y - band, y + band)


def _coefficients(values, mapped, mos):
    return {
        "srocc": float(stats.spearmanr(values, mos)[0]),
        "krocc": float(stats.kendalltau(values, mos)[0]),
        "plcc": abs(float(np.corrcoef(mapped, mos)[0, 1])),
        "plcc_raw": float(np.corrcoef(values, mos)[0, 1]),
        "rmse": float(np.sqrt(np.mean((mapped - mos) ** 2))),
    }


def _ends(value, n):
    half = 1.96 / math.sqrt(max(n - 3, 1))
    return [math.tanh(math.atanh(min(value, 0.999)) - half), math.tanh(math.atanh(min(value, 0.999)) + half)]


def _view(values, mapped, mos, n, intervals):
    block = {"n": len(mos), "outlier_ratio": None, "reasons": {"outlier_ratio": "no MOS spreads in the table"}}
    if np.ptp(values) == 0:
        keys = ("srocc", "krocc", "plcc", "plcc_raw", "rmse")
        return block | {key: None for key in keys} | {"reasons": dict.fromkeys(keys, "constant metric")}
    found = _coefficients(values, mapped, mos)
    spread = {
        f"{key}_ci95": _ends(value, n) if key != "rmse" else [0.9 * value, 1.1 * value] for key, value in found.items()
    }
    return block | found | (spread if intervals else dict.fromkeys(spread))


def _within(values, mapped, mos, labels, intervals):
    labels = np.asarray(labels)
    per_group = {}
    for group in sorted(set(labels)):
        inside = labels == group
        if np.ptp(values[inside]) > 0:
            per_group[str(group)] = {"n": int(inside.sum())} | _coefficients(
                values[inside], mapped[inside], mos[inside]
            )
    block = {"n": len(mos), "groups": len(per_group), "skipped": {}, "per_group": per_group, "reasons": {}}
    for key in ("srocc", "krocc", "plcc", "plcc_raw", "rmse"):
        known = [group[key] for group in per_group.values()]
        mean = float(np.mean(known)) if known else None
        ends = (
            None
            if mean is None or not intervals
            else _ends(mean, len(mos) / 4)
            if key != "rmse"
            else [0.9 * mean, 1.1 * mean]
        )
        block |= {key: mean, f"{key}_ci95": ends, f"{key}_unweighted": mean}
        if mean is None:
            block["reasons"][key] = "constant metric"
    block["skipped"] = {"src_999": "2 videos"}
    return block


def _record(name, values, mapped, mos, groups, intervals, protocol):
    higher = name not in LOWER
    oriented = values if higher else -values
    views = {"pooled": _view(oriented, mapped, mos, 105, intervals)}
    for key, labels in groups.items():
        views[key] = None if labels is None else _within(oriented, mapped, mos, labels, intervals)
    constant = np.ptp(values) == 0
    mapping = {
        "requested": "logistic4",
        "used": "logistic4",
        "parameters": {"b1": 4.8, "b2": 1.1, "b3": 48.2, "b4": -9.31},
    }
    mapping |= {"converged": True, "reason": None}
    if name == "frame_count":
        mapping |= {
            "used": "linear",
            "parameters": {"b1": 0.01, "b2": 2.9},
            "reason": "no start of the logistic converged",
        }
    if constant:
        mapping |= {"used": "none", "parameters": {}, "converged": False, "reason": "constant metric"}
    return {
        "n": len(mos),
        "higher_is_better": higher,
        "direction": "detected" if name in (*LOWER, "frame_count") else "given",
        "trained": None,
        "mapping": mapping,
        "views": views,
        "pairs": {"all": None if constant else _pairs(views["pooled"]["srocc"]), "within_input": None},
        "protocol": _protocol(views["pooled"]) if protocol and not constant else None,
    }


def _pairs(srocc):
    block = {"pairs": 666435, "different": 401233, "similar": 265202, "sampled": True}
    block["criterion"] = "MOS differ by more than the half widths of both 95 % intervals"
    places = {
        "accuracy": 0.5 + 0.35 * srocc,
        "cc0": 0.5 + 0.42 * srocc,
        "auc_different_similar": 0.5 + 0.2 * abs(srocc),
    }
    places["auc_better_worse"] = 0.5 + 0.45 * srocc
    for key, value in places.items():
        block |= {key: value, f"{key}_ci95": [value - 0.013, value + 0.013]}
    return block


def _protocol(block):
    found = {}
    for key in ("srocc", "plcc_raw", "plcc", "krocc", "rmse"):
        middle = block[key]
        quarters = {"q25": middle - 0.03, "q75": middle + 0.03}
        found[key] = {"median": middle, "mean": middle - 0.002, "std": 0.043, **quarters, "n_splits": 1000}
    return found


def _comparisons(metrics, raw, mos):
    names = list(raw)
    srocc = [metrics[name]["views"]["pooled"]["srocc"] for name in names]
    size = len(names)
    p = [[None] * size for _ in names]
    better = [[0] * size for _ in names]
    for i in range(size):
        for j in range(size):
            if srocc[i] is not None and srocc[j] is not None:
                gap = srocc[i] - srocc[j]
                p[i][j] = float(2 * stats.norm.sf(abs(gap) / 0.025))
                better[i][j] = 0 if i == j or p[i][j] > 0.05 / size else int(np.sign(gap))
    holm = [[None if value is None else min(1.0, value * size) for value in row] for row in p]
    tests = {
        "bootstrap_srocc": {
            "title": "Paired bootstrap of SROCC",
            "about": "Resamples whole sources; is the difference of SROCC zero? Assumes sources are a random sample.",
        },
        "meng": {
            "title": "Meng-Rosenthal-Rubin",
            "about": "Dependent correlations that share the MOS. Assumes independent videos, bivariate normal ranks.",
        },
        "f_residuals": {
            "title": "F-test on residuals",
            "about": "Compares the variances of residuals after mapping. Assumes normal, independent residuals.",
        },
    }
    tests = {key: test | {"statistic": p, "p": p, "p_holm": holm, "better": better} for key, test in tests.items()}
    return {"metrics": names, "alpha": 0.05, "primary": "bootstrap_srocc", "tests": tests}


def _data(table, origin, grouped, sources, methods):
    return {
        "table": table.name,
        "sha256": "ab" * 32,
        "n": len(table.mos),
        "n_sources": sources if grouped else None,
        "n_methods": len(methods) if grouped else None,
        "n_inputs": None,
        "mos_min": float(table.mos.min()),
        "mos_max": float(table.mos.max()),
        "score_origin": origin,
        "columns": {"mos": "mos", "source": "source_id" if grouped else None, "method": "method" if grouped else None},
        "notes": ["3 rows with missing values were dropped: v00012 (niqe), v00077 (mos), v00901 (dover)."],
    }


def _provenance():
    return {
        "schema_version": 1,
        "package": {"name": "ddsr-bench", "version": "0.1.0"},
        "git": {"commit": "0123456789abcdef", "dirty": False},
        "python": "CPython 3.11.2",
        "libraries": {"numpy": "2.4.0", "scipy": "1.17.0", "pandas": "3.1.0", "torch": None},
        "created_utc": "2025-01-01T00:00:00+00:00",
        "argv": ["ddsr-bench", "eval-qa", "--scores", "scores.csv", "--out", "report"],
        "seed": 0,
    }
