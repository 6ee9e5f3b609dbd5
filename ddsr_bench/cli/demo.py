"""``ddsr-bench demo``: the main job on clips that are rendered here; no download."""

from __future__ import annotations

import time
from pathlib import Path

import click

PRESETS = ("realbasicvsr", "ddsr", "camera")
#: What the leaderboard compares, on one preset's clips: methods that need no download, metrics that take little time.
METHODS = ("nearest", "bicubic", "lanczos", "back-projection", "flow-fusion", "ddsr-lite-x4")
METRICS = ("psnr-y", "ssim", "gmsd", "flicker", "piqe")
COMPARED = "ddsr"


@click.command("demo")
@click.option(
    "--out", default="demo", show_default=True, type=click.Path(file_okay=False, path_type=Path), help="Folder."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides every draw.")
def command(out: Path, seed: int) -> None:
    """Render four sharp clips, degrade them with three presets, upscale one preset's, score and compare.

    OUT holds sources/, a dataset for each preset, contact-sheet.png and leaderboard/index.html.
    """
    from ddsr_bench.cli._generate import run

    start = time.perf_counter()
    sources = _render(out / "sources")
    for preset in PRESETS:
        click.echo(f"ddsr-bench generate-lr {sources} --preset {preset} --seed {seed} --keep-hr --out {out / preset}")
        code = run(
            inputs=[str(sources)],
            out=out / preset,
            scale="4",
            preset=preset,
            spec=None,
            from_recipe=None,
            seed=seed,
            variants=1,
            frames=(0, None),
            file_format="mkv",
            keep_hr=True,
            workers=2,
            engine=None,
            resume=False,
            overwrite=True,
            dry_run=False,
            preview=False,
        )
        if code:
            raise SystemExit(code)
        _open(out / preset)
    sheet = _sheet(out, sources, seed)
    page = _compare(out)
    click.echo(f"Done in {time.perf_counter() - start:.0f} s; look at {sheet}, and open {page}")


def _render(folder: Path) -> Path:
    from ddsr_bench.data.demo import CLIPS
    from ddsr_bench.jobs import Job, run_jobs

    folder.mkdir(parents=True, exist_ok=True)
    click.echo(f"Rendering {len(CLIPS)} sharp clips of {CLIPS[0].size[0]}x{CLIPS[0].size[1]} into {folder}")
    jobs = [Job(clip.name, (clip, folder)) for clip in CLIPS]
    report = run_jobs(_render_one, jobs, engine="processes", workers=2)
    for failure in report.failures:
        raise click.ClickException(failure.message)
    return folder


def _render_one(work: tuple[object, Path]) -> str:
    from ddsr_bench.data.demo import DemoClip, render_demo_clip

    clip, folder = work
    if not isinstance(clip, DemoClip):
        raise TypeError(f"expected a DemoClip, got {type(clip).__name__}")
    return str(render_demo_clip(clip, folder))


def _open(folder: Path) -> None:
    import datasets

    datasets.disable_progress_bars()
    clips = datasets.load_dataset(str(folder), split="train", cache_dir=str(folder / ".cache"))
    click.echo(
        f"datasets.load_dataset({str(folder)!r}): {clips.num_rows} rows, columns {', '.join(clips.column_names)}"
    )


def _sheet(out: Path, sources: Path, seed: int) -> Path:
    from ddsr_bench.data.discover import find_clips
    from ddsr_bench.data.plan import Options, plan
    from ddsr_bench.data.preview import contact_sheet
    from ddsr_bench.degrade.spec import load_preset

    items = []
    for preset in PRESETS:
        options = Options(out / preset, seed=seed, keep_hr=True)
        items += plan(find_clips([str(sources)]), options, load_preset(preset), {}).items
    path = out / "contact-sheet.png"
    contact_sheet(sorted(items, key=lambda item: item.id), path)
    return path


def _compare(out: Path) -> Path:
    """Run the leaderboard as anyone would and return the path of its page."""
    from ddsr_bench.cli.leaderboard import command as leaderboard

    folder = out / "leaderboard"
    metrics = (*METRICS, *_ours())
    lists = ["--methods", ",".join(METHODS), "--metrics", ",".join(metrics)]
    words = ["--data", str(out / COMPARED), *lists, "--workers", "2", "--title", "Demo", "--out", str(folder)]
    click.echo(f"ddsr-bench leaderboard {' '.join(words)}")
    code = leaderboard.main(words, prog_name="ddsr-bench leaderboard", standalone_mode=False)
    if code:
        raise SystemExit(code)
    return folder / "index.html"


def _ours() -> tuple[str, ...]:
    """Our own no-reference metric, where it can start."""
    from ddsr_bench.leaderboard.metrics import why_not
    from ddsr_bench.quality.catalogue import get_metric, metric_names

    name = "rw-vsr-qa"
    return (name,) if name in metric_names() and why_not(get_metric(name)) is None else ()
