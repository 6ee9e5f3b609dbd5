"""Whole runs in this process: what is stored is not computed again, failures are reasons, cells can be checked."""

import json
import math
import shutil

import av
import pytest
from board_parts import builder, write_methods, write_pairs

from ddsr_bench import userfile
from ddsr_bench.errors import DdsrError
from ddsr_bench.leaderboard.assemble import results_path
from ddsr_bench.leaderboard.metrics import choose
from ddsr_bench.leaderboard.results import read_results, write_results
from ddsr_bench.leaderboard.run import Matrix
from ddsr_bench.leaderboard.verify import check, sampled
from ddsr_bench.provenance import read_json
from ddsr_bench.quality.catalogue import get_metric
from ddsr_bench.quality.pooling import pool
from ddsr_bench.quality.runner import Selection, score_clip
from ddsr_bench.video import frames_sha256, probe, read_frames, write_video
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.runner import Upscaler


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    return write_pairs(tmp_path_factory.mktemp("pairs"))


@pytest.fixture(scope="module")
def done(pairs, tmp_path_factory):
    """A run of two methods, its folder, and what it built."""
    out = tmp_path_factory.mktemp("out")
    return out, builder(pairs, out).build()


def quality(out, method):
    return read_results(results_path(out, method)).quality()


def test_cells_are_what_method_and_metrics_give_by_themselves(pairs, done, tmp_path):
    out, built = done
    path = tmp_path / "sr.mkv"
    info = probe(pairs / "lr" / "c1.mkv")
    frames = list(Upscaler(get_method("bicubic"), scale=2)(read_frames(pairs / "lr" / "c1.mkv")))
    write_video(path, iter(frames), info.fps)
    metrics = [get_metric("psnr-y"), get_metric("flicker")]
    selection = Selection(crop_border=2)
    scores = score_clip(path, metrics, reference=pairs / "hr" / "c1.mkv", selection=selection)
    row = built.board["cells"]["c1"]["bicubic"]
    for metric in metrics:
        assert row[metric.name] == pool(metric, scores.values[metric.name], fps=24.0)[metric.name]
    assert read_results(results_path(out, "bicubic")).clips["c1"].output.frames_sha256 == frames_sha256(frames)


def test_nothing_is_computed_twice(pairs, done):
    out, first = done
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.json") if path.name != "board.json"}
    again = builder(pairs, out).build()
    assert (first.report.computed, first.report.stored) == (12, 0)
    assert (again.report.computed, again.report.stored) == (0, 12)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert again.board["cells"] == first.board["cells"]


def test_a_new_method_or_metric_costs_its_own_cells(pairs, done, tmp_path):
    out, _ = done
    shutil.copytree(out, tmp_path / "out")
    more = builder(pairs, tmp_path / "out", methods=("nearest", "bicubic", "lanczos")).build()
    assert (more.report.computed, more.report.stored) == (6, 12)
    metric = builder(pairs, tmp_path / "out", metrics=("psnr-y", "ssim", "flicker")).build()
    assert (metric.report.computed, metric.report.stored) == (6, 12)
    # The method that was not asked for this time is shown still; of the new metric it says that it has none.
    assert metric.board["cells"]["c0"]["lanczos"]["ssim"] == {"reason": "not computed"}
    assert "lanczos" in [row["method"] for row in metric.board["standings"]["paired"]["psnr-y"]]
    assert "lanczos" not in [row["method"] for row in metric.board["standings"]["paired"]["ssim"]]


def test_two_runs_agree_bit_for_bit(pairs, done, tmp_path):
    out, _ = done
    builder(pairs, tmp_path / "other").build()
    for method in ("nearest", "bicubic"):
        one, other = (json.dumps(quality(folder, method)) for folder in (out, tmp_path / "other"))
        assert one == other


