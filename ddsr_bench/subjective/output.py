"""What a recovery leaves behind: scores, subjects, and where they come from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import SCHEMA_VERSION, write_json_atomic, write_text_atomic
from ddsr_bench.subjective.ratings import Ratings
from ddsr_bench.subjective.recovered import Recovered
from ddsr_bench.subjective.scale import show_scale
from ddsr_bench.subjective.sos import sos_alpha
from ddsr_bench.subjective.table import check_suffix, write_table

SCORE_COLUMNS = ("video_id", "mos", "mos_ci95", "mos_std", "n_ratings", "score_origin")


def score_table(ratings: Ratings, recovered: Recovered) -> Any:
    """Return a pandas DataFrame, a row per video: :data:`SCORE_COLUMNS`, then what the ratings say of the video."""
    import pandas

    data: dict[str, Any] = {
        "video_id": list(recovered.videos),
        "mos": recovered.mos,
        "mos_ci95": recovered.mos_ci95,
        "mos_std": recovered.mos_std,
        "n_ratings": recovered.n_ratings.astype(np.int32),
        "score_origin": [ratings.score_origin] * len(recovered.videos),
    }
    further = {name: list(values) for name, values in ratings.video_columns.items() if name not in data}
    return pandas.DataFrame({**data, **further})


def subject_table(recovered: Recovered) -> Any:
    """Return a pandas DataFrame, a row per subject: votes, bias and inconsistency with half widths, rejection."""
    import pandas

    return pandas.DataFrame(
        {
            "subject": list(recovered.subjects),
            "n_ratings": recovered.votes,
            "bias": recovered.bias,
            "bias_ci95": recovered.bias_ci95,
            "inconsistency": recovered.inconsistency,
            "inconsistency_ci95": recovered.inconsistency_ci95,
            "rejected": recovered.rejected,
            "reason": [recovered.reasons.get(i, "") for i in range(len(recovered.subjects))],
        }
    )


def summary(ratings: Ratings, recovered: Recovered) -> dict[str, Any]:
    """Return the facts of a recovery, plain JSON values; None where a number is undefined."""
    widths = recovered.mos_ci95[~np.isnan(recovered.mos_ci95)]
    return {
        "ratings": ratings.name,
        "model": recovered.model,
        "interval": recovered.interval,
        "score_origin": ratings.score_origin,
        "scale": show_scale(ratings.scale),
        "videos": len(ratings.videos),
        "subjects": len(ratings.subjects),
        "votes": len(ratings.rating),
        "missing": ratings.missing,
        "rejected": {
            ratings.subjects[i]: recovered.reasons.get(int(i), "") for i in np.flatnonzero(recovered.rejected)
        },
        "sos_alpha": _finite(sos_alpha(ratings)),
        "mean_ci95": _finite(float(widths.mean())) if len(widths) else None,
        "undefined": {ratings.videos[j]: reason for j, reason in recovered.undefined.items()},
        "notes": [*ratings.notes, *recovered.notes],
    }


def output_paths(out: Path) -> dict[str, Path]:
    """Return the files beside ``scores.parquet``: ``scores.subjects.csv`` and ``scores.json``.

    Where the scores themselves go to ``scores.json``, the record goes to ``scores.provenance.json``.

    Raises:
        DdsrError: unknown suffix.
    """
    record = ".provenance.json" if check_suffix(out) == ".json" else ".json"
    return {"scores": out, "subjects": out.with_suffix(".subjects.csv"), "record": out.with_suffix(record)}


def write_recovery(out: Path, ratings: Ratings, recovered: Recovered, provenance: Mapping[str, Any]) -> None:
    """Write the three files of :func:`output_paths`, each whole or not at all; the folder is made.

    Raises:
        DdsrError: unknown suffix, or a file cannot be written.
    """
    paths = output_paths(out)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DdsrError(f"{out.parent}: cannot be made ({error.strerror or error}); choose another --out") from error
    write_text_atomic(paths["subjects"], subject_table(recovered).to_csv(index=False))
    write_table(out, score_table(ratings, recovered))
    facts = summary(ratings, recovered)
    write_json_atomic(paths["record"], {"schema_version": SCHEMA_VERSION, **facts, "provenance": dict(provenance)})


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
