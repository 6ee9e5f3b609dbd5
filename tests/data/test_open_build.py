"""One source of the open set on disk: rendered or filmed from a photograph, degraded as its recipe says, upscaled."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsr_bench.data.manifest.schema import NAMES
from ddsr_bench.data.open_set.build import Task, build_source, hr_file, lr_file
from ddsr_bench.data.open_set.sources import Source
from ddsr_bench.data.scenes import make_scene, render_clip
from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import Recipe
from ddsr_bench.video import file_sha256, frames_sha256, probe, read_frames
from ddsr_bench.vsr.archs.espcn import TanhESPCN
from ddsr_bench.vsr.cards import method_card
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.checkpoints import weight_spec
from ddsr_bench.vsr.method import Settings
from ddsr_bench.weights import use_file

SMALL = Source("plane-00", "plane", "plane-00", 0, 96, 64, 5, 24, 2, "train")
METHODS = ("bicubic", "nearest")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    return root, build_source(Task(SMALL, root, METHODS))


def frames(path):
    return np.stack(list(read_frames(path)))


def test_rows_tell_of_the_files(made):
    root, rows = made
    assert [row["method"] for row in rows] == list(METHODS)
    for row in rows:
        assert set(row) == set(NAMES)
        assert row["video_id"] == f"plane-00-x2-{row['method']}"
        assert (row["mos"], row["score_origin"]) == (None, "none")
        path = root / row["file_name"]
        info = probe(path)
        assert (info.width, info.height, info.frames) == (row["width"], row["height"], row["frames"]) == (96, 64, 5)
        assert row["sha256"] == file_sha256(path)
        assert row["frames_sha256"] == frames_sha256(read_frames(path))
        assert json.loads(row["recipe"])["scale"] == 2


def test_the_hr_file_is_the_rendered_scene(made):
    scene = make_scene("plane", seed=0, width=96, height=64)
    truth = np.stack(list(render_clip(scene, frames=5, fps=24.0)))
    luma = np.array([0.2126, 0.7152, 0.0722])
    error = (frames(made[0] / hr_file(SMALL)) @ luma) - (truth @ luma)
    assert np.sqrt(np.mean(error**2)) < 2.5


def test_the_lr_file_is_the_recipe_applied_to_the_hr_file_as_it_decodes(made):
    root, rows = made
    recipe = Recipe.model_validate_json(rows[0]["recipe"])
    expected = np.stack(list(apply(recipe, read_frames(root / hr_file(SMALL)))))
    np.testing.assert_array_equal(frames(root / lr_file(SMALL)), expected)


def test_a_video_is_the_methods_output_with_little_loss(made):
    root, rows = made
    for row in rows:
        expected = np.stack(
            list(get_method(row["method"]).start(Settings(scale=2))(read_frames(root / lr_file(SMALL))))
        )
        error = frames(root / row["file_name"]).astype(float) - expected
        assert 10 * np.log10(255**2 / np.mean(error**2)) > 32


def test_what_stands_is_taken_and_what_does_not_is_made_again(made, tmp_path):
    root, rows = made
    videos = [root / row["file_name"] for row in rows]
    before = [path.stat().st_mtime_ns for path in videos]
    assert build_source(Task(SMALL, root, METHODS)) == rows
    assert [path.stat().st_mtime_ns for path in videos] == before
    record = root / "records" / "plane-00-x2" / "nearest.json"
    record.write_text("{")
    assert build_source(Task(SMALL, root, METHODS)) == rows
    assert videos[0].stat().st_mtime_ns == before[0]
    assert videos[1].stat().st_mtime_ns > before[1]
    assert build_source(Task(SMALL, tmp_path, METHODS[::-1])) == rows[::-1]


def test_records_of_methods_without_weights_name_none(made):
    record = json.loads((made[0] / "records" / "plane-00-x2" / "nearest.json").read_text("utf-8"))
    assert record["record_version"] == 1
    assert set(record["facts"]) == {"method", "version", "lr", "crf", "preset"}


def test_other_weights_make_the_clip_again(tmp_path, monkeypatch):
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    card = method_card("espcn")
    stored = weight_spec(card, card.file(4))

    def built(seed):
        torch.manual_seed(seed)
        torch.save(TanhESPCN().state_dict(), tmp_path / f"{seed}.pth")
        use_file(stored, tmp_path / f"{seed}.pth", trust=True)
        return build_source(Task(replace(SMALL, scale=4), tmp_path / "set", ("espcn", "nearest")))

    first = built(1)
    times = [(tmp_path / "set" / row["file_name"]).stat().st_mtime_ns for row in first]
    assert built(1) == first
    assert [(tmp_path / "set" / row["file_name"]).stat().st_mtime_ns for row in first] == times
    other = built(2)
    assert other[0]["frames_sha256"] != first[0]["frames_sha256"]
    assert other[1] == first[1]
    assert (tmp_path / "set" / first[1]["file_name"]).stat().st_mtime_ns == times[1]


def test_another_seed_is_another_recipe_and_the_same_scene(made, tmp_path):
    root, rows = made
    other = build_source(Task(SMALL, tmp_path, ("nearest",), seed=1))
    assert other[0]["recipe"] != rows[1]["recipe"]
    assert other[0]["sha256"] != rows[1]["sha256"]
    assert file_sha256(tmp_path / hr_file(SMALL)) == file_sha256(root / hr_file(SMALL))


@pytest.mark.parametrize(("name", "package"), [("china", "sklearn"), ("coffee", "skimage")])
def test_a_photograph_is_filmed(name, package, tmp_path):
    if find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    source = Source(f"{name}-00", "photo", f"photo-{name}", 0, 96, 64, 3, 24, 4, "train", name)
    row = build_source(Task(source, tmp_path, ("bicubic",)))[0]
    assert row["source_group"] == f"photo-{name}"
    shown = frames(tmp_path / hr_file(source))
    assert shown.std() > 20
    assert np.abs(np.diff(shown.astype(float), axis=0)).mean() > 0.2
    assert Path(tmp_path / row["lr_file_name"]).is_file()
    assert probe(tmp_path / row["lr_file_name"]).width == 24
