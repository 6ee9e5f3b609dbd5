"""What ``metrics explain`` does once its options are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli import _outfolder
from ddsr_bench.cli._metrics import adopt_all, simulated_notes
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import write_bytes_atomic
from ddsr_bench.provenance import collect, write_json_atomic
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.explain import Explanation, Moment, explain
from ddsr_bench.quality.rw_vsr_qa.places import Places
from ddsr_bench.quality.trained import TRAINABLE

EXPLAIN_VERSION = 1
_FILES = ("explain.json", "explain.pdf", "explain.png")


def run(
    *, clip: Path, metric: str, out: Path | None, weights: Path | None, weights_dir: Path | None, overwrite: bool
) -> None:
    """Explain, draw, write, print.

    Raises:
        DdsrError: ``--weights`` for a metric that takes none, an ``--out`` in the way, or as :func:`explain`.
    """
    from ddsr_bench.cli._metrics_explain_figure import draw

    text = _with_weights(metric, weights)
    if weights_dir is not None:
        adopt_all([get_metric(text).name], weights_dir)
    if not clip.exists():
        raise DdsrError(f"{clip}: no such file or folder; give a video")
    out = out or Path(f"{clip.stem}-explained")
    if out.exists():
        _outfolder.prepare(out, ours=_FILES, overwrite=overwrite)
    found = explain(clip, text)
    drawn = draw(found)
    _outfolder.prepare(out, ours=_FILES, overwrite=overwrite)
    write_bytes_atomic(out / "explain.pdf", drawn.pdf)
    write_bytes_atomic(out / "explain.png", drawn.png)
    write_json_atomic(out / "explain.json", as_json(found))
    _tell(found, out)


def as_json(found: Explanation) -> dict[str, Any]:
    """Everything the figure shows, as plain values."""
    metric = found.metric
    return {
        "explain_version": EXPLAIN_VERSION,
        "provenance": collect("metrics explain"),
        "video": found.path.as_posix(),
        "metric": {
            "name": metric.name,
            "version": metric.version,
            "higher_is_better": metric.higher_is_better,
            "pooling": metric.pooling,
            "parameters": dict(metric.parameters),
        },
        "score": found.score,
        "values_per_s": found.fps,
        "frames": list(found.frames),
        "values": [float(value) for value in found.values],
        "worst": _moment(found.worst),
        "best": _moment(found.best),
        "places": None if found.places is None else _places(found.places),
    }


def _moment(moment: Moment) -> dict[str, Any]:
    places = None if moment.places is None else _places(moment.places)
    return {"frame": moment.frame, "value": moment.value, "places": places}


def _places(places: Places) -> list[dict[str, Any]]:
    """A row for each patch: where it is in pixels, its quality, its weight, and by how much it moves the score."""
    columns = zip(places.boxes, places.qualities, places.weights, places.pulls, strict=True)
    return [
        {
            "left": box.left,
            "top": box.top,
            "side": box.side,
            "quality": float(quality),
            "weight": float(weight),
            "pull": float(pull),
        }
        for box, quality, weight, pull in columns
    ]


def _with_weights(metric: str, weights: Path | None) -> str:
    if weights is None:
        return metric
    if metric not in TRAINABLE:
        raise DdsrError(f"metric {metric!r}: takes no --weights; {', '.join(sorted(TRAINABLE))} do")
    return f"{metric}:{weights}"


def _tell(found: Explanation, out: Path) -> None:
    click.echo(f"{found.path}: {found.metric.name} {found.score:.5g}")
    for name, moment in (("worst", found.worst), ("best", found.best)):
        click.echo(f"{name + ':':6s} frame {moment.frame}, {moment.value:.5g}{_where(moment.places, name == 'worst')}")
    if found.places is None:
        click.echo(f"No map: {found.metric.name} does not say where in a frame quality is lost; rw-vsr-qa does")
    for line in (*simulated_notes([found.metric]), *(f"Warning: {note}" for note in found.notes)):
        click.echo(line, err=True)
    click.echo(f"Open {out / 'explain.png'}", err=True)


def _where(places: Places | None, lowest: bool) -> str:
    if places is None:
        return ""
    k = int(places.pulls.argmin() if lowest else places.pulls.argmax())
    box = places.boxes[k]
    verb = "lowered" if lowest else "raised"
    return f", {verb} most at {box.left},{box.top} ({box.side}x{box.side}: {places.qualities[k]:.3g})"