def test_failures_are_reasons_and_the_rest_goes_on(pairs, tmp_path):
    file = write_methods(tmp_path)
    methods = (f"{file}:throws", f"{file}:blocks", "realbasicvsr")
    built = builder(pairs, tmp_path / "out", methods=methods).build()
    cells = built.board["cells"]["c0"]
    assert cells["throws"]["psnr-y"] == {"reason": "RuntimeError: no luck, in two lines"}
    assert isinstance(cells["blocks"]["psnr-y"], float)
    assert "makes x4, this leaderboard is x2" in cells["realbasicvsr"]["psnr-y"]["reason"]
    states = {name: facts["status"] for name, facts in built.board["methods"].items()}
    assert states == {"throws": "failed", "blocks": "ran", "realbasicvsr": "missing"}
    assert [row["method"] for row in built.board["standings"]["paired"]["psnr-y"]] == ["blocks"]
    assert len(built.report.failures()) == 3
    again = builder(pairs, tmp_path / "out", methods=methods).build()
    assert (again.report.computed, len(again.report.failures())) == (0, 3)


def test_missing_weights_name_the_command(tmp_path):
    folder = write_pairs(tmp_path / "pairs", count=1, scale=4)
    built = builder(folder, tmp_path / "out", methods=("bicubic", "realbasicvsr")).build()
    reason = built.board["methods"]["realbasicvsr"]["reason"]
    assert reason.endswith("are not here; fetch them with: ddsr-bench weights fetch realbasicvsr")
    assert built.board["cells"]["c0"]["realbasicvsr"]["psnr-y"] == {"reason": reason}


def test_own_methods_are_known_by_their_files_hash(pairs, tmp_path):
    file = write_methods(tmp_path)
    first = builder(pairs, tmp_path / "out", methods=(f"{file}:brighter",)).build()
    file.write_text(file.read_text().replace("+ 100", "+ 90"))
    userfile._module.cache_clear()
    second = builder(pairs, tmp_path / "out", methods=(f"{file}:brighter",)).build()
    assert second.report.computed == 6
    assert first.board["cells"] != second.board["cells"]


def test_footage_without_reference_has_no_paired_track(pairs, tmp_path):
    built = builder(pairs, tmp_path / "out", hr=False).build()
    assert [track["id"] for track in built.board["tracks"]] == ["real-world", "cost"]
    assert set(built.board["cells"]["c0"]["bicubic"]) == {"flicker"}


def test_a_metric_that_learnt_from_simulated_scores_says_so_in_its_track(tmp_path):
    pair = write_pairs(tmp_path / "pair", count=1)
    made = builder(pair, tmp_path / "out", methods=("nearest",), metrics=("rw-vsr-qa", "flicker"), hr=False).build()
    (track,) = [track for track in made.board["tracks"] if track["id"] == "real-world"]
    assert track["primary"] == "rw-vsr-qa"
    assert "RW-VSR-QA: Our own network; its labels in training were simulated" in track["note"]


def test_board_has_no_nan_and_what_the_contract_names(done):
    board = done[1].board
    json.dumps(board, allow_nan=False)
    assert set(board) == {
        "schema_version", "title", "made", "version", "command", "data", "rules", "machine", "tracks", "metrics",
        "methods", "clips", "standings", "cells", "curves", "cost", "pareto", "agreement", "votes",
    }  # fmt: skip
    assert len(board["curves"]["c0"]["bicubic"]["psnr-y"]) == 4
    assert board["cost"]["bicubic"]["s-per-frame"]["n"] == 12
    assert board["methods"]["bicubic"]["phase_shift"] == [0.0, 0.0]
    assert board["pareto"]["paired"]["front"][-1] == board["standings"]["paired"]["psnr-y"][0]["method"]
    text = " ".join(rule["text"] for rule in board["rules"])
    assert "leave out 2 samples at each border" in text
    assert "BT.601" in text


