"""The recipe from its options to its files; settings and weights that cannot be used."""

import json
import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from rated_set import write_shard
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from ddsr_bench.errors import DdsrError
from ddsr_bench.train.loop.journal import read_log
from ddsr_bench.train.loop.ranks import Ranks
from ddsr_bench.train.rw_vsr_qa.run import (
    Options,
    fitted_line,
    network_of,
    rehearsed,
    samples_of,
    settings_of,
    task_of,
    train_rw_vsr_qa,
)
from ddsr_bench.train.settings import shipped_names
from ddsr_bench.video import file_sha256

TINY = """
[loop]
epochs = 3
learning_rate = 3e-3
average = 0.5

[data]
batch = 6
keys = 1
native = 4
half = 2
validation = {validation}

[network]
width = 4
features = 8
"""


@pytest.fixture(scope="module")
def options(rated_folders, tmp_path_factory):
    config = tmp_path_factory.mktemp("settings") / "small.toml"
    config.write_text(TINY.format(validation=0.5))
    return Options(
        out=Path("out"),
        data=str(rated_folders / "data"),
        ladders=rated_folders / "ladders",
        cache=rated_folders / "cache",
        config=str(config),
        split="all",
        device="cpu",
    )


@pytest.fixture(scope="module")
def trained(options, tmp_path_factory):
    """A finished run: its folder and what it returned."""
    out = tmp_path_factory.mktemp("trained")
    return out, train_rw_vsr_qa(replace(options, out=out), Ranks())


