"""The metric with drawn weights under the official names, and what is said of files that are no such weights."""

import json
import pickle
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from conftest import moving_scene

from ddsr_bench.cli import main
from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.catalogue import choose_metrics, get_metric
from ddsr_bench.quality.fast_vqa.checkpoint import load_network
from ddsr_bench.quality.metrics import rw_vsr_qa_fast
from ddsr_bench.quality.metrics.rw_vsr_qa_fast import METRIC, network_input, rescaled
from ddsr_bench.quality.models import FAST_VQA
from ddsr_bench.quality.one_torch_thread import one_torch_thread
from ddsr_bench.quality.runner import WHOLE, score_frames
from ddsr_bench.quality.store import key_of
from ddsr_bench.weights import use_file

GOLDEN = Path(__file__).parents[2] / "goldens" / "fastvqa_b.npz"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """A store of its own, and no network."""
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DDSR_BENCH_OFFLINE", "1")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def drawn(seed=0):
    """A state dict with the published names, shapes and entries, filled by the rule of the reference files."""
    meta = json.loads(str(np.load(GOLDEN)["meta"]))
    state = {}
    for name, shape, kind in meta["parameters"]:
        rng = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode()) + seed))
        values = rng.standard_normal(shape, dtype=np.float32)
        scale = {"norm": 0.1, "bias": 0.02}.get(kind, 0.8 / np.prod(shape[1:]) ** 0.5)
        state[name] = torch.from_numpy(values * np.float32(scale) + np.float32(kind == "norm"))
    from ddsr_bench.quality.fast_vqa.network.windows import position_index

    index = position_index((8, 7, 7))
    ordered = meta["state_dict_keys_in_order"]
    return {name: state.get(name, index) for name in ordered}


@pytest.fixture(scope="module")
def weights():
    return drawn()


@pytest.fixture(scope="module")
def checkpoint(weights, tmp_path_factory):
    """As it is published: ``state_dict`` beside what training left."""
    path = tmp_path_factory.mktemp("weights") / "FAST_VQA_B_1_4.pth"
    torch.save({"state_dict": weights, "validation_results": [0.87, 0.88]}, path)
    return path


@pytest.fixture
def quick(monkeypatch):
    """The network sees a part of each side, which takes no time."""
    monkeypatch.setattr(rw_vsr_qa_fast, "network_input", lambda clip: network_input(clip[::8, ::7, ::7]))


def scored(frames, metric, **how):
    scores = score_frames(frames, [metric], **how)
    assert not scores.errors, scores.errors
    ((value,),) = scores.values[metric.name]
    return value


def test_scores_depend_on_the_frames_alone(checkpoint, quick):
    metric = get_metric(f"rw-vsr-qa-fast:{checkpoint}")
    clip = moving_scene(64, 64, 48)
    value = scored(clip, metric, threads=2, batch=9)
    assert 0 < value < 1
    assert value == scored(clip, metric, threads=1, batch=2) == scored(clip, metric, threads=3, batch=70)
    assert value != scored(clip[:, ::-1], metric)
    assert torch.get_num_threads() >= 1


def test_the_store_and_an_own_file_are_the_same_network(checkpoint, quick, weights):
    use_file(FAST_VQA, checkpoint, trust=True)
    own = get_metric(f"rw-vsr-qa-fast:{checkpoint}")
    assert own.name == "rw-vsr-qa-fast-FAST_VQA_B_1_4"
    clip = moving_scene(5, 48, 40)
    value = scored(clip, METRIC)
    assert value == scored(clip, own)
    network = load_network(FAST_VQA.path(), stored=True)
    assert set(network.state_dict()) == set(weights)
    assert not network.training


def test_a_score_belongs_to_the_weights_it_came_from(checkpoint, tmp_path):
    assert dict(METRIC.parameters) == {}
    empty = key_of(METRIC, WHOLE, "a", None)
    use_file(FAST_VQA, checkpoint, trust=True)
    first = key_of(METRIC, WHOLE, "a", None)
    (tmp_path / "other.pth").write_bytes(b"another")
    use_file(FAST_VQA, tmp_path / "other.pth", trust=True)
    assert len({empty.parameters, first.parameters, key_of(METRIC, WHOLE, "a", None).parameters}) == 3


def test_the_network_sees_normalised_rgb():
    clip = np.zeros((4, 8, 8, 3), np.uint8)
    clip[1, 2, 3] = (255, 0, 116)
    x = network_input(clip)
    assert x.shape == (1, 3, 4, 8, 8)
    expected = [(255 - 123.675) / 58.395, -116.28 / 57.12, (116 - 103.53) / 57.375]
    assert x[0, :, 1, 2, 3].tolist() == pytest.approx(expected)


def test_the_published_sigmoid():
    assert rescaled(-0.110198185) == 0.5
    assert rescaled(-0.110198185 + 0.04178565) == pytest.approx(1 / (1 + np.exp(-1)))
    assert 0 <= rescaled(-1e9) < rescaled(1e9) <= 1


