"""The command metrics, as a user types it."""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from conftest import readme_block

from ddsr_bench import userfile
from ddsr_bench.cli import main

OWN = """
import numpy as np

def level(frames):
    return frames.mean(axis=(1, 2, 3))

def distance(frames, reference):
    return np.abs(frames.astype(float) - reference).mean(axis=(1, 2, 3))
distance.higher_is_better = False

def odd(frames):
    return np.full(len(frames), np.nan)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty working folder with the user's own metrics, and a store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DDSR_BENCH_OFFLINE", "1")
    Path("own.py").write_text(OWN)
    return tmp_path


@pytest.fixture
def clips(make_video, folder):
    """Three clips of other levels, and what level() gives for them."""
    levels = {}
    for i in range(3):
        frames = np.random.default_rng(i).integers(0, 256 - 60 * i, (5, 20, 24, 3), np.uint8)
        make_video(f"c{i}.mkv", frames, folder / "clips")
        levels[f"c{i}"] = frames.mean(axis=(1, 2, 3))
    return levels


def run(*arguments):
    return CliRunner().invoke(main, ["metrics", *map(str, arguments)], prog_name="ddsr-bench")


def failed(result, code=1):
    assert result.exit_code == code, result.output
    return result.stderr.strip().splitlines()[-1]


# Run


def test_a_folder_of_clips_gives_tables_a_record_and_curves(clips):
    result = run("run", "clips", "--metric", "own.py:level", "--metrics", "siti", "--out", "o", "--plot")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in Path("o").iterdir()) == [
        "curves.pdf", "curves.png", "frames.parquet", "results.json", "scores.csv",
    ]  # fmt: skip
    scores = pd.read_csv("o/scores.csv")
    assert list(scores.columns) == ["video_id", "file", "sha256", "siti-si", "siti-ti", "level"]
    assert scores["video_id"].tolist() == ["c0", "c1", "c2"]
    np.testing.assert_allclose(scores["level"], [clips[name].mean() for name in scores["video_id"]])
    frames = pd.read_parquet("o/frames.parquet")
    np.testing.assert_allclose(frames[frames.video_id == "c1"]["level"], clips["c1"])
    assert frames[frames.frame == 0]["siti-ti"].isna().all()
    results = json.loads(Path("o/results.json").read_text())
    assert (results["kind"], results["videos"], results["scored"], results["failures"]) == ("metrics-run", 3, 3, [])
    assert results["provenance"]["command"] == "metrics run"
    assert results["metrics"]["level"]["version"].startswith("file-")
    assert Path("o/curves.pdf").read_bytes().startswith(b"%PDF")


def test_the_table_is_printed(clips):
    result = run("run", "clips/c0.mkv", "--metric", "own.py:level", "--metrics", "brisque-features")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["video", "brisque-features", "level"]
    assert lines[1].split() == ["better:", "features", "?"]
    assert lines[2].split() == ["c0", "36", "values", f"{clips['c0'].mean():.5g}"]


def test_of_what_learnt_from_simulated_scores_it_is_said(make_video):
    make_video("c.mkv", np.random.default_rng(0).integers(0, 256, (4, 136, 200, 3), np.uint8))
    result = run("run", "c.mkv", "--metrics", "rw-vsr-qa,siti", "--no-store")
    assert result.exit_code == 0, result.output
    notes = [line for line in result.stderr.splitlines() if line.startswith("Note: ")]
    assert len(notes) == 1
    assert notes[0].startswith("Note: rw-vsr-qa: Our own network; its labels in training were simulated (srq-fr and ")
    assert "simulated" not in run("run", "c.mkv", "--metrics", "siti", "--no-store").output


def test_a_corrupt_video_leaves_the_rest_and_is_told_at_the_end(clips):
    Path("clips/c1.mkv").write_bytes(Path("clips/c1.mkv").read_bytes()[:900])
    Path("clips/d.mkv").write_bytes(b"nothing")
    result = run("run", "clips", "gone.mkv", "--metric", "own.py:level", "--out", "o", "--workers", 1)
    assert result.exit_code == 1
    tail = result.stderr.splitlines()
    assert tail[-5] == "Failed (3):"
    assert [line.split()[0] for line in tail[-4:-1]] == ["c1", "d", "gone"]
    assert tail[-1] == "2 of 5 videos, 2 scores (0 from the store); open o/scores.csv"
    scores = pd.read_csv("o/scores.csv")
    assert scores["level"].isna().tolist() == [False, True, False, True, True]
    assert len(json.loads(Path("o/results.json").read_text())["failures"]) == 3


def test_one_metric_s_failure_leaves_the_others(clips):
    result = run(
        "run", "clips", "--metric", "own.py:level", "--metric", "own.py:odd", "--metrics", "niqe", "--out", "o"
    )
    assert result.exit_code == 1
    assert "all 3  odd: the value of frame 0 is nan, no number; leave the clip or odd out" in result.stderr
    assert "all 3  metric 'niqe': its parameter file niqe_modelparameters.mat is not in the store" in result.stderr
    assert pd.read_csv("o/scores.csv")["level"].notna().all()


def test_a_second_run_takes_everything_from_the_store(clips):
    arguments = ("run", "clips", "--metric", "own.py:level", "--metrics", "siti")
    assert "3 of 3 videos, 6 scores (0 from the store)" in run(*arguments).stderr
    again = run(*arguments, "--pooling", "harmonic")
    assert "3 of 3 videos, 6 scores (6 from the store)" in again.stderr
    harmonic = 1 / np.mean(1 / clips["c2"])
    assert again.stdout.splitlines()[-1].split()[-1] == f"{harmonic:.5g}"
    assert "(0 from the store)" in run(*arguments, "--store", "other").stderr
    assert "(0 from the store)" in run(*arguments, "--no-store").stderr
    Path("own.py").write_text(OWN + "\n")
    userfile._module.cache_clear()
    assert "(3 from the store)" in run(*arguments).stderr


@pytest.mark.parametrize("name", ["t.csv", "t.json", "t.parquet"])
def test_out_may_be_a_table(clips, name):
    assert run("run", "clips", "--metric", "own.py:level", "--out", name, "--plot").exit_code == 0
    read = {"csv": pd.read_csv, "json": pd.read_json, "parquet": pd.read_parquet}[name[2:]]
    assert read(name)["level"].tolist() == pytest.approx([clips[f"c{i}"].mean() for i in range(3)])
    beside = {"t.frames.parquet", "t.results.json", "t.curves.png", "t.curves.pdf"}
    assert beside <= {path.name for path in Path().iterdir()}


def test_results_are_not_written_over(clips):
    arguments = ("run", "clips", "--metric", "own.py:level", "--out", "o")
    run(*arguments)
    line = failed(run(*arguments))
    assert line == "Error: o/scores.csv: is there already; give another --out, or --overwrite to replace it"
    assert run(*arguments, "--overwrite").exit_code == 0


def test_references_are_one_clip_or_a_folder_of_the_same_names(clips, make_video, folder):
    sharp = np.zeros((5, 20, 24, 3), np.uint8)
    one = make_video("sharp.mkv", sharp)
    make_video("c0.mkv", sharp, folder / "hr")
    make_video("c1.mkv", sharp[:, :18], folder / "hr")
    arguments = ("run", "clips", "--metric", "own.py:distance", "--out", "o.csv", "--overwrite")
    assert run(*arguments, "--reference", one).exit_code == 0
    assert pd.read_csv("o.csv")["distance"].tolist() == pytest.approx([clips[f"c{i}"].mean() for i in range(3)])
    result = run(*arguments, "--reference", "hr")
    assert result.exit_code == 1
    assert (
        "  c1  distance: clips/c1.mkv is 24x20, its reference hr/c1.mkv 24x18; give clips of one size" in result.stderr
    )
    assert "  c2  distance: hr/c2.mkv: " in result.stderr
    assert pd.read_csv("o.csv")["distance"].isna().tolist() == [False, True, True]


def test_frames_are_chosen_by_range_and_step(clips):
    assert run("run", "clips", "--metric", "own.py:level", "--frames", "1:5", "--every", 2, "--out", "o").exit_code == 0
    frames = pd.read_parquet("o/frames.parquet")
    assert frames[frames.video_id == "c0"]["frame"].tolist() == [1, 3]
    np.testing.assert_allclose(frames[frames.video_id == "c0"]["level"], clips["c0"][[1, 3]])


def test_many_workers_give_the_scores_of_one(clips):
    for workers in (1, 2, 8):
        arguments = ("--metric", "own.py:level", "--metrics", "siti,gm-log", "--no-store", "--workers", workers)
        assert run("run", "clips", *arguments, "--out", f"w{workers}").exit_code == 0
    first = Path("w1/scores.csv").read_text()
    assert Path("w2/scores.csv").read_text() == first
    assert Path("w8/scores.csv").read_text() == first
    one, two = (pd.read_parquet(f"w{n}/frames.parquet") for n in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_the_table_is_what_eval_qa_reads(clips):
    run("run", "clips", "--metric", "own.py:level", "--out", "s.csv")
    scores = pd.concat([pd.read_csv("s.csv")] * 3, ignore_index=True)
    scores["video_id"] += scores.index.astype(str)
    scores.assign(mos=np.linspace(1, 5, 9)).to_csv("s.csv", index=False)
    result = CliRunner().invoke(main, ["eval-qa", "--scores", "s.csv", "--resamples", "200"])
    assert result.exit_code == 0, result.output
    assert json.loads(Path("eval-s/results.json").read_text())["metrics"].keys() == {"level"}


def test_a_few_words_about_guessed_colours(clips, make_video, folder, monkeypatch):
    import av

    with av.open("clips/untagged.avi", "w") as file:
        stream = file.add_stream("mpeg4", 24)
        stream.width, stream.height = 24, 20
        for _ in range(3):
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((20, 24, 3), np.uint8), "rgb24")))
        file.mux(stream.encode())
    result = run("run", "clips/untagged.avi", "--metric", "own.py:level")
    told = [line for line in result.stderr.splitlines() if line.startswith("Warning: ")]
    assert told == ["Warning: clips/untagged.avi: no colour matrix in the file, bt601 assumed from its size"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["clips"], 2, "Error: no metric; name some with --metrics a,b (see: ddsr-bench metrics list)"),
        (["clips", "--metrics", "niqee"], 1, "Error: metric 'niqee': unknown; did you mean 'niqe'"),
        (["clips", "--metrics", "psnr"], 1, "Error: metric 'psnr': compares with the sharp clip; give it with --ref"),
        (["clips", "--metrics", "siti", "--store", "s", "--no-store"], 2, "Error: --store and --no-store exclude"),
        (["clips", "--metrics", "siti", "--plot"], 2, "Error: --plot draws into --out; give a folder or a table"),
        (["clips", "--metrics", "siti", "--reference", "x"], 1, "Error: x: no such file or folder; check --reference"),
        (["*.mp4", "--metrics", "siti"], 1, "Error: *.mp4: matches no file"),
        (["clips", "--metric", "own.py:nope"], 1, "Error: own.py:nope: own.py has no 'nope'; name a function or a"),
        (["clips", "--metrics", "siti", "--store", "own.py/s"], 1, "Error: own.py/s: no place for scores"),
        (
            ["clips", "--metrics", "siti", "--frames", "3:1"],
            2,
            "Error: Invalid value for '--frames': '3:1' is no range",
        ),
    ],
)
def test_mistakes_are_told_in_one_line_before_any_work(clips, arguments, code, message):
    assert failed(run("run", *arguments), code).startswith(message)


# List, show, fetch, fit


def test_list_and_show_tell_what_there_is():
    lines = run("list", "niqe*").stdout.splitlines()
    assert [line.split()[:4] for line in lines[1:3]] == [
        ["niqe", "NR", "lower", "needs"],
        ["niqe-fit", "NR", "lower", "ready"],
    ]
    assert failed(run("list", "zz*")).startswith("Error: metric 'zz*': matches none of ")
    shown = run("show", "psnr-y").stdout
    assert re.search(r"^psnr-y\n  reference +full \(needs --reference\)\n  better +higher\n", shown)
    shown = run("show", "niqe").stdout
    assert "  source     doi:10.1109/LSP.2012.2227726" in shown
    assert "ddsr-bench metrics fetch niqe" in shown
    assert failed(run("show", "nique")).startswith("Error: metric 'nique': unknown; did you mean 'niqe'")


def test_model_files_come_from_a_folder(shared, clips):
    params = shared / "data" / "params"
    arguments = ("run", "clips/c0.mkv", "--metrics", "brisque")
    assert run(*arguments).exit_code == 1
    assert run(*arguments, "--weights-dir", params).exit_code == 0
    # They are in the store now.
    assert run(*arguments).exit_code == 0
    assert run("fetch", "niqe", "siti", "--weights-dir", params).stdout.splitlines()[1] == "siti: needs no files"
    assert "needs files" not in run("list", "niqe").stdout


def test_fetch_tells_what_it_cannot_have():
    assert "is not in the store" not in failed(run("fetch", "niqe"))
    assert failed(run("fetch", "niqe")).startswith("Error: weights 'niqe': not in the store and the network is off")
    assert failed(run("fetch", "nothing")).startswith("Error: metric 'nothing': unknown")
    Path("empty").mkdir()
    assert failed(run("fetch", "niqe", "--weights-dir", "empty")).startswith(
        "Error: empty: no niqe_modelparameters.mat"
    )


def test_a_model_is_fitted_to_pictures_and_scored_with(make_video):
    Path("pictures").mkdir()
    for i in range(3):
        noise = np.random.default_rng(i).normal(128, 40, (480 + 96 * i, 480, 3))
        cv2.imwrite(f"pictures/{i}.png", np.clip(cv2.GaussianBlur(noise, (0, 0), 0.7 + 0.2 * i), 0, 255))
    assert failed(run("fit", "niqe", "pictures", "--out", "m.mat")) == (
        "Error: m.mat: a model is written as .npz; give --out m.npz"
    )
    result = run("fit", "niqe", "pictures", "--out", "models/m.npz")
    assert result.stdout == "models/m.npz: fitted to 3 pictures; score with --metrics niqe-fit:models/m.npz\n"
    assert failed(run("fit", "niqe", "pictures", "--out", "models/m.npz")).startswith("Error: models/m.npz: is there")
    make_video("c.mkv", np.random.default_rng(0).integers(0, 256, (2, 192, 192, 3), np.uint8))
    scored = run("run", "c.mkv", "--metrics", "niqe-fit:models/m.npz,niqe-fit", "--out", "o")
    assert scored.exit_code == 0, scored.output
    scores = pd.read_csv("o/scores.csv")
    assert scores["niqe-fit-m"].item() != scores["niqe-fit"].item()
    facts = json.loads(Path("o/results.json").read_text())["metrics"]["niqe-fit-m"]
    assert len(facts["parameters"]["model_sha256"]) == 64


def test_the_readme_s_own_metric_runs(clips):
    source = readme_block("# sharpness.py\n")
    assert len(source.splitlines()) < 20
    Path("sharpness.py").write_text(source)
    result = run("run", "clips", "--metric", "sharpness.py:sharpness", "--out", "o.csv")
    assert result.exit_code == 0, result.output
    assert (pd.read_csv("o.csv")["sharpness"] > 0).all()
    assert result.stdout.splitlines()[1].split() == ["better:", "higher"]
