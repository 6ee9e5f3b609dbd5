"""Metrics with a model that the user fitted: ``niqe-fit:path/to/model.npz``, ``ilniqe-fit:path/to/model.npz``."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ddsr_bench.quality.metric import Metric, Scorer

FITTABLE = ("niqe", "ilniqe")
_MARK = "-fit:"


@dataclass(frozen=True)
class Fittable:
    """How a metric's model is fitted to sharp pictures, kept, and scored with.

    Attributes:
        metric: what it is called after and shares all facts with.
        fit: pictures (an iterable of uint8 (H, W, 3)) -> model.
        save: (path, model, source text) writes it.
        load: path -> model; raises DdsrError for another file.
        scorer: model -> scorer for one clip.
    """

    metric: Metric
    fit: Callable[..., Any]
    save: Callable[[Path, Any, str], None]
    load: Callable[[Path], Any]
    scorer: Callable[[Any], Scorer]


def fittable(name: str) -> Fittable:
    """Return one of ``FITTABLE``."""
    if name == "niqe":
        from ddsr_bench.quality.metrics import niqe, niqe_fit

        return Fittable(niqe_fit.METRIC, niqe_fit.fit_niqe, niqe_fit.save_model, niqe_fit.load_model, niqe.scorer)
    from ddsr_bench.quality import ilniqe_fit
    from ddsr_bench.quality.metrics import ilniqe

    return Fittable(
        ilniqe.METRIC, ilniqe_fit.fit_ilniqe, ilniqe_fit.save_template, ilniqe_fit.load_template, ilniqe.scorer
    )


def is_fitted(text: str) -> bool:
    """Whether ``text`` names a fitted model's file."""
    return text.partition(_MARK)[0] in FITTABLE and _MARK in text


def fitted_metric(text: str) -> Metric:
    """The metric's features and distance with the model in a file; called after the file: its values are its own.

    Raises:
        DdsrError: no such model.
    """
    name, _, file = text.partition(_MARK)
    path, kind = Path(file), fittable(name)
    model = kind.load(path)
    return replace(
        kind.metric,
        name=f"{name}-fit-{path.stem}",
        start=lambda: kind.scorer(model),
        parameters={"model_sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
    )