def told(path):
    with pytest.raises(DdsrError) as caught:
        get_metric(f"rw-vsr-qa-fast:{path}").start()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_weights_name_the_command():
    line = score_frames(moving_scene(2), [METRIC]).errors["rw-vsr-qa-fast"]
    assert line == (
        "metric 'rw-vsr-qa-fast': its parameter file FAST_VQA_B_1_4.pth is not in the store; run 'ddsr-bench metrics "
        "fetch rw-vsr-qa-fast --trust', or name a folder that holds the file with --weights-dir DIR"
    )
    assert told("none.pth") == "none.pth: cannot read (No such file or directory); give a checkpoint of FAST-VQA-B"


class Malicious:
    """Would leave a file behind if it were unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("pwned"),))


def test_code_in_a_checkpoint_is_not_run(tmp_path):
    torch.save({"state_dict": {"a": Malicious()}}, "a.pth")
    Path("b.pth").write_bytes(pickle.dumps(Malicious(), protocol=2))
    for name in ("a.pth", "b.pth"):
        assert told(name).startswith(f"{name}: not a checkpoint of plain tensors (")
    assert not Path("pwned").exists()


def test_a_file_that_was_cut_off(checkpoint):
    Path("cut.pth").write_bytes(checkpoint.read_bytes()[:-4000])
    assert told("cut.pth").startswith("cut.pth: not a checkpoint of plain tensors (")
    Path("cut.pth").write_bytes(b"<html>")
    assert told("cut.pth").startswith("cut.pth: not a checkpoint of plain tensors (")


def saved(state):
    torch.save({"state_dict": state}, "given.pth")
    return "given.pth"


def test_another_networks_file_names_what_does_not_fit(weights):
    state = {**weights, "extra": torch.ones(1), "vqa_head.fc_last.bias": torch.ones(3)}
    del state["fragments_backbone.norm.bias"]
    assert told(saved(state)) == (
        "given.pth: is no checkpoint of FAST-VQA-B, it lacks 1: fragments_backbone.norm.bias; has unknown 1: extra; "
        "has other shapes 1: vqa_head.fc_last.bias (3,); give FAST_VQA_B_1_4.pth or one like it"
    )


def test_numbers_that_cannot_be_right(weights):
    table = "fragments_backbone.layers.0.blocks.0.attn.relative_position_index"
    assert told(saved({**weights, table: weights[table] + 1})) == (
        f"given.pth: its {table} cannot be right; download the file again"
    )
    state = {**weights, "vqa_head.fc_last.bias": torch.tensor([float("nan")])}
    assert told(saved(state)).startswith("given.pth: its vqa_head.fc_last.bias cannot be right;")


def test_half_precision_is_made_whole(weights, tmp_path):
    state = {name: value.half() if value.is_floating_point() else value for name, value in weights.items()}
    network = load_network(Path(saved(state)))
    assert {value.dtype for value in network.parameters()} == {torch.float32}


def test_frames_that_are_too_small_have_no_score(checkpoint):
    metric = get_metric(f"rw-vsr-qa-fast:{checkpoint}")
    line = score_frames(moving_scene(2)[:, :31, :40], [metric]).errors[metric.name]
    assert line.endswith("frames are 40x31, it needs 32x32; leave rw-vsr-qa-fast-FAST_VQA_B_1_4 out")


def test_two_own_files_stand_side_by_side(checkpoint, tmp_path):
    Path("mine.pth").write_bytes(checkpoint.read_bytes())
    texts = [f"rw-vsr-qa-fast:{checkpoint}", "rw-vsr-qa-fast:mine.pth", "rw-vsr-qa-fast"]
    metrics = choose_metrics(texts, with_reference=False)
    assert [metric.name for metric in metrics.values()] == [
        "rw-vsr-qa-fast-FAST_VQA_B_1_4", "rw-vsr-qa-fast-mine", "rw-vsr-qa-fast",
    ]  # fmt: skip


# The command


def run(*arguments):
    return CliRunner().invoke(main, ["metrics", *map(str, arguments)], prog_name="ddsr-bench")


def test_a_file_without_a_published_hash_is_taken_on_the_user_s_word(checkpoint):
    result = run("fetch", "rw-vsr-qa-fast", "--weights-dir", checkpoint.parent)
    assert result.exit_code == 1
    assert result.stderr == (
        f"Error: {checkpoint}: no hash of FAST_VQA_B_1_4.pth is published to check it by; take it on your word with: "
        f"ddsr-bench metrics fetch rw-vsr-qa-fast --weights-dir {checkpoint.parent} --trust\n"
    )
    result = run("fetch", "rw-vsr-qa-fast", "--weights-dir", checkpoint.parent, "--trust")
    assert result.output == f"rw-vsr-qa-fast: {FAST_VQA.path()}\n"
    assert "  state      ready" in run("show", "rw-vsr-qa-fast").output


def test_what_is_taken_on_the_user_s_word_must_be_such_a_network():
    Path("FAST_VQA_B_1_4.pth").write_bytes(b"<html>")
    result = run("fetch", "rw-vsr-qa-fast", "--weights-dir", ".", "--trust")
    assert result.exit_code == 1
    assert "not a checkpoint of plain tensors (" in result.stderr
    assert not FAST_VQA.path().exists()


def test_torch_gets_its_threads_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with one_torch_thread():
            with one_torch_thread():
                assert torch.get_num_threads() == 1
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
