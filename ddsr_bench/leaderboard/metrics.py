"""The metrics of a run by track, and what is known of each."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.evaluate.cards import MetricCard, find_card
from ddsr_bench.quality.catalogue import choose_metrics, get_metric, metric_names
from ddsr_bench.quality.metric import Metric

TRACKS = ("paired", "real-world", "human", "cost")
#: Of motion and flicker; they judge what is made of the paired clips too, whether or not they look at the sharp one.
TEMPORAL = ("flicker", "ewarp", "tof")
#: Taken unless told otherwise, each needs no download; the first of each kind leads its track.
FULL_REFERENCE = ("psnr-y", "ssim", "ms-ssim", "gmsd", "vif")
NO_REFERENCE = ("niqe-fit", "piqe")
#: Taken as well where what they need is there; where it is not, the page says how to bring it.
WHERE_READY = ("srq-fr", "rw-vsr-qa", "niqe", "brisque")
#: Leads its track where it takes part. Not srq-fr on pairs: its order of methods it was not fitted on is not assured.
LEADING = {"paired": ("psnr-y",), "real-world": ("rw-vsr-qa", "niqe-fit")}


@dataclass(frozen=True)
class Chosen:
    """The metrics of a run.

    Attributes:
        metrics: by what was written for them.
        reasons: by metric's name why it cannot run.
        left_out: of the usual ones those that are not ready, with the reason.
    """

    metrics: Mapping[str, Metric]
    reasons: Mapping[str, str]
    left_out: Mapping[str, str]

    def on(self, track: str) -> list[Metric]:
        """The metrics of a track, the leading one first."""
        chosen = [metric for metric in self.metrics.values() if _fits(metric, track)]
        lead = next((name for name in LEADING.get(track, ()) if name in {one.name for one in chosen}), None)
        return sorted(chosen, key=lambda metric: metric.name != lead)


def choose(texts: Sequence[str] | None, tracks: Sequence[str]) -> Chosen:
    """The metrics asked for, or the usual ones, that belong to a track.

    Raises:
        DdsrError: an unknown one, or one of several values or of unknown direction.
    """
    usual = texts is None
    wanted = [*FULL_REFERENCE, *TEMPORAL, *NO_REFERENCE] if texts is None else list(texts)
    metrics = choose_metrics(wanted, with_reference=True)
    left_out: dict[str, str] = {}
    for name in WHERE_READY if usual else ():
        _add_where_ready(name, metrics, left_out)
    for text, metric in metrics.items():
        _one_value(text, metric)
    metrics = {text: metric for text, metric in metrics.items() if any(_fits(metric, track) for track in tracks)}
    reasons = {metric.name: reason for metric in metrics.values() if (reason := why_not(metric))}
    return Chosen(metrics, reasons, left_out)


def why_not(metric: Metric) -> str | None:
    """Why a metric cannot start, or None."""
    try:
        metric.start()
    except DdsrError as error:
        return str(error)
    return None


def _add_where_ready(name: str, metrics: dict[str, Metric], left_out: dict[str, str]) -> None:
    if name not in metric_names():
        return
    metric = get_metric(name)
    reason = why_not(metric)
    if reason is None:
        metrics[name] = metric
    else:
        left_out[name] = reason.partition(", or name")[0]


def _fits(metric: Metric, track: str) -> bool:
    if track == "paired":
        return metric.reference == "FR" or metric.name in TEMPORAL
    return track == "real-world" and metric.reference == "NR"


def _one_value(text: str, metric: Metric) -> None:
    if len(metric.columns) > 1:
        raise DdsrError(f"--metrics {text}: gives {len(metric.columns)} values a frame; name metrics of one value")
    if metric.higher_is_better is None:
        raise DdsrError(f"--metrics {text}: does not say which way it points; give it higher_is_better")


def facts(metric: Metric) -> dict[str, Any]:
    """What the page tells of a metric."""
    card = find_card(metric.name)
    ends = card.range if card is not None else None
    return {
        "title": _title(metric.name, card),
        "reference": metric.reference,
        "higher_is_better": bool(metric.higher_is_better),
        "range": None if ends is None else [end if math.isfinite(end) else None for end in ends],
        "unit": "dB" if metric.name.startswith("psnr") else "",
        "plane": _PLANES.get(metric.name) or (card.plane if card is not None else None) or "",
        "source": card.source if card is not None else "",
        "note": card.note if card is not None else "",
        "version": metric.version,
    }


def _title(name: str, card: MetricCard | None) -> str:
    """The card's title; a variant of its metric says which."""
    if card is None:
        return name
    variant = name.removeprefix(card.name).strip("-")
    return f"{card.title} ({variant.upper() if len(variant) == 1 else variant})" if variant else card.title


_PLANES = {"psnr-y": "Y of BT.601, 16..235", "psnr": "RGB"}
