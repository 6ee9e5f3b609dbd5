"""How far the open set goes beyond the study behind srq-fr, and what its simulated quality hangs on.

    ddsr-bench dataset rate BUILT
    python reports/srq-fr/open_set.py BUILT

Prints, for each feature, the share of videos that lack more of it than any video of the study (more counts as that),
and its rank correlation with srq-fr over the set and, on average, within an LR clip.
"""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import ConstantInputWarning, spearmanr

from ddsr_bench.data.rate_measure import MEASURES, penalty
from ddsr_bench.quality.srq_fr import FEATURES, MOTION, load_model, score


def read(built):
    """Measures as numbers, with the method and the LR clip of each video."""
    measures = pd.read_parquet(built / "measures.parquet").astype(dict.fromkeys(MEASURES, float))
    tables = pd.concat([pd.read_parquet(built / f"{split}.parquet") for split in ("train", "test")])
    return measures.merge(tables[["video_id", "lr_id", "method"]], on="video_id", validate="one_to_one")


def main(built):
    """Print the table."""
    data, model = read(Path(built)), load_model()
    data["score"] = score(data[list(FEATURES)].to_numpy(), data[MOTION].to_numpy())
    beyond = dict(zip(FEATURES, ((1 - data[list(FEATURES)].to_numpy()) > model.most).mean(axis=0), strict=True))
    warnings.simplefilter("ignore", ConstantInputWarning)
    print(f"{'feature':16s} beyond  pooled  within an LR clip")
    for name in MEASURES:
        within = [spearmanr(rows[name], rows["score"]).statistic for _, rows in data.groupby("lr_id")]
        pooled = spearmanr(data[name], data["score"]).statistic
        inside = f"{np.nanmean(within):7.2f}" if np.isfinite(within).any() else "   same"
        print(f"{name:16s} {beyond.get(name, 0):6.2f} {pooled:7.2f} {inside}")
    off = np.array([penalty(value) for value in data["flicker"]])
    for name, values in (("srq-fr", data["score"].to_numpy()), ("flicker's penalty", off)):
        places = np.quantile(values, (0.01, 0.25, 0.5, 0.75, 0.99))
        print(f"{name}: deviation {values.std():.2f}, quantiles 1 25 50 75 99 % {places.round(2)}")


if __name__ == "__main__":
    main(sys.argv[1])
