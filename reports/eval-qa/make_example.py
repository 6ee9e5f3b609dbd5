"""Makes the example picture of the README from a simulated study (said in the picture).

    python reports/eval-qa/make_example.py [--out reports/eval-qa]

105 sources x 11 methods. Metric A follows the panel, B knows sources but no methods, C knows methods but no sources,
D is weak, E is chance. Pooled, B beats C; within a source, where only the method differs, C is better by far.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd


def study(seed: int = 0) -> pd.DataFrame:
    """A row per video."""
    rng = np.random.default_rng(seed)
    source, method = np.repeat(np.arange(105), 11), np.tile(np.arange(11), 105)
    of_source, of_method = 0.5 * rng.normal(size=105)[source], 0.45 * rng.normal(size=11)[method]
    rest = 0.35 * rng.normal(size=len(source))
    mos = np.clip(3 + of_source + of_method + rest, 1, 5)

    def metric(sources: float, methods: float, noise: float) -> np.ndarray:
        own = 0.2 * rng.normal(size=105)[source]
        seen = sources * of_source + methods * of_method + rest * (sources + methods) / 2
        return np.tanh(0.6 * (seen + own + noise * rng.normal(size=len(source))))

    return pd.DataFrame(
        {
            "video_id": [f"s{s:03d}_m{m:02d}" for s, m in zip(source, method, strict=True)],
            "source_id": source,
            "method": [f"method {m:02d}" for m in method],
            "mos": mos,
            "mos_ci95": 0.3,
            "score_origin": "simulated",
            "metric A": metric(1, 1, 0.2),
            "metric B": metric(1.4, 0.0, 0.05),
            "metric C": metric(0.0, 1.4, 0.05),
            "metric D": metric(1, 1, 1.5),
            "metric E": metric(0, 0, 1.0),
        }
    )


def main() -> None:
    """Run eval-qa on the study and keep one figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    out = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "study.csv"
        study().to_csv(table, index=False)
        command = [sys.executable, "-m", "ddsr_bench", "eval-qa", "--scores", str(table), "--out", f"{folder}/report"]
        subprocess.run(command, check=True)
        shutil.copy(Path(folder) / "report" / "figures" / "forest.png", out / "example.png")


if __name__ == "__main__":
    main()