def test_media_plays_in_browsers(tmp_path):
    folder = write_pairs(tmp_path / "pairs", count=1, frames=3, size=(98, 70))
    built = builder(folder, tmp_path / "out", methods=("nearest",), media=True).build()
    media = built.board["clips"][0]["media"]
    paths = [media["lr"], media["hr"], media["methods"]["nearest"]]
    for path in paths:
        with av.open(str(tmp_path / "out" / path)) as container:
            stream = container.streams.video[0]
            assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("h264", "yuv420p")
            assert (stream.width, stream.height, stream.average_rate) == (98, 70, 24)
            assert sum(1 for _ in container.decode(stream)) == 3
    (tmp_path / "out" / media["methods"]["nearest"]).unlink()
    again = builder(folder, tmp_path / "out", methods=("nearest",), media=True).build()
    assert again.report.computed == 0
    assert (tmp_path / "out" / media["methods"]["nearest"]).is_file()


def test_a_tampered_cell_is_found(pairs, done, tmp_path):
    shutil.copytree(done[0], tmp_path / "out")
    parts = builder(pairs, tmp_path / "out")
    matrix = Matrix(parts.data, parts.entries, parts.chosen, parts.options)
    results = {name: read_results(results_path(tmp_path / "out", name)) for name in ("nearest", "bicubic")}
    cells = sampled(results, 99, seed=0)
    assert len(cells) == 12
    assert all(one.equal for one in check(matrix, results, sampled(results, 4, seed=1)))
    data = read_json(results_path(tmp_path / "out", "nearest"))
    honest = data["clips"]["c2"]["cells"]["psnr-y"]["value"]
    data["clips"]["c2"]["cells"]["psnr-y"]["value"] = math.nextafter(honest, math.inf)
    results["nearest"] = type(results["nearest"]).model_validate(data)
    wrong = [one for one in check(matrix, results, cells) if not one.equal]
    assert [(one.method, one.clip, one.metric, one.computed) for one in wrong] == [("nearest", "c2", "psnr-y", honest)]


def test_samples_are_seeded(done):
    results = {name: read_results(results_path(done[0], name)) for name in ("nearest", "bicubic")}
    assert sampled(results, 5, 0) == sampled(dict(reversed(results.items())), 5, 0)
    assert sampled(results, 5, 0) != sampled(results, 5, 1)


def test_results_of_others_must_fit(pairs, done, tmp_path):
    shutil.copytree(done[0], tmp_path / "out")
    theirs = read_results(results_path(done[0], "bicubic"))
    facts = theirs.method.model_copy(update={"name": "theirs", "kind": "own"})
    write_results(tmp_path / "out" / "results" / "theirs.json", theirs.model_copy(update={"method": facts}))
    assert "theirs" in builder(pairs, tmp_path / "out").build().board["methods"]
    told, parts = [], builder(pairs, tmp_path / "out")
    write_results(tmp_path / "out" / "results" / "theirs.json", theirs.model_copy(update={"method": facts, "scale": 3}))
    parts.warn = told.append
    assert "theirs" not in parts.build().board["methods"]
    assert told[0].endswith("theirs.json: is x3, this leaderboard x2")


def test_results_files_are_strict(done, tmp_path):
    path = tmp_path / "x.json"
    data = read_json(results_path(done[0], "bicubic"))
    path.write_text(json.dumps({**data, "surprise": 1}))
    with pytest.raises(DdsrError, match=r"x\.json: surprise: Extra inputs are not permitted; correct it, or run the"):
        read_results(path)
    data["clips"]["c0"]["cells"]["psnr-y"] = {"value": None, "n": 0, "reason": None}
    path.write_text(json.dumps(data))
    with pytest.raises(
        DdsrError, match=r"clips\.c0\.cells\.psnr-y: Value error, a cell has either a value or a reason"
    ):
        read_results(path)


def test_metrics_of_one_value_only():
    with pytest.raises(DdsrError, match=r"--metrics siti: gives 2 values a frame; name metrics of one value"):
        choose(["siti"], ["real-world"])
    usual = choose(None, ["paired", "real-world"])
    assert {"psnr-y", "ssim", "gmsd", "tof", "flicker"} <= set(usual.metrics)
    assert not usual.reasons
    assert choose(None, ["cost"]).metrics == {}
