"""Published splits, and the manifest of tables that ``datasets`` opens from anywhere."""

import importlib.util
import json
import os
import subprocess
import sys

import pytest
from small_set import make_set, rows

from ddsr_bench.data.manifest.publish import publish
from ddsr_bench.data.manifest.read import read_rows
from ddsr_bench.data.manifest.splits import published_splits
from ddsr_bench.errors import DdsrError


def test_splits_never_part_a_group_and_hold_a_fifth():
    made = rows(40)
    splits = published_splits(made)
    group = {one["video_id"]: one["source_group"] for one in made}
    for number in range(10):
        side = {}
        for one in splits:
            side.setdefault(group[one["video_id"]], set()).add(one[f"split_{number:02d}"])
        assert all(len(sides) == 1 for sides in side.values())
        share = sum(one[f"split_{number:02d}"] == "test" for one in splits) / len(splits)
        assert share == pytest.approx(0.2, abs=0.051)
    folds = {}
    for one in splits:
        folds.setdefault(group[one["video_id"]], set()).add(one["fold"])
    assert all(len(one) == 1 for one in folds.values())
    sizes = [sum(one["fold"] == fold for one in splits) for fold in range(5)]
    assert max(sizes) - min(sizes) <= 4


def test_splits_differ_from_each_other_and_not_from_run_to_run():
    made = rows(40)
    first = published_splits(made)
    assert first == published_splits(made)
    columns = {tuple(one[f"split_{number:02d}"] for one in first) for number in range(10)}
    assert len(columns) == 10


def test_splits_do_not_depend_on_the_order_of_rows():
    made = rows(20)
    first = {one["video_id"]: one for one in published_splits(made)}
    assert first == {one["video_id"]: one for one in published_splits(made[::-1])}


def test_too_few_groups_are_one_line():
    with pytest.raises(DdsrError, match="splits: 2 source groups; five folds need five or more"):
        published_splits(rows(4))


def test_the_published_manifest_opens_and_says_simulated(tmp_path):
    built, out = tmp_path / "built", tmp_path / "manifests" / "small"
    made = make_set(built, sources=10)
    publish(built, out, name="small", words="## Motivation\n")
    assert {path.name for path in out.iterdir()} == {
        "README.md", "train.parquet", "test.parquet", "ratings.parquet", "recipes.parquet", "splits.parquet",
        "scores.jsonl", "recipes.jsonl", "croissant.json",
    }  # fmt: skip
    assert "**The scores are simulated.**" in (out / "README.md").read_text()
    assert sorted(one["video_id"] for one in read_rows(out)) == sorted(one["video_id"] for one in made)
    lines = [json.loads(line) for line in (out / "scores.jsonl").read_text().splitlines()]
    assert len(lines) == 20
    assert lines[0]["mos"] == 3.0
    assert json.loads((out / "recipes.jsonl").read_text().splitlines()[0])["recipe"] == {"stages": []}


OPEN = """
import json, sys
import datasets
datasets.disable_progress_bars()
counts = {}
for name in ("scores", "ratings", "recipes", "splits"):
    found = datasets.load_dataset(sys.argv[1], name, cache_dir=sys.argv[2])
    counts[name] = {split: part.num_rows for split, part in found.items()}
found = datasets.load_dataset(sys.argv[1], "scores", cache_dir=sys.argv[2])
counts["type"] = found["train"].features["mos"].dtype
print(json.dumps(counts))
"""


@pytest.mark.parametrize("relative", [False, True])
def test_load_dataset_opens_the_tables_offline_from_elsewhere(tmp_path, relative):
    built, out = tmp_path / "built", tmp_path / "manifests" / "small"
    make_set(built, sources=10)
    publish(built, out, name="small")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    name = "../manifests/small" if relative else str(out)
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    run = subprocess.run(
        [sys.executable, "-c", OPEN, name, str(tmp_path / "cache")],
        cwd=elsewhere, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == {
        "scores": {"train": 16, "test": 4},
        "ratings": {"train": 60},
        "recipes": {"train": 10},
        "splits": {"train": 20},
        "type": "float32",
    }


@pytest.mark.skipif(importlib.util.find_spec("mlcroissant") is None, reason="mlcroissant is absent; pip install it")
def test_the_croissant_file_is_valid_and_reads_the_scores(tmp_path):
    import mlcroissant

    built, out = tmp_path / "built", tmp_path / "small"
    make_set(built, sources=10)
    publish(built, out, name="small")
    found = mlcroissant.Dataset(jsonld=out / "croissant.json")
    assert not found.metadata.ctx.issues.errors
    records = list(found.records(record_set="test"))
    assert len(records) == 4
    assert {record["test/score_origin"] for record in records} == {b"simulated"}
