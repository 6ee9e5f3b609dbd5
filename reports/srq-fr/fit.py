"""Fit srq-fr to the public study, validate it, write its coefficients, the table and the figure.

    python reports/srq-fr/fit.py

Reads data/predictions/sr_video_222_libvmaf_features_mos.csv below $DDSR_BENCH_SHARED (default ../shared), and
ladders.csv beside this file (made by ladders.py): blur, noise and coding of growing strength, for which a model fitted
to a few upscalers alone goes wrong (it calls noise an improvement). Writes ddsr_bench/quality/srq_fr.json, and
results.csv, steps.csv and scatter.png beside this file.
"""

import itertools
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.stats import spearmanr

from ddsr_bench.quality.srq_fr import FEATURES, MOTION, Model, missing_parts

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RIDGE = 0.03
LADDERS = 3.0  # weight of a ladder's step that leads the wrong way
MARGIN = 0.05  # by which each step must lead down, before the logistic curve
PERFECT = 4.23  # mean opinion of the six sources, rounded


def read():
    """The study's rows."""
    shared = Path(os.environ.get("DDSR_BENCH_SHARED", ROOT.parent / "shared"))
    return pd.read_csv(shared / "data" / "predictions" / "sr_video_222_libvmaf_features_mos.csv")


def ranges(data):
    """A model without weights: how far the features go in the study."""
    most = np.clip(1 - data[list(FEATURES)].to_numpy(), 0, None).max(axis=0).round(4)
    motion = (round(float(data[MOTION].min()), 3), round(float(data[MOTION].max()), 3))
    return Model(np.zeros(len(FEATURES) + 1), most, motion, PERFECT)


def fit(parts, mos, steps, ridge=RIDGE, ladders=LADDERS):
    """Weights by least squares through the logistic curve, a ridge on weights of standardised parts, and ladders.

    ``steps`` are the changes of the parts from each rung of a ladder to the next, the first from the perfect copy; a
    step whose weighted sum stays below the margin costs the square of what is missing.
    """
    size = np.sqrt((parts**2).mean(axis=0)) + 1e-9
    start = np.log((PERFECT - 1) / (5 - PERFECT))
    down = steps / size

    def loss(weights):
        chance = 1 / (1 + np.exp((parts / size) @ weights - start))
        error = 1 + 4 * chance - mos
        slope = -4 * error * chance * (1 - chance)
        short = np.maximum(MARGIN - down @ weights, 0)
        value = 0.5 * (error**2).sum() + 0.5 * ridge * (weights**2).sum() + 0.5 * ladders * (short**2).sum()
        return value, (parts / size).T @ slope + ridge * weights - ladders * down.T @ short

    found = minimize(loss, np.full(parts.shape[1], 0.1), jac=True, method="L-BFGS-B")
    return found.x / size


def predict(parts, weights):
    """Scores in (1, 5)."""
    return 1 + 4 / (1 + np.exp(parts @ weights - np.log((PERFECT - 1) / (5 - PERFECT))))


def held_out(data, parts, steps, ridge, ladders, by):
    """Predictions of each row by a model that saw neither its source nor its method, as ``by`` says."""
    result = np.full(len(data), np.nan)
    keys = list(zip(*(data[name] for name in by), strict=True))
    for key in dict.fromkeys(keys):
        tested = np.array([one == key for one in keys])
        unseen = np.logical_or.reduce([data[name].to_numpy() == value for name, value in zip(by, key, strict=True)])
        result[tested] = predict(
            parts[tested], fit(parts[~unseen], data["mos"].to_numpy()[~unseen], steps, ridge, ladders)
        )
    return result


def figures(data, predicted):
    """Pooled SROCC, mean SROCC within sources, accuracy on clear pairs of one input, number of pairs."""
    rated = data["method"] != "source"
    data, predicted = data[rated].reset_index(drop=True), predicted[rated.to_numpy()]
    mos, ci = data["mos"].to_numpy(), data["mos_ci95"].to_numpy()
    within = [spearmanr(predicted[rows], mos[rows]).statistic for rows in data.groupby("source_id").indices.values()]
    right = []
    for rows in data.groupby("lr_id").indices.values():
        for a, b in itertools.combinations(rows, 2):
            if abs(mos[a] - mos[b]) > np.hypot(ci[a], ci[b]):
                right.append((predicted[a] - predicted[b]) * (mos[a] - mos[b]) > 0)
    return spearmanr(predicted, mos).statistic, float(np.mean(within)), float(np.mean(right)), len(right)


