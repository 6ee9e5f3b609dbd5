"""``ddsr-bench upscale``: LR clips in, SR clips out, by any method."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ddsr_bench.cli._options import FrameRange


def _options(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, float]:
    """Callback: ``name=number`` each."""
    chosen: dict[str, float] = {}
    for text in values:
        name, equals, number = text.partition("=")
        try:
            chosen[name.strip()] = float(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise click.BadParameter(f"{text!r} is no option; write name=number, such as denoise=0.5")
    return chosen


@click.command("upscale")
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--method", required=True, help="A `methods list` name, FILE.py:FUNCTION, model:FILE.onnx or folder:DIR.")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder to make, or FILE.mkv/.mp4 for one.")
@click.option("--scale", type=float, help="SR size / LR size.  [default: the method's main one]")
@click.option(
    "--format",
    "file_format",
    type=click.Choice(["mkv", "mp4", "png"]),
    default="mkv",
    show_default=True,
    help="Lossless FFV1, H.264, or folders of PNG (no sound, no times).",
)
@click.option("--crf", type=click.FloatRange(0, 51), help="Quality of MP4, lower is better.  [default: 18]")
@click.option("--frames", type=FrameRange(), default=(0, None), help="Use frames A to B-1 only.")
@click.option("--device", default="auto", show_default=True, help="cpu, cuda, cuda:1, mps.")
@click.option("--precision", type=click.Choice(["auto", "fp32", "bf16", "fp16"]), default="auto", show_default=True)
@click.option(
    "--tile",
    type=click.IntRange(0),
    help="Side of spatial tiles in LR pixels; 0 never tiles.  [default: 512 for large frames]",
)
@click.option("--window", type=click.IntRange(1), help="Frames in a temporal window of methods that go both ways.")
@click.option("--exact", is_flag=True, help="Let methods that go both ways see whole shots; takes memory.")
@click.option("--no-cuts", is_flag=True, help="Take each clip for one shot; else cuts are looked for.")
@click.option("--weights", type=click.Path(path_type=Path), help="Your own checkpoint for the method.")
@click.option("--option", "options", multiple=True, callback=_options, help="NAME=NUMBER that only the method knows.")
@click.option("--compile", is_flag=True, help="Let torch.compile have a go at the network.")
@click.option("--workers", type=click.IntRange(1, 1024), default=1, show_default=True, help="Processes, a clip each.")
@click.option("--resume", is_flag=True, help="Go on in --out: make only what is not there yet or has changed.")
@click.option("--overwrite", is_flag=True, help="Make everything again in --out.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> None:
    """Upscale LR clips.

    INPUT: video files, folders of videos or of frames, or globs. OUT holds sr/, records/ and results.json; or it is
    the one file to make. Sound and the times of frames are kept. `ddsr-bench methods list` names the methods, and
    `ddsr-bench weights fetch` brings what they need.
    """
    from ddsr_bench.cli._upscale import run

    if options["resume"] and options["overwrite"]:
        raise click.UsageError("--resume and --overwrite exclude each other; --resume keeps what is done")
    ctx.exit(run(**options))
