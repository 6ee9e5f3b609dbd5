"""What the statistics of ``eval-qa`` cost beside the plain loop over SciPy.

The work: 20 metrics x 1155 videos (105 sources x 11 methods); SROCC, KROCC, PLCC raw and after a 4-parameter logistic
fitted anew each time, and RMSE, on the test part of 1000 source-disjoint splits, and on 2000 bootstrap resamples of
sources for confidence intervals. The loop does one split or resample after another with ``scipy.stats`` and
``curve_fit``; it would take minutes, so it runs a slice spread over all metrics (every 50th split and every 100th
resample of every metric) and is scaled by the number of pieces. Its pieces cost alike, so the slice is fair. Ours runs
all of it. Both sides run in turn, in one process; the last lines compare their values.

``eval-qa`` as a whole does more: three views inside groups with intervals, pairs, and tests between metrics; it is
timed too.
"""

import argparse
import resource
import statistics
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import threadpoolctl
from scipy.optimize import OptimizeWarning, curve_fit
from scipy.stats import kendalltau, pearsonr, spearmanr

from ddsr_bench.evaluate.context import make_context
from ddsr_bench.evaluate.intervals import interval
from ddsr_bench.evaluate.mapping import fit_mapping
from ddsr_bench.evaluate.protocol import parse_protocol
from ddsr_bench.evaluate.protocol_run import SplitScores
from ddsr_bench.evaluate.records import ScoreTable
from ddsr_bench.evaluate.run import evaluate
from ddsr_bench.evaluate.settings import Settings

SOURCES, METHODS, METRICS, SPLITS, RESAMPLES = 105, 11, 20, 1000, 2000
EVERY_SPLIT, EVERY_RESAMPLE = 50, 100
NAMES = ("srocc", "krocc", "plcc_raw", "plcc", "rmse")


def table():
    """A set of the seed work's shape, with metrics from useless to good."""
    rng = np.random.default_rng(0)
    source, method = np.repeat(np.arange(SOURCES), METHODS), np.tile(np.arange(METHODS), SOURCES)
    n = len(source)
    mos = 3 + 0.5 * rng.normal(size=SOURCES)[source] + 0.4 * rng.normal(size=METHODS)[method] + 0.3 * rng.normal(size=n)
    metrics = {}
    for index in range(METRICS):
        seen = mos - 3 + 0.3 * rng.normal(size=SOURCES)[source]
        metrics[f"metric{index:02d}"] = np.tanh(rng.uniform(0.3, 2) * seen) + rng.uniform(0.1, 1.5) * rng.normal(size=n)
    names = tuple(f"v{i}" for i in range(n))
    sources, methods = tuple(f"s{i}" for i in source), tuple(f"m{i}" for i in method)
    return ScoreTable("bench", names, mos, metrics, sources=sources, methods=methods)


def logistic(x, b1, b2, b3, b4):
    """The 4-parameter form, as the literature writes it."""
    return b2 + (b1 - b2) / (1 + np.exp(-(x - b3) / np.abs(b4)))


def plain(x, y):
    """One piece of the loop's work."""
    start = [y.max(), y.min(), x.mean(), x.std()]
    try:
        mapped = logistic(x, *curve_fit(logistic, x, y, p0=start, maxfev=10_000)[0])
    except RuntimeError:
        mapped = np.polyval(np.polyfit(x, y, 1), x)
    return (
        spearmanr(x, y).statistic,
        kendalltau(x, y).statistic,
        pearsonr(x, y).statistic,
        pearsonr(mapped, y).statistic,
        np.sqrt(np.mean((mapped - y) ** 2)),
    )


def loop(scores, context):
    """The slice; returns seconds of the whole, scaled, and the slice's values."""
    codes = np.empty(len(scores.mos), int)
    codes[context.clusters.order] = context.clusters.codes
    tests = [split.test for split in context.splits[::EVERY_SPLIT]]
    draws = [np.repeat(np.arange(len(codes)), row[codes].astype(int)) for row in context.counts[::EVERY_RESAMPLE]]
    spent, found = [], []
    for rows, every in ((tests, EVERY_SPLIT), (draws, EVERY_RESAMPLE)):
        begin = time.perf_counter()
        found.append(np.array([[plain(x[i], scores.mos[i]) for i in rows] for x in scores.metrics.values()]))
        spent.append((time.perf_counter() - begin) * every)
    return sum(spent), found


def ours(scores, settings):
    """The same work in full; returns seconds and the values of the slice."""
    begin = time.perf_counter()
    with threadpoolctl.threadpool_limits(1):
        context = make_context(scores, settings)
        splits = SplitScores(context)
        context.sampler.share()
        splits.share()

        def work(x):
            draws = context.sampler.pooled(x, fit_mapping(x, scores.mos), 1.0).values
            for name in NAMES:
                scale = "error" if name == "rmse" else "correlation"
                interval(float(draws[name].mean()), draws[name], context.clusters.count, scale=scale)
            return splits.fixed(x, 1.0), draws

        with ThreadPoolExecutor(settings.workers) as pool:
            parts = list(pool.map(work, scores.metrics.values()))
    spent = time.perf_counter() - begin
    folds = np.array([np.stack([part[0][name][::EVERY_SPLIT] for name in NAMES], 1) for part in parts])
    draws = np.array([np.stack([part[1][name][::EVERY_RESAMPLE] for name in NAMES], 1) for part in parts])
    return spent, [folds, draws]


def main():
    """Print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    warnings.simplefilter("ignore", OptimizeWarning)
    warnings.simplefilter("ignore", RuntimeWarning)
    scores, settings = table(), Settings(protocol=parse_protocol(f"random:{SPLITS}"), resamples=RESAMPLES, workers=2)
    context = make_context(scores, settings)
    times = {"loop": [], "ours": [], "eval-qa": []}
    for _ in range(rounds):
        spent, expected = loop(scores, context)
        times["loop"].append(spent)
        spent, found = ours(scores, settings)
        times["ours"].append(spent)
        begin = time.perf_counter()
        evaluate(scores, settings)
        times["eval-qa"].append(time.perf_counter() - begin)
    for name, values in times.items():
        shown = ", ".join(f"{value:.1f}" for value in values)
        print(f"{name:8s} {statistics.median(values):7.1f} s (median of {rounds}: {shown})")
    for name in ("ours", "eval-qa"):
        ratios = [a / b for a, b in zip(times["loop"], times[name], strict=True)]
        print(f"loop / {name}: {statistics.median(ratios):.0f}x ({', '.join(f'{r:.0f}' for r in ratios)})")
    print(f"peak memory of the process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    for what, a, b in zip(("splits", "resamples"), found, expected, strict=True):
        gaps = np.abs(a - b).max((0, 1))
        print(f"largest difference on {what}: " + ", ".join(f"{n} {g:.1e}" for n, g in zip(NAMES, gaps, strict=True)))


if __name__ == "__main__":
    main()
