"""A method that another package offers by an entry point, in the commands that run methods."""

import json
import sys
import tomllib

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import moving_scene, readme_block

from ddsr_bench.cli import main
from ddsr_bench.video import read_frames
from ddsr_bench.vsr import catalogue

TABLE = f'[project.entry-points."{catalogue.GROUP}"]'


@pytest.fixture
def package(tmp_path, monkeypatch):
    """The README's method, installed as a distribution that declares it as the README does."""
    site = tmp_path / "site"
    (site / "my-1.0.dist-info").mkdir(parents=True)
    (site / "my.py").write_text(readme_block("# my.py: "))
    points = tomllib.loads(readme_block(TABLE))["project"]["entry-points"][catalogue.GROUP]
    lines = [f"[{catalogue.GROUP}]", *(f"{name} = {target}" for name, target in points.items()), ""]
    (site / "my-1.0.dist-info" / "entry_points.txt").write_text("\n".join(lines))
    (site / "my-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: my\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(site)
    catalogue._registry.cache_clear()
    yield points
    catalogue._registry.cache_clear()
    sys.modules.pop("my", None)


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_readmes_package_offers_one_method(package):
    assert package == {"repeat": "my:upscale"}
    assert "repeat" in run("methods", "list").stdout


def test_upscale_takes_it(package, tmp_path, make_video):
    path = make_video("a.mkv", moving_scene(3))
    result = run("upscale", path, "--method", "repeat", "--scale", 2, "--out", tmp_path / "out.mkv")
    assert result.exit_code == 0, result.output
    made = np.stack(list(read_frames(tmp_path / "out.mkv")))
    assert np.array_equal(made, moving_scene(3).repeat(2, 1).repeat(2, 2))


@pytest.mark.parametrize("engine", ["serial", "processes"])
def test_leaderboard_takes_it(package, tmp_path, make_video, engine):
    make_video("clips/a.mkv", moving_scene(3))
    given = ("--data", tmp_path / "clips", "--scale", 2, "--metrics", "piqe,flicker", "--engine", engine, "--no-media")
    result = run("leaderboard", *given, "--methods", "nearest", "--method", "repeat", "--out", tmp_path / "o")
    assert result.exit_code == 0, result.output
    board = json.loads((tmp_path / "o" / "board.json").read_text())
    # It repeats pixels, which is what nearest does.
    assert board["cells"]["a"]["repeat"] == board["cells"]["a"]["nearest"]
    facts = board["methods"]["repeat"]
    assert (facts["status"], facts["kind"]) == ("ran", "own")
    assert facts["version"].startswith("file-")