def test_a_run_leaves_weights_log_state_and_record(trained):
    out, result = trained
    assert {"best.safetensors", "last.pt", "log.jsonl", "train.json", "videos.json"} == {
        path.name for path in out.iterdir() if path.name != "tensorboard"
    }
    lines = read_log(out / "log.jsonl")
    steps = [line for line in lines if line["kind"] == "step"]
    assert len(steps) == result.outcome.steps == 3 * (len(steps) // 3)
    assert set(steps[0]["values"]) == {"similarity", "l1", "monotonic", "within_input", "ladder", "norm"}
    found = [line["values"] for line in lines if line["kind"] == "validation"]
    assert len(found) == 3
    # What is said of the best weights is what their epoch's validation said.
    best = found[result.outcome.best_epoch - 1]
    assert best["agreement"] == max(one["agreement"] for one in found) == result.outcome.best
    assert result.values == pytest.approx({name: best[name] for name in result.values}, abs=1e-6)
    assert set(result.values) == {"srocc", "plcc", "pairs", "ladder_pairs"}


def test_the_record_says_where_the_weights_come_from(trained, options):
    out, result = trained
    record = json.loads((out / "train.json").read_text())
    assert (record["command"], record["seed"], record["package"]["name"]) == ("train rw-vsr-qa", 0, "ddsr-bench")
    assert record["libraries"]["torch"] == torch.__version__
    said = record["training"]
    assert said["weights"] == {"file": "best.safetensors", "sha256": file_sha256(out / "best.safetensors")}
    assert said["settings"]["name"] == "small.toml"
    assert said["settings"]["loop"]["learning_rate"] == 3e-3
    assert said["settings"]["loss"]["similarity"] == 1.0
    assert said["validation"] == {"scores": "simulated", **result.values}
    assert (said["steps"], said["best_epoch"]) == (result.outcome.steps, result.outcome.best_epoch)
    assert (said["init_sha256"], said["stopped_early"]) == (None, False)
    videos = json.loads((out / "videos.json").read_text())
    data = said["data"]
    assert {side: len(found) for side, found in videos.items()} == data["videos"]
    assert sum(data["videos"].values()) == 18 + 9
    assert (data["name"], data["ladders"], data["scores"], data["split"]) == ("data", "ladders", "simulated", "all")
    assert not set(videos["train"]) & set(videos["validation"])
    samples = samples_of(options, settings_of(options))
    for one in samples.train:
        assert videos["train"][one.id] == file_sha256(one.path)
    # No folder of this machine is in it: those who read it have others.
    assert str(Path(options.data).parent) not in json.dumps(said)


def test_the_weights_hold_the_line_to_scores(trained, options):
    out, result = trained
    with safe_open(out / "best.safetensors", framework="pt") as file:
        held = file.metadata()
    line = result.calibration
    assert json.loads(held["calibration"]) == ({"slope": 1.0, "offset": 0.0} if line is None else vars(line))
    assert json.loads(held["shape"])["width"] == 4
    network, _ = network_of(replace(options, init=out / "best.safetensors"), settings_of(options))
    assert all(torch.equal(value, load_file(out / "best.safetensors")[k]) for k, value in network.state_dict().items())


def test_the_line_is_that_of_least_squares_and_rises():
    x = np.array([0.0, 1.0, 2.0, 4.0])
    line = fitted_line(x, np.array([1.0, 2.0, 2.0, 5.0]))
    slope, offset = np.polyfit(x, [1.0, 2.0, 2.0, 5.0], 1)
    assert (line.slope, line.offset) == (pytest.approx(slope), pytest.approx(offset))
    assert fitted_line(x, -x) is None
    assert fitted_line(np.ones(4), x) is None


def test_equal_seeds_give_equal_weights(trained, options, tmp_path):
    out, _ = trained
    train_rw_vsr_qa(replace(options, out=tmp_path / "again"), Ranks())
    ours, theirs = (load_file(folder / "best.safetensors") for folder in (out, tmp_path / "again"))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    records = [json.loads((folder / "train.json").read_text())["training"] for folder in (out, tmp_path / "again")]
    for one in records:
        # safetensors writes its metadata in any order.
        one.pop("weights")
    assert records[0] == records[1]
    first, second = (network_of(replace(options, seed=seed), settings_of(options))[0] for seed in (0, 1))
    assert not torch.equal(first.weight.weight, second.weight.weight)


def test_training_goes_on_from_given_weights(trained, options, tmp_path):
    weights = trained[0] / "best.safetensors"
    started = replace(options, out=tmp_path, init=weights, epochs=1)
    train_rw_vsr_qa(started, Ranks())
    said = json.loads((tmp_path / "train.json").read_text())["training"]
    assert said["init_sha256"] == file_sha256(weights)
    assert said["epochs"] == 1
    with pytest.raises(DdsrError, match=r"last\.pt: made with another .*init"):
        train_rw_vsr_qa(replace(started, init=None, resume=True), Ranks())
    with pytest.raises(DdsrError, match=r"last\.pt: made with another .*seed \(0, not 1\)|data"):
        train_rw_vsr_qa(replace(started, seed=1, resume=True), Ranks())


class Called:
    """Unpickled, it would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (self.path, "w"))


def bad_weights(kind, whole, folder):
    """A file of weights that cannot be used."""
    path = folder / f"{kind}.safetensors"
    tensors = load_file(whole)
    with safe_open(whole, framework="pt") as file:
        held = file.metadata()
    if kind == "cut":
        path.write_bytes(whole.read_bytes()[:-100])
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "pickle":
        path.write_bytes(pickle.dumps(Called(str(folder / "made"))))
    elif kind == "torch":
        torch.save({"weight": Called(str(folder / "made"))}, path)
    elif kind == "foreign":
        save_file(tensors, path)
    elif kind == "version":
        save_file(tensors, path, {**held, "weights_version": "99"})
    elif kind == "fragments":
        save_file(tensors, path, {**held, "fragments_version": "99"})
    elif kind == "shapes":
        save_file({**tensors, "weight.weight": torch.zeros(1, 9)}, path, held)
    elif kind == "missing":
        save_file({name: one for name, one in tensors.items() if name != "weight.weight"}, path, held)
    elif kind == "sizes":
        save_file(tensors, path, {**held, "shape": '{"width": 5, "features": 8}'})
    return path


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("gone", "no such file; give weights that `ddsr-bench train rw-vsr-qa` wrote"),
        ("cut", "not a safetensors file ("),
        ("empty", "not a safetensors file ("),
        ("pickle", "not a safetensors file ("),
        ("torch", "not a safetensors file ("),
        ("foreign", "no weights of rw-vsr-qa; give weights that"),
        ("version", "weights_version 99, but this program has 1; train anew"),
        ("fragments", "fragments_version 99, but this program has 1; train anew"),
        ("shapes", "its tensors are not those of the network ("),
        ("missing", "its tensors are not those of the network ("),
        ("sizes", "its tensors are not those of the network ("),
    ],
)
def test_weights_that_cannot_be_used_are_told_and_nothing_in_them_runs(trained, options, tmp_path, kind, text):
    path = bad_weights(kind, trained[0] / "best.safetensors", tmp_path)
    with pytest.raises(DdsrError) as told:
        task_of(replace(options, init=path), Ranks(), first_batch=True)
    assert str(told.value).startswith(f"{path}: {text}")
    assert "\n" not in str(told.value)
    assert not (tmp_path / "made").exists()


def test_weights_of_other_sizes_than_the_settings_are_told(trained, options):
    with pytest.raises(DdsrError, match=r"best\.safetensors: a network of .*width=4.*'width': 8.*; change one"):
        network_of(replace(options, init=trained[0] / "best.safetensors"), settings_of(replace(options, config="tiny")))
    # Settings that say nothing of sizes take any.
    network_of(replace(options, init=trained[0] / "best.safetensors"), settings_of(replace(options, config="default")))


def test_the_settings_that_come_with_the_package_are_all_whole(options):
    assert {"default", "ladders", "tiny"} <= set(shipped_names("rw_vsr_qa"))
    for name in shipped_names("rw_vsr_qa"):
        assert settings_of(replace(options, config=name)).title
    loop = settings_of(replace(options, config="tiny", epochs=77, precision="bf16")).loop
    assert (loop.epochs, loop.precision) == (77, "bf16")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[data]\nbacth = 3", "data.bacth: Extra inputs are not permitted; correct the settings"),
        ("colour = 1", "colour: Extra inputs are not permitted; correct the settings"),
        ("[loop]\nepochs = 0", "loop.epochs: Input should be greater than or equal to 1; correct the settings"),
        ("[loss]\nl1 = 'much'", "loss.l1: Input should be a valid number"),
        ("watch = 'plcc'", "watch: Input should be 'both', 'srocc' or 'pairs'; correct the settings"),
        ("[data", "not valid TOML: "),
    ],
)
def test_settings_that_are_wrong_are_told_by_their_key(options, tmp_path, text, told):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(DdsrError) as error:
        settings_of(replace(options, config=str(path)))
    assert str(error.value).startswith(f"{path}: {told}")
    assert "\n" not in str(error.value)


def test_settings_that_are_not_there_are_told(options, tmp_path):
    with pytest.raises(DdsrError, match=r"^--config fast: no settings of that name \(default, ladders, .*tiny\); give"):
        settings_of(replace(options, config="fast"))
    with pytest.raises(DdsrError, match=r"gone\.toml: settings cannot be read \(No such file or directory\); give a"):
        settings_of(replace(options, config=str(tmp_path / "gone.toml")))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(DdsrError, match=r"bytes\.toml: settings cannot be read \(not UTF-8 text\)"):
        settings_of(replace(options, config=str(tmp_path / "bytes.toml")))


def test_nothing_to_learn_from_is_told(options):
    config = settings_of(options)
    with pytest.raises(DdsrError, match="nothing to learn from; give --data FOLDER, --ladders FOLDER or both, or"):
        samples_of(replace(options, data=None, ladders=None), config)
    none = config.model_copy(update={"data": config.data.model_copy(update={"ladder_batch": 0})})
    with pytest.raises(DdsrError, match=r"small\.toml: data\.ladder_batch is 0, and no video is rated; raise it"):
        samples_of(replace(options, data=None), none)


def test_a_rehearsal_cuts_the_first_batch_alone(options, tmp_path):
    alone = replace(options, cache=tmp_path)
    task = task_of(alone, Ranks(), first_batch=True)
    assert rehearsed(task, alone) > 0
    assert len(list(tmp_path.rglob("*.npy"))) == len({one.path for one in task.first_batch()})


def test_shards_alone_are_enough_and_no_video_is_needed(options, tmp_path):
    for number in range(4):
        write_shard(tmp_path / "shards", f"s{number}", seed=number)
    alone = replace(
        options, out=tmp_path / "out", data=None, ladders=None, shards=tmp_path / "shards", cache=tmp_path / "cache"
    )
    result = train_rw_vsr_qa(alone, Ranks())
    assert set(result.values) == {"srocc", "plcc", "pairs", "ladder_pairs"}
    assert result.origin == "simulated"
    data = json.loads((tmp_path / "out" / "train.json").read_text())["training"]["data"]
    assert (data["name"], data["shards"], data["scores"]) == (None, "shards", "simulated")
    videos = json.loads((tmp_path / "out" / "videos.json").read_text())
    hashes = {file_sha256(path) for path in (tmp_path / "shards").glob("*.npy")}
    assert {one.split("#")[0] for side in videos.values() for one in side.values()} == hashes
    assert list((tmp_path / "cache").iterdir()) == []
