"""``load``: a table whose clips read themselves; ``datasets`` on a built folder; clips for training."""

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest
from small_set import make_set

import ddsr_bench.data.manifest.read as manifest_read
from ddsr_bench.data.load import load
from ddsr_bench.data.manifest.publish import publish
from ddsr_bench.data.training import Clips, Sampling, collate, crop, fragments
from ddsr_bench.errors import DdsrError
from ddsr_bench.seeding import generator
from ddsr_bench.video import read_frames


@pytest.fixture
def built(tmp_path):
    make_set(tmp_path / "set", sources=10)
    return tmp_path / "set"


def test_clips_read_themselves(built):
    table = load(built)
    assert len(table) == 20
    assert table["mos"].notna().all()
    clip = table.video[0]
    whole = np.stack(list(read_frames(clip.path)))
    np.testing.assert_array_equal(clip.array(), whole)
    np.testing.assert_array_equal(clip.array(2, 4), whole[2:4])
    assert table.hr[0].array().shape == (6, 48, 64, 3)
    assert table.lr[0].array().shape == (6, 24, 32, 3)


def test_a_manifest_is_known_by_name_and_says_how_to_make_its_videos(built, tmp_path, monkeypatch):
    publish(built, tmp_path / "manifests" / "small", name="small")
    monkeypatch.setattr(manifest_read, "manifests_folder", lambda: tmp_path / "manifests")
    table = load("small")
    assert len(table) == 20
    with pytest.raises(DdsrError, match="holds no videos; make them with: ddsr-bench dataset build small --out DIR"):
        table.video[0].array()
    with pytest.raises(DdsrError, match=r"nothing: no dataset .* known: small"):
        load("nothing")


def test_one_missing_file_is_told_from_tables_without_videos(built):
    lost, other = load(built).video[:2]
    lost.path.unlink()
    with pytest.raises(DdsrError, match=rf"{lost.file_name}: this file is missing in {built}, others are there; see"):
        lost.array()
    assert other.array().shape == (6, 48, 64, 3)
    shutil.rmtree(built / "videos")
    with pytest.raises(DdsrError, match="set holds no videos; make them with: ddsr-bench dataset build set --out DIR"):
        lost.array()


def test_a_path_that_leads_out_is_not_opened(built, tmp_path):
    table = load(built)
    clip = table.video[0]
    target = built / clip.file_name
    shutil.move(target, tmp_path / "outside.mp4")
    os.symlink(tmp_path / "outside.mp4", target)
    with pytest.raises(DdsrError, match="leads out of the dataset's folder; not opened"):
        clip.array()


OPEN = """
import json, sys
import datasets
datasets.disable_progress_bars()
found = datasets.load_dataset(sys.argv[1], cache_dir=sys.argv[2])
train = found["train"]
votes = datasets.load_dataset(sys.argv[1], "ratings", cache_dir=sys.argv[2])["train"]
plain = train
for name in ("video", "hr", "lr"):
    plain = plain.cast_column(name, datasets.Video(decode=False))
print(json.dumps({
    "rows": [found["train"].num_rows, found["test"].num_rows], "votes": votes.num_rows,
    "kinds": [type(train.features[name]).__name__ for name in ("video", "hr", "lr")],
    "mos": train.features["mos"].dtype, "path": plain[0]["video"]["path"],
}))
"""


def test_load_dataset_gives_video_columns_offline_also_after_moving(built, tmp_path):
    moved = tmp_path / "moved" / "set"
    moved.parent.mkdir()
    shutil.move(built, moved)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", OPEN, "moved/set", str(tmp_path / "cache")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["rows"] == [16, 4]
    assert found["votes"] == 60
    assert found["kinds"] == ["Video", "Video", "Video"]
    assert found["mos"] == "float32"
    assert len(list(read_frames(found["path"]))) == 6


def test_draws_depend_on_seed_epoch_and_video_alone(built):
    table = load(built)
    sampling = Sampling(frames=3, crop=16)
    first, second = Clips(table, sampling, seed=1), Clips(table[::-1].reset_index(drop=True), sampling, seed=1)
    for index in (0, 7):
        np.testing.assert_array_equal(first[index]["frames"], second[len(table) - 1 - index]["frames"])
    before = first[3]
    first.set_epoch(1)
    assert not np.array_equal(first[3]["frames"], before["frames"])
    assert before["frames"].shape == (3, 3, 16, 16)
    assert before["frames"].dtype == np.uint8
    assert before["mos"] == np.float32(table["mos"][3])


def test_a_loader_gives_the_same_with_any_number_of_workers(built):
    from torch.utils.data import DataLoader

    clips = Clips(load(built), Sampling(frames=2, crop=24), seed=3)
    batches = [
        [batch["frames"] for batch in DataLoader(clips, batch_size=5, num_workers=workers, collate_fn=collate)]
        for workers in (0, 2)
    ]
    for one, other in zip(*batches, strict=True):
        np.testing.assert_array_equal(one, other)


def test_short_clips_go_to_and_fro(built):
    clips = Clips(load(built), Sampling(frames=15, interval=1))
    frames = clips[0]["frames"]
    assert frames.shape == (15, 3, 48, 64)
    np.testing.assert_array_equal(frames[6], frames[4])
    np.testing.assert_array_equal(frames[5 + 5], frames[0])


def test_fragments_come_from_their_own_cells():
    y, x = np.mgrid[0:448, 0:672]
    frame = np.stack([y // 2, x // 3, np.zeros_like(x)], axis=-1).astype(np.uint8)
    picture = fragments(np.stack([frame, frame]), generator("test"))
    assert picture.shape == (2, 224, 224, 3)
    np.testing.assert_array_equal(picture[0], picture[1])
    for i in range(7):
        for j in range(7):
            patch = picture[0, 32 * i : 32 * i + 32, 32 * j : 32 * j + 32].astype(int)
            assert 64 * i - 1 <= 2 * patch[..., 0].min()
            assert 2 * patch[..., 0].max() <= 64 * (i + 1)
            assert 96 * j - 2 <= 3 * patch[..., 1].min()
            assert 3 * patch[..., 1].max() <= 96 * (j + 1)


def test_small_frames_are_mirrored_outwards():
    frames = np.arange(2 * 20 * 30 * 3, dtype=np.uint8).reshape(2, 20, 30, 3)
    assert fragments(frames, generator("a")).shape == (2, 224, 224, 3)
    assert crop(frames, 32, generator("b")).shape == (2, 32, 32, 3)


def test_a_table_without_the_clips_asked_for_is_one_line(built):
    with pytest.raises(DdsrError, match="table: has no column 'depth'; load a dataset that holds such clips"):
        Clips(load(built), column="depth")


def test_eval_qa_reads_the_train_and_test_tables(built):
    from ddsr_bench.data.manifest_clips import read_manifest

    found = read_manifest(built)
    assert len(found.clips) == 20
    assert {clip.reference.name for clip in found.clips} == {f"s{k}.mp4" for k in range(10)}
    assert set(found.frame["score_origin"]) == {"simulated"}