def parts_of(table, model, extra=()):
    """The parts that weights are put on, of any table with the features' columns."""
    base = missing_parts(table[list(FEATURES)].to_numpy(), table[MOTION].to_numpy(), model)
    motion = np.clip(table[MOTION].to_numpy(), *model.motion)[:, None]
    kinds = {
        "psnr": lambda: ((45 - table["psnr_hvs"].clip(upper=45)) / 25).to_numpy()[:, None],
        "motion x VIF 3": lambda: base[:, 3:4] * motion,
        "motion x SSIM": lambda: base[:, 8:9] * motion,
    }
    return np.column_stack([base, *(kinds[name]() for name in extra)])


def ladder_steps(ladders, parts):
    """Changes of parts along each ladder, and of each rung from the perfect copy, whose parts are all nought."""
    order = ladders.sort_values(["clip", "kind", "level"], kind="stable")
    rows = order.index.to_numpy()
    same = (order["clip"].to_numpy()[1:] == order["clip"].to_numpy()[:-1]) & (
        order["kind"].to_numpy()[1:] == order["kind"].to_numpy()[:-1]
    )
    return np.vstack([parts, (parts[rows[1:]] - parts[rows[:-1]])[same]])


# What was tried: which parts (columns of parts_of), ridge, weight of the ladders.
ALL = list(range(11))
TRIED = {
    "VIF, ADM, SSIM, motion x VIF 0": (ALL, ()),
    "VIF, ADM, motion x VIF 0": ([*range(8), 10], ()),
    "VIF, ADM, SSIM": (list(range(10)), ()),
    "VIF, ADM, SSIM, PSNR-HVS, motion x VIF 0": ([*ALL, 11], ("psnr",)),
    "VIF, ADM, SSIM, motion x VIF 0, VIF 3, SSIM": ([*ALL, 11, 12], ("motion x VIF 3", "motion x SSIM")),
}


def table(data, ladders):
    """Validation of every candidate, ridge and weight of the ladders."""
    rows = []
    model = ranges(data)
    ways = {"source": ["source_id"], "method": ["method"], "source and method": ["source_id", "method"]}
    for name, (columns, extra) in TRIED.items():
        parts = parts_of(data, model, extra)[:, columns]
        rungs = parts_of(ladders, model, extra)[:, columns]
        steps = ladder_steps(ladders, rungs)
        for ridge, weight in itertools.product((0.01, 0.03, 0.1), (0.0, 3.0, 10.0)):
            weights = fit(parts, data["mos"].to_numpy(), steps, ridge, weight)
            wrong = float((predict(rungs, weights) > PERFECT).mean())
            for way, by in ways.items():
                found = figures(data, held_out(data, parts, steps, ridge, weight, by))
                rows.append((name, len(columns), ridge, weight, way, *found, wrong))
    names = ["parts", "weights", "ridge", "ladders", "left out", "pooled SROCC", "within-source SROCC", "clear pairs"]
    return pd.DataFrame(rows, columns=[*names, "pairs", "rungs above perfect"]).round(4)


def draw(data, predicted):
    """Opinion against held-out prediction."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5.2, 4.8))
    for method, rows in data.groupby("method").indices.items():
        mark = "*" if method == "source" else "o"
        axes.plot(predicted[rows], data["mos"].to_numpy()[rows], mark, ms=9 if mark == "*" else 4, label=method)
    axes.plot([1, 5], [1, 5], lw=0.8, color="grey")
    axes.set(xlim=(1, 5), ylim=(1, 5), xlabel="srq-fr, its source left out of the fit", ylabel="MOS (28 people)")
    axes.legend(fontsize=7, loc="upper left")
    figure.tight_layout()
    figure.savefig(HERE / "scatter.png", dpi=150)


def main():
    """Validate, fit to everything, write."""
    data, ladders = read(), pd.read_csv(HERE / "ladders.csv")
    results = table(data, ladders)
    results.to_csv(HERE / "results.csv", index=False)
    model = ranges(data)
    parts, rungs = parts_of(data, model), parts_of(ladders, model)
    steps = ladder_steps(ladders, rungs)
    weights = fit(parts, data["mos"].to_numpy(), steps)
    content = {
        "features": [*FEATURES, f"{MOTION} x {FEATURES[0]}"],
        "weights": [round(float(one), 5) for one in weights],
        "most_missing": model.most.tolist(),
        "motion_range": list(model.motion),
        "perfect": PERFECT,
    }
    target = ROOT / "ddsr_bench" / "quality" / "srq_fr.json"
    target.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    scored = ladders.assign(score=predict(rungs, weights)).groupby(["kind", "level"])["score"]
    scored.agg(["mean", "min", "max"]).round(2).reset_index().to_csv(HERE / "steps.csv", index=False)
    draw(data, held_out(data, parts, steps, RIDGE, LADDERS, ["source_id"]))
    shipped = results[(results["parts"] == next(iter(TRIED))) & (results["ridge"] == RIDGE)]
    print(shipped[shipped["ladders"] == LADDERS].to_string(index=False))
    print(content["weights"])


if __name__ == "__main__":
    main()
