"""What each loss of stage 2 does alone: short trainings that differ in one loss, from the same weights.

    python reports/ddsr/ablation.py OUT --data BUILT --init "$(ddsr-bench weights path ddsr-lite-x4)"

Each run has the settings ``ddsr-lite-x4-perceptual`` with the added losses at 0 but one, or with all of them, weighted
as below, and is judged once, at its end, so that all have equally many steps; ``base`` has none and says what training
longer does by itself.
``OUT/NAME/best.safetensors`` are the weights; the options for ``bars.py``, which measures them, are printed at the end.
What was cut off goes on, and what is finished is not done again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import click

from ddsr_bench.files import make_folder
from ddsr_bench.train.ddsr.config import DdsrConfig, LossConfig
from ddsr_bench.train.ddsr.run import RECORD, Options, train_ddsr
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.loop.train import BEST, Report

SETTINGS = "ddsr-lite-x4-perceptual"
ADDED = {"features": 0.01, "adversarial": 0.0005, "denoised": 0.5, "quality": 0.004}


def runs(stage: LossConfig) -> dict[str, LossConfig]:
    """Losses of each run, by its name."""
    base = stage.model_copy(update=dict.fromkeys(ADDED, 0.0))
    single = {name: base.model_copy(update={name: weight}) for name, weight in ADDED.items()}
    raised = single["quality"].model_copy(update={"quality_form": "raise"})
    return {"base": base, **single, "quality-raise": raised, "all": base.model_copy(update=ADDED)}


def write_settings(path: Path, config: DdsrConfig) -> None:
    """Settings as TOML: sections of numbers and names."""
    lines = ['watch = "psnr"', f"critic_width = {config.critic_width}", f"critic_rate = {config.critic_rate}"]
    for section in ("loop", "data", "loss"):
        found = getattr(config, section).model_dump(mode="json")
        lines += ["", f"[{section}]", *(f"{key} = {_toml(value)}" for key, value in found.items())]
    path.write_text("\n".join([*lines, ""]), "utf-8")


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


def told(name: str) -> Callable[[Report], None]:
    """Prints a run's validation and every fiftieth step."""

    def tell(report: Report) -> None:
        if report.kind == "validation" or (report.kind == "step" and report.step % 50 == 0):
            click.echo(f"{name} {report.step}: " + ", ".join(f"{k} {v:.4f}" for k, v in report.values.items()))

    return tell


@click.command(help=(__doc__ or "").partition("\n\n")[0])
@click.argument("out", type=click.Path(file_okay=False, path_type=Path))
@click.option("--data", required=True, help="A built ddsr-open-1155, or a folder of HR clips.")
@click.option("--init", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="Of degraded clips.  [default: in OUT]")
@click.option("--epochs", type=click.IntRange(1), default=1, show_default=True)
def main(out: Path, data: str, init: Path, cache: Path | None, epochs: int) -> None:
    """Train each in turn."""
    shipped = (files("ddsr_bench.train.ddsr") / "configs" / f"{SETTINGS}.toml").read_text("utf-8")
    stage = DdsrConfig.model_validate(tomllib.loads(shipped))
    loop = stage.loop.model_copy(update={"epochs": epochs, "validate_every": epochs})
    make_folder(out)
    names = runs(stage.loss)
    for name, losses in names.items():
        folder = out / name
        if (folder / RECORD).exists():
            continue
        settings = out / f"{name}.toml"
        write_settings(settings, stage.model_copy(update={"loop": loop, "loss": losses}))
        options = Options(
            data, folder, str(settings), init=init, cache=cache or out / "clips", device="cpu", resume=True
        )
        train_ddsr(options, Ranks(), progress=told(name))
    click.echo(" \\\n".join(f"--method ddsr-lite-x4@{name}={out / name / BEST}" for name in names))


if __name__ == "__main__":
    main()
