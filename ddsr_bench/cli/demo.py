"""``ddsr-bench demo``: the main job on clips that are rendered here; no download."""

from __future__ import annotations

import time
from pathlib import Path

import click

PRESETS = ("realbasicvsr", "ddsr", "camera")


@click.command("demo")
@click.option(
    "--out", default="demo", show_default=True, type=click.Path(file_okay=False, path_type=Path), help="Folder."
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Decides every draw.")
def command(out: Path, seed: int) -> None:
    """Render four sharp clips, degrade them with three presets, open the result, draw a contact sheet.

    OUT holds sources/, a dataset for each preset, and contact-sheet.png.
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
    click.echo(f"Done in {time.perf_counter() - start:.0f} s; look at {sheet}")


def _render(folder: Path) -> Path:
    from ddsr_bench.data.demo import CLIPS
    from ddsr_bench.jobs import Job, run_jobs

    folder.mkdir(parents=True, exist_ok=True)
    click.echo(f"Rendering {len(CLIPS)} sharp clips of 640x360 into {folder}")
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
