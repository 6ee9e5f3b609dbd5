"""``dataset import`` on made-up releases: the authors' layout with all that may be wrong in it, and the others."""

import json
import subprocess
import sys

import av
import numpy as np
import pytest
from click.testing import CliRunner
from conftest import moving_scene
from scipy.io import savemat

from ddsr_bench.cli import main
from ddsr_bench.data.importers.assemble import import_one
from ddsr_bench.data.manifest.check import check
from ddsr_bench.data.manifest.read import read_rows
from ddsr_bench.video import read_frames, write_video


def avi(path, seed=0, frames=5):
    """An MPEG-4 AVI, as the authors give them; the writer of the package makes none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for frame in moving_scene(frames, 64, 48, seed=seed):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def run(*arguments):
    command = [sys.executable, "-m", "ddsr_bench", "dataset", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def release(tmp_path):
    """A release with a missing video, a bad label, a duplicate, a strange name, a video without a label."""
    videos = tmp_path / "videos"
    for number, name in enumerate(
        ["_BSRGANx4_VideoLQ_012", "_BSRGANx2_VideoLQ_012", "_BSRGANx4_RealVSR_003", "_TecoGANx2_RealVSR_003",
         "_HATx4_KLens_001", "_DATx4_KLens_002"]
    ):  # fmt: skip
        avi(videos / f"{name}.avi", number)
    (tmp_path / "train.txt").write_text(
        "_BSRGANx4_VideoLQ_012.avi,-1,-1,55.5\n_BSRGANx2_VideoLQ_012.avi,-1,-1,61\n"
        "_BSRGANx4_RealVSR_003.avi,-1,-1,abc\n_HATx4_KLens_001.avi,-1,-1,71.25\nnonsense.avi,-1,-1,3\n"
    )
    (tmp_path / "val.csv").write_text(
        "_TecoGANx2_RealVSR_003.avi,-1,-1,40\n_BSRGANx4_VideoLQ_012.avi,-1,-1,56\n"
        "_SwinIRx4_VideoLQ_013.avi,-1,-1,50\n_RealESRGANx4_VideoLQ_012.avi,-1,-1,101\nonly,two\n"
    )
    return tmp_path


def test_the_authors_release_is_imported_and_what_is_wrong_is_told(release):
    out = release / "out"
    done = run(
        "import", "--videos", release / "videos", "--labels", release / "train.txt", "--labels", release / "val.csv",
        "--out", out,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    rows = {row["video_id"]: row for row in read_rows(out)}
    assert sorted(rows) == [
        "_BSRGANx2_VideoLQ_012", "_BSRGANx4_VideoLQ_012", "_HATx4_KLens_001", "_TecoGANx2_RealVSR_003",
    ]  # fmt: skip
    one = rows["_BSRGANx4_VideoLQ_012"]
    assert (one["mos"], one["method"], one["scale"]) == (55.5, "BSRGANx4", 4)
    assert (one["source_id"], one["source_set"], one["lr_id"]) == ("VideoLQ_012", "VideoLQ", "VideoLQ_012")
    assert (one["frames"], one["width"], one["score_origin"]) == (5, 64, "subjective")
    left = {one["what"]: one["why"] for one in json.loads((out / "results.json").read_text())["left_out"]}
    assert left["train.txt:3"] == "the score 'abc' is no number"
    assert left["train.txt:5"] == "'nonsense.avi': the name is not of the form _METHODxSCALE_SET_CLIP"
    assert left["_BSRGANx4_VideoLQ_012.avi"] == "has 2 labels; the first one is kept"
    assert "has a label, but no video" in left["_SwinIRx4_VideoLQ_013.avi"]
    assert left["val.csv:4"] == "the score 101 is outside 0..100"
    assert left["val.csv:5"] == "'only,two': has 2 fields; four are due: name,-1,-1,mos"
    assert left["_DATx4_KLens_002.avi"] == "is a video without a label"
    assert all(text in done.stderr for text in left.values())
    assert check(out).violations == []
    assert "given by their authors on request" in (out / "README.md").read_text()


def test_links_take_no_space_and_a_full_folder_is_left_alone(release):
    out = release / "out"
    options = ["--videos", release / "videos", "--labels", release / "train.txt", "--out", out]
    run("import", *options, "--link")
    name = "_HATx4_KLens_001.avi"
    assert (out / "videos" / name).stat().st_ino == (release / "videos" / name).stat().st_ino
    again = run("import", *options)
    assert again.returncode == 1
    assert "not empty; add --overwrite to import into it all the same, or choose another --out" in again.stderr


def test_an_interrupted_import_says_what_to_do(release, monkeypatch):
    done = []

    def one(work):
        if done:
            raise KeyboardInterrupt
        done.append(work)
        return import_one(work)

    monkeypatch.setattr("ddsr_bench.cli._dataset_import.import_one", one)
    options = ["--videos", release / "videos", "--labels", release / "train.txt", "--out", release / "out"]
    told = CliRunner().invoke(main, ["dataset", "import", *map(str, options), "--workers", "1"])
    assert told.exit_code == 130
    assert "Interrupted; add --overwrite to the same command to import all videos again" in told.output
    assert len(read_rows(release / "out")) == 1


def test_a_folder_that_is_not_there_and_labels_of_another_layout(release):
    done = run("import", "--videos", release / "none", "--labels", release / "train.txt", "--out", release / "o")
    assert "none: no such folder; give the one that holds the videos" in done.stderr
    (release / "x.txt").write_text("a b c\n")
    done = run("import", "--videos", release / "videos", "--labels", release / "x.txt", "--out", release / "o")
    assert done.returncode == 1
    assert "x.txt: not one label of layout 'authors' in it; see --layout" in done.stderr
    assert not (release / "o").exists()


def layout(tmp_path, name, labels, videos):
    for number, video in enumerate(videos):
        avi(tmp_path / "v" / video, number)
    done = run("import", "--layout", name, "--videos", tmp_path / "v", "--labels", labels, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    assert check(tmp_path / "out").violations == []
    return {row["video_id"]: row for row in read_rows(tmp_path / "out")}


def test_a_table_of_ones_own(tmp_path):
    (tmp_path / "l.csv").write_text(
        "file_name,mos,source_id,method,scale,split,n_ratings\nx/a.avi,3.5,s1,bicubic,4,train,20\n"
        "x/b.avi,2.5,s2,bicubic,4,test,21\n"
    )
    rows = layout(tmp_path, "generic", tmp_path / "l.csv", ["x/a.avi", "x/b.avi"])
    assert rows["x/a"]["mos"] == 3.5
    assert {name: row["split"] for name, row in rows.items()} == {"x/a": "train", "x/b": "test"}
    assert rows["x/b"]["n_ratings"] == 21


def test_konvid(tmp_path):
    (tmp_path / "KoNViD_1k_mos.csv").write_text("flickr_id,mos\n123,3.1\n456.0,2.2\n")
    rows = layout(tmp_path, "konvid-1k", tmp_path / "KoNViD_1k_mos.csv", ["123.avi", "456.avi"])
    assert rows["456"]["mos"] == pytest.approx(2.2)


def test_live_vqc(tmp_path):
    names = np.array(["A001.avi", "A002.avi"], dtype=object)
    savemat(tmp_path / "data.mat", {"video_list": names, "mos": np.array([81.2, 12.5])})
    rows = layout(tmp_path, "live-vqc", tmp_path / "data.mat", ["A001.avi", "A002.avi"])
    assert rows["A001"]["mos"] == pytest.approx(81.2)


def test_lsvq_lists(tmp_path):
    (tmp_path / "labels.txt").write_text("ia-batch1/one.avi,10,30,66.5\nyfcc/two.avi,-1,-1,50\n")
    rows = layout(tmp_path, "lsvq", tmp_path / "labels.txt", ["ia-batch1/one.avi", "yfcc/two.avi"])
    assert rows["ia-batch1/one"]["mos"] == 66.5


def test_avt_vsr_as_it_is_published(tmp_path):
    lr = "bunny_av1_1280x720_q48"
    entries = [
        {"name": f"{lr}.dove", "source": "bunny", "method": "dove", "mos": 3.5, "count": 28, "ci": 0.3,
         "source_encoding": f"{lr}.decoded", "upscaling_factor": 3, "width": 1280},
        {"name": f"{lr}.lanczos", "source": "bunny", "method": "lanczos", "mos": 2.5, "count": 27, "ci": 0.2,
         "source_encoding": lr, "upscaling_factor": 3, "width": 1280},
    ]  # fmt: skip
    (tmp_path / "dataset.json").write_text(json.dumps(entries))
    rows = layout(tmp_path, "avt-vsr", tmp_path / "dataset.json", [f"pvs/{lr}.dove.avi", f"pvs/{lr}.lanczos.avi"])
    one = rows[f"pvs/{lr}.dove"]
    assert (one["lr_id"], one["source_id"], one["method"], one["scale"]) == (lr, "bunny", "dove", 3)
    assert (one["mos"], one["n_ratings"], one["mos_ci95"]) == (3.5, 28, pytest.approx(0.3))
    assert rows[f"pvs/{lr}.lanczos"]["lr_id"] == lr


def test_names_of_several_videos_and_two_names_of_one_are_told(tmp_path):
    for name in ("a/one.avi", "b/one.avi", "b/two.avi"):
        avi(tmp_path / "v" / name)
    (tmp_path / "l.csv").write_text("file_name,mos\none.avi,3\nb/one.avi,4\ntwo.avi,2\nc/two.avi,1\n")
    done = run(
        "import", "--layout", "generic", "--videos", tmp_path / "v", "--labels", tmp_path / "l.csv",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 1
    assert {row["video_id"]: row["mos"] for row in read_rows(tmp_path / "out")} == {"b/one": 4.0, "b/two": 2.0}
    left = {one["what"]: one["why"] for one in json.loads((tmp_path / "out/results.json").read_text())["left_out"]}
    assert left["one.avi"].startswith("is the name of 2 videos; write their paths below")
    assert left["c/two.avi"] == "means the same video as 'two.avi', whose label is kept"
    assert left["a/one.avi"] == "is a video without a label"


def test_importing_again_takes_the_videos_anew(release):
    options = ["--videos", release / "videos", "--labels", release / "train.txt", "--out", release / "out"]
    run("import", *options)
    avi(release / "videos" / "_HATx4_KLens_001.avi", seed=9, frames=4)
    run("import", *options, "--overwrite")
    rows = {row["video_id"]: row for row in read_rows(release / "out")}
    assert rows["_HATx4_KLens_001"]["frames"] == 4
    assert check(release / "out").violations == []


def test_real_ratings_replace_simulated_ones(tmp_path):
    from small_set import make_set

    root = tmp_path / "set"
    rows = make_set(root, sources=2)
    lines = ["subject,video_id,rating"]
    lines += [f"p{s},{row['video_id']},{1 + (s + n) % 5}" for n, row in enumerate(rows[:3]) for s in range(4)]
    lines.append("p0,unknown,3")
    (tmp_path / "votes.csv").write_text("\n".join(lines) + "\n")
    done = run("import-ratings", root, tmp_path / "votes.csv", "--model", "mean")
    assert done.returncode == 1
    assert "3 videos scored by 4 subjects, 1 without votes" in done.stderr
    assert "unknown" in done.stderr
    found = {row["video_id"]: row for row in read_rows(root)}
    assert found[rows[0]["video_id"]]["mos"] == 2.5
    assert found[rows[0]["video_id"]]["score_origin"] == "subjective"
    assert found[rows[3]["video_id"]]["score_origin"] == "none"
    assert check(root).violations == []


def test_info_and_check_as_typed(tmp_path):
    from small_set import make_set

    make_set(tmp_path / "set", sources=4)
    told = run("info", tmp_path / "set")
    assert told.returncode == 0, told.stderr
    assert "8 rows, 4 sources, 2 conditions" in told.stdout
    assert "simulated MOS: 3.00 to 3.30" in told.stdout
    good = run("check", tmp_path / "set", "--expect", "8,4,2")
    assert good.returncode == 0
    assert "all rules kept (16 files, 8 hashes)" in good.stdout
    assert "dataset check, files: 16/16" in good.stderr
    bad = run("check", tmp_path / "set", "--expect", "9,4,2")
    assert bad.returncode == 1
    assert "8 rows, 4 sources, 2 conditions; expected 9 rows, 4 sources, 2 conditions" in bad.stdout
    assert "write rows,sources,conditions" in run("check", tmp_path / "set", "--expect", "9").stderr
    assert "no dataset (no train.parquet there)" in run("info", "nothing").stderr


def test_cards_keep_where_the_videos_come_from(release):
    out = release / "out"
    run("import", "--videos", release / "videos", "--labels", release / "train.txt", "--out", out, "--link")
    again = run(
        "import", "--videos", release / "videos", "--labels", release / "train.txt", "--out", out, "--link",
        "--overwrite",
    )  # fmt: skip
    assert "Traceback" not in again.stderr
    assert not list(out.rglob("*.part"))
    names = [row["video_id"] for row in read_rows(out)]
    lines = [f"p{s},{name},{1 + (s + n) % 5}" for n, name in enumerate(names) for s in range(4)]
    (release / "votes.csv").write_text("subject,video_id,rating\n" + "\n".join(lines) + "\n")
    done = run("import-ratings", out, release / "votes.csv", "--model", "mean")
    assert done.returncode == 0, done.stderr
    assert "given by their authors on request" in (out / "README.md").read_text()


def test_folders_of_frames_become_lossless_videos(tmp_path):
    frames = moving_scene(4, 33, 24)
    for name in ("x/000", "x/001"):
        write_video(parent(tmp_path / "v" / name), iter(frames), 24)
    (tmp_path / "l.csv").write_text("file_name,mos\nx/000,3\nx/001,4\n")
    done = run(
        "import", "--layout", "generic", "--videos", tmp_path / "v", "--labels", tmp_path / "l.csv",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = read_rows(tmp_path / "out")
    assert sorted(row["file_name"] for row in rows) == ["videos/x/000.mkv", "videos/x/001.mkv"]
    np.testing.assert_array_equal(np.stack(list(read_frames(tmp_path / "out/videos/x/000.mkv"))), frames)
    assert check(tmp_path / "out").violations == []


def parent(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
