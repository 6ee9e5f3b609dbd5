"""``ddsr-bench mos``: raw ratings in, scores with intervals out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command("mos")
@click.argument("ratings", type=click.Path(path_type=Path))
@click.option(
    "--model",
    default="p910",
    show_default=True,
    help="p910: maximum likelihood with subject bias and inconsistency (ITU-T P.910 Annex E); p913: bias removal, then "
    "screening (ITU-T P.913); bt500: screening (ITU-R BT.500-14); mean: plain MOS.",
)
@click.option(
    "--subject-column", help="Column of subjects; for a matrix their columns: a,b,c or a pattern such as 's*'."
)
@click.option("--video-column", help="Column of video names.")
@click.option("--rating-column", help="Column of votes (long table).")
@click.option("--session-column", help="Column that tells several votes of a subject on a video apart (long table).")
@click.option("--scale", metavar="LO:HI", help="Lowest and highest possible vote.  [default: inferred]")
@click.option("--format", "layout", type=click.Choice(["long", "matrix"]), help="A row per vote, or per video.")
@click.option("--repetitions", type=click.Choice(["keep", "mean"]), help="Second votes: count each, or average them.")
@click.option("--interval", type=click.Choice(["normal", "t"]), default="normal", show_default=True, help="95 % CIs.")
@click.option("--prior-votes", type=float, default=0.0, help="p910 with few votes per subject: try 4.  [default: 0]")
@click.option("--simulated", is_flag=True, help="The ratings come from a simulated panel.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="[default: RATINGS' name + -scores.parquet]"
)
def command(ratings: Path, out: Path | None, **options: Any) -> None:
    """Recover a mean opinion score for each video from RATINGS.

    RATINGS: a CSV, TSV, Parquet or JSON table, long (subject, video_id, rating) or a matrix (a row per video, a column
    per subject; empty cells are missing votes). --out (.parquet, .csv or .json) can be given to eval-qa. Beside it:
    OUT.subjects.csv (bias, inconsistency, rejection) and OUT.json (what was done, with which versions).
    """
    from ddsr_bench.provenance import collect
    from ddsr_bench.subjective.output import output_paths, summary, write_recovery
    from ddsr_bench.subjective.recover import recover

    out = out or Path(f"{ratings.stem}-scores.parquet")
    _refuse_overwriting(ratings, output_paths(out).values())
    table = _read(ratings, options)
    recovered = recover(table, options["model"], interval=options["interval"], prior_votes=options["prior_votes"])
    provenance = collect("mos", extra={"options": {key: value for key, value in options.items() if value is not None}})
    write_recovery(out, table, recovered, provenance)
    click.echo(_report(summary(table, recovered), out))


def _read(path: Path, options: dict[str, Any]) -> Any:
    from ddsr_bench.subjective.columns import Wanted
    from ddsr_bench.subjective.read import read_ratings
    from ddsr_bench.subjective.scale import parse_scale

    parts = ("subject", "video", "rating", "session")
    wanted = Wanted(options["layout"], *(options[f"{part}_column"] for part in parts))
    return read_ratings(
        path,
        wanted=wanted,
        scale=parse_scale(options["scale"]) if options["scale"] else None,
        repetitions=options["repetitions"],
        simulated=options["simulated"],
    )


def _refuse_overwriting(ratings: Path, targets: Any) -> None:
    from ddsr_bench.errors import DdsrError

    for target in targets:
        if target.resolve() == ratings.resolve():
            raise DdsrError(f"{target}: would overwrite the ratings; choose another --out")


def _names(names: list[str]) -> str:
    from ddsr_bench.subjective.votes import shorten

    return f"{len(names)} ({shorten(names)})" if names else "none"


def _report(facts: dict[str, Any], out: Path) -> str:
    """The summary as lines for the terminal."""
    width = "undefined" if facts["mean_ci95"] is None else f"{facts['mean_ci95']:.3f}"
    rows = [
        ("model", facts["model"]),
        ("scale", facts["scale"]),
        ("videos", facts["videos"]),
        ("subjects", facts["subjects"]),
        ("votes", f"{facts['votes']} ({facts['missing']} missing)"),
        ("rejected", _names(list(facts["rejected"]))),
        ("SOS alpha", "undefined" if facts["sos_alpha"] is None else f"{facts['sos_alpha']:.3f}"),
        ("MOS +-", f"{width} (mean half width of the 95 % intervals)"),
    ]
    title = f"{facts['ratings']} -> {out}" + (" (simulated scores)" if facts["score_origin"] == "simulated" else "")
    lines = [title, *(f"  {label:10s} {value}" for label, value in rows)]
    return "\n".join([*lines, *(f"Note: {note}." for note in facts["notes"])])
