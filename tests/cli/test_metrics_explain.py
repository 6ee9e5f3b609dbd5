"""The command metrics explain, as a user types it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from ddsr_bench.cli import main
from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration, save_network
from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, home, make_video):
    """A clip and random weights in an empty working folder."""
    monkeypatch.chdir(tmp_path)
    frames = np.random.default_rng(0).integers(0, 256, (10, 136, 200, 3), np.uint8)
    make_video("c.mkv", frames)
    torch.manual_seed(0)
    save_network(RwVsrQa(Shape(4, 8)), tmp_path / "w.safetensors", Calibration(5.0, 3.0))
    Path("own.py").write_text(
        "def level(frames):\n    return frames.mean(axis=(1, 2, 3))\nlevel.higher_is_better = True\n"
    )


def run(*arguments):
    return CliRunner().invoke(main, ["metrics", "explain", *map(str, arguments)], prog_name="ddsr-bench")


def told(result):
    assert result.exit_code == 1, result.output
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1
    return lines[0]


def test_a_video_is_explained_with_a_map():
    result = run("c.mkv", "--weights", "w.safetensors", "--out", "o")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in Path("o").iterdir()) == ["explain.json", "explain.pdf", "explain.png"]
    assert Path("o/explain.png").read_bytes().startswith(b"\x89PNG")
    assert Path("o/explain.pdf").read_bytes().startswith(b"%PDF")
    found = json.loads(Path("o/explain.json").read_text())
    assert (found["explain_version"], found["frames"], len(found["values"])) == (1, list(range(10)), 10)
    assert set(found["metric"]["parameters"]) == {"weights_sha256"}
    places = found["worst"]["places"]
    assert sum(place["weight"] for place in places) == pytest.approx(1)
    assert sum(place["pull"] for place in places) == pytest.approx(0, abs=1e-9)
    lines = result.stdout.splitlines()
    lowest = min(places, key=lambda place: place["pull"])
    assert lines[1].startswith(f"worst: frame {found['worst']['frame']}, {found['worst']['value']:.5g}")
    assert f"lowered most at {lowest['left']},{lowest['top']} ({lowest['side']}x{lowest['side']}" in lines[1]


def test_it_says_that_the_shipped_weights_learnt_from_simulated_scores():
    shipped, own = run("c.mkv"), run("c.mkv", "--weights", "w.safetensors", "--out", "o")
    assert (shipped.exit_code, own.exit_code) == (0, 0), shipped.output
    assert "Note: rw-vsr-qa: Our own network; its labels in training were simulated" in shipped.stderr
    assert "simulated" not in own.output


def test_another_metric_has_no_map_and_says_so():
    result = run("c.mkv", "--metric", "own.py:level")
    assert result.exit_code == 0, result.output
    assert "No map: level does not say where in a frame quality is lost; rw-vsr-qa does" in result.stdout
    found = json.loads(Path("c-explained/explain.json").read_text())
    assert found["places"] is found["worst"]["places"] is None
    assert Path("c-explained/explain.png").exists()
    again = told(run("c.mkv", "--metric", "own.py:level"))
    assert again == "Error: c-explained: not empty; add --overwrite to make it anew, or choose another --out"


def test_faults_are_told_in_one_line():
    assert told(run("gone.mkv", "--weights", "w.safetensors")) == (
        "Error: gone.mkv: no such file or folder; give a video"
    )
    assert told(run("c.mkv", "--metric", "niqe", "--weights", "w.safetensors")) == (
        "Error: metric 'niqe': takes no --weights; rw-vsr-qa, rw-vsr-qa-fast do"
    )
    assert "metric 'niqe': its parameter file" in told(run("c.mkv", "--metric", "niqe"))
    Path("d.mkv").write_bytes(b"nothing")
    assert told(run("d.mkv", "--weights", "w.safetensors")).startswith("Error: d.mkv: ")
    assert not Path("d-explained").exists()
