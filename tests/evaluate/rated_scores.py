"""A small rated set with real structure, made here: sources, methods, several metrics."""

import numpy as np

from ddsr_bench.evaluate.records import ScoreTable


def rated(sources=12, methods=5, seed=0, ties=False, features=False, **columns):
    """A ScoreTable of sources x methods videos; metric ``good`` follows people, ``lower`` inversely, ``noise`` not."""
    rng = np.random.default_rng(seed)
    source, method = np.repeat(np.arange(sources), methods), np.tile(np.arange(methods), sources)
    mos = 3 + 0.5 * rng.normal(size=sources)[source] + np.linspace(-0.8, 0.8, methods)[method]
    mos = np.clip(mos + 0.3 * rng.normal(size=len(source)), 1, 5)
    metrics = {
        "good": np.tanh(mos - 3) + 0.2 * rng.normal(size=len(mos)),
        "lower": 40 - 5 * mos + 3 * rng.normal(size=len(mos)),
        "noise": rng.normal(size=len(mos)),
    }
    if ties:
        mos = np.round(mos * 4) / 4
        metrics = {name: np.round(values, 1) for name, values in metrics.items()}
    extra = {"mine": np.stack([mos + rng.normal(size=len(mos)) for _ in range(3)], 1)} if features else {}
    return ScoreTable(
        name="scores.csv",
        video_ids=tuple(f"v{i:03d}" for i in range(len(mos))),
        mos=mos,
        metrics=metrics,
        features=extra,
        sources=tuple(f"s{i:02d}" for i in source),
        methods=tuple(f"m{i}" for i in method),
        **columns,
    )
