"""What ``metrics list``, ``show``, ``fetch`` and ``fit`` do."""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ddsr_bench.cli.tables import columns
from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.catalogue import choose_metrics, get_metric, metric_names
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.models import PARAMETERS, adopt, stored

_WAYS = {True: "higher", False: "lower", None: "unknown"}


def listing(pattern: str) -> str:
    """A line for each metric whose name matches: reference kind, direction, whether it can run, and what it is.

    Raises:
        DdsrError: none matches.
    """
    names = metric_names(pattern)
    if not names:
        install = "; metrics of pyiqa need: pip install 'ddsr-bench[pyiqa]'" if pattern.startswith("pyiqa:") else ""
        raise DdsrError(f"metric {pattern!r}: matches none of {len(metric_names())}{install}")
    rows = [["metric", "kind", "better", "state", "what it is"]]
    return columns([*rows, *(_row(name, get_metric(name)) for name in names)])


def _row(name: str, metric: Metric) -> list[str]:
    many = f" ({len(metric.columns)} values)" if metric.columns else ""
    better = "-" if len(metric.columns) > 1 else _WAYS[metric.higher_is_better]
    return [name, metric.reference, better, _state(name, metric), _title(metric) + many]


def _state(name: str, metric: Metric) -> str:
    """Whether it can run at once; pyiqa's are not asked, since they would download."""
    return "-" if name.startswith("pyiqa:") else "needs files" if _missing(metric) else "ready"


def _missing(metric: Metric) -> str:
    """Why it cannot start; empty if it can."""
    try:
        metric.start()
    except DdsrError as error:
        return str(error)
    return ""


def _title(metric: Metric) -> str:
    """The first sentence of its module, without what is behind a colon or its authors."""
    text = " ".join(_definition(metric).split("\n\n")[0].split())
    return text if len(text) <= 78 else text[:75].rstrip() + "..."


def _definition(metric: Metric) -> str:
    """The docstring of the module that makes its scorer."""
    module = sys.modules.get(getattr(metric.start, "__module__", ""))
    return inspect.cleandoc((module.__doc__ if module else None) or "")


def description(name: str) -> str:
    """Everything known of a metric, for people.

    Raises:
        DdsrError: an unknown name.
    """
    metric = get_metric(name)
    facts = [(key, value) for key, value in [*_own_facts(metric), *_card_facts(metric)] if value]
    lines = [metric.name, *(f"  {key:11s}{value}" for key, value in facts)]
    return "\n".join([*lines, "", _definition(metric)]).rstrip()


def _own_facts(metric: Metric) -> list[tuple[str, str]]:
    height, width = metric.smallest
    values = f"{len(metric.columns)}: {', '.join(metric.columns)}" if metric.columns else ""
    kind = {"FR": "full (needs --reference)", "NR": "none needed"}[metric.reference]
    state = "not asked" if metric.name.startswith("pyiqa:") else _missing(metric) or "ready"
    return [
        ("reference", kind),
        ("better", _WAYS[metric.higher_is_better]),
        ("smallest", f"{width}x{height}"),
        ("values", values),
        ("pooling", metric.pooling),
        ("version", metric.version),
        ("state", state),
    ]


def _card_facts(metric: Metric) -> list[tuple[str, str]]:
    from ddsr_bench.evaluate.cards import load_cards

    card = load_cards().get(metric.name)
    if card is None:
        return []
    return [
        ("title", f"{card.title} ({card.year})"),
        ("reads", card.plane or ""),
        ("range", f"{card.range[0]:g} to {card.range[1]:g}" if card.range else ""),
        ("source", card.source),
        ("trained on", ", ".join(card.trained_on) if card.trained_on is not None else "")
        if card.trained_on
        else ("", ""),
        ("note", card.note),
    ]


def simulated_notes(metrics: Iterable[Metric]) -> list[str]:
    """A line for each of the metrics that learnt from simulated scores, as its card says."""
    from ddsr_bench.evaluate.cards import load_cards

    cards = [card for metric in metrics if (card := load_cards().get(metric.name)) and card.simulated]
    return [f"Note: {card.name}: {card.note}" for card in cards]


def fetch(name: str, folder: Path | None, *, trust: bool = False) -> str:
    """Bring a metric's files into the store; returns a line on each.

    Args:
        name: of the metric.
        folder: which has the files; None gets them from the web.
        trust: take files of which no hash is published.

    Raises:
        DdsrError: unknown metric, or a file cannot be had.
    """
    get_metric(name)
    if name not in PARAMETERS:
        return f"{name}: needs no files"
    if folder is not None:
        paths = adopt(folder, name, trust=trust)
    else:
        from ddsr_bench.weights import fetch as fetch_file

        paths = [fetch_file(spec, trust=trust) for spec in PARAMETERS[name]]
    _try_unknown(name)
    return "\n".join(f"{name}: {path}" for path in paths)


def _try_unknown(name: str) -> None:
    """Start a metric with files that no published hash vouches for; they do not stay if it cannot.

    Raises:
        DdsrError: they are not what they should be.
    """
    from ddsr_bench.weights import remove

    unknown = [spec for spec in PARAMETERS[name] if not spec.sha256]
    try:
        if unknown:
            get_metric(name).start()
    except DdsrError:
        for spec in unknown:
            remove(spec)
        raise


def adopt_all(metrics: Iterable[str], folder: Path) -> None:
    """Take the files of these metrics from a folder, where the store has not got them.

    Raises:
        DdsrError: a file is in neither place, or is another than it should be.
    """
    for name in metrics:
        for spec in PARAMETERS.get(name, ()):
            try:
                stored(spec, name)
            except DdsrError:
                adopt(folder, name)


def prepared(texts: Iterable[str], *, with_reference: bool, weights_dir: Path | None) -> dict[str, Metric]:
    """The metrics asked for, with their files in place.

    Raises:
        DdsrError: an unknown one, a full-reference one without a reference, or a wrong file in ``weights_dir``.
    """
    metrics = choose_metrics(list(texts), with_reference=with_reference)
    full = [metric.name for metric in metrics.values() if metric.reference == "FR"]
    if full and not with_reference:
        raise DdsrError(f"metric {full[0]!r}: compares with the sharp clip; give it with --reference")
    if weights_dir is not None:
        adopt_all((metric.name for metric in metrics.values()), weights_dir)
    return metrics


def fit(name: str, folder: Path, out: Path, *, overwrite: bool) -> str:
    """Fit a model to the pictures of a folder; returns what was done.

    Raises:
        DdsrError: no or too few pictures, one that cannot be read, or ``out`` stands already.
    """
    from ddsr_bench.quality.fitted import fittable
    from ddsr_bench.video.folder import list_images, load_image, to_rgb8

    if out.suffix != ".npz":
        raise DdsrError(f"{out}: a model is written as .npz; give --out {out.stem or 'model'}.npz")
    if out.exists() and not overwrite:
        raise DdsrError(f"{out}: is there already; choose another --out, or add --overwrite")
    images = list_images(folder)
    kind = fittable(name)
    model = kind.fit(to_rgb8(load_image(path)) for path in images)
    part: Any = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        kind.save(part, model, f"{len(images)} pictures, fitted by ddsr-bench metrics fit {name}")
        os.replace(part, out)
    except OSError as error:
        raise DdsrError(f"{out}: cannot write ({error.strerror or error}); check the folder and free space") from error
    finally:
        part.unlink(missing_ok=True)
    return f"{out}: fitted to {len(images)} pictures; score with --metrics {name}-fit:{out}"
