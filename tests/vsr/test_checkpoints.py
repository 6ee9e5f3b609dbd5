"""Where a method's weights come from, and what is said when they are not there or are another's."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import torch

from ddsr_bench.errors import DdsrError
from ddsr_bench.video import file_sha256, write_video
from ddsr_bench.vsr import checkpoints
from ddsr_bench.vsr.archs.rfdn import RLFN
from ddsr_bench.vsr.cards import method_card
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.checkpoints import checkpoint, file_state, weight_spec, weights_file, weights_hashes, weights_state
from ddsr_bench.vsr.clips import ClipTask, Plan, is_done, upscale_clip
from ddsr_bench.vsr.method import Settings
from ddsr_bench.weights import use_file

pytestmark = pytest.mark.usefixtures("home")


class Malicious:
    """Would leave a file behind if it were unpickled."""

    def __reduce__(self):
        return (Path.touch, (Path("pwned"),))


def saved(path, content):
    torch.save(content, path)
    return path


def store(name, content, tmp_path):
    """Put a checkpoint into the store as a method's, on trust."""
    card = method_card(name)
    return use_file(weight_spec(card, card.weights[0]), saved(tmp_path / "given.pth", content), trust=True)


def told(*arguments, **settings):
    with pytest.raises(DdsrError) as caught:
        checkpoint(*arguments, Settings(**settings))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_missing_weights_name_the_command():
    assert told("realbasicvsr", 4) == (
        "method 'realbasicvsr': its weights realbasicvsr_c64b20_1x30x8_lr5e-5_150k_reds_20211104-52f77c2c.pth are not "
        "here; fetch them with: ddsr-bench weights fetch realbasicvsr"
    )
    assert told("hat", 4) == (
        "method 'hat': its weights Real_HAT_GAN_SRx4.pth are not here; get them by hand "
        f"({method_card('hat').weights[0].how}), then: ddsr-bench weights add hat Real_HAT_GAN_SRx4.pth"
    )
    assert told("realviformer", 4).endswith("then: ddsr-bench weights add realviformer weights.pth --trust")
    assert told("srwd", 4) == (
        "method 'srwd': nobody has published weights for it yet; give your own with --weights FILE"
    )
    assert told("rlfn", 2) == "method 'rlfn': has no weights for x2; give your own with --weights FILE"
    assert told("elsewhere", 4).startswith("method 'elsewhere': has no card, so its weights are not known")


def test_the_users_file_comes_first(tmp_path):
    mine = saved(tmp_path / "mine.pth", {"state_dict": {"generator.a": torch.ones(1), "step_counter": torch.ones(1)}})
    store("basicvsr", {"b": torch.ones(1)}, tmp_path)
    assert list(checkpoint("basicvsr", 4, Settings(weights=mine))) == ["a"]
    assert list(checkpoint("elsewhere", 4, Settings(weights=saved(mine, {"params": {"a": torch.ones(1)}})))) == ["a"]
    assert told("basicvsr", 4, weights=tmp_path / "none.pth") == (
        f"{tmp_path / 'none.pth'}: no such file; give the checkpoint of 'basicvsr' with --weights"
    )
    assert not list(tmp_path.glob("*.safetensors"))


def test_stored_weights_by_key_and_prefix(tmp_path):
    state = {"generator_ema.a": torch.ones(1), "generator.a": torch.zeros(1), "discriminator.b": torch.ones(1)}
    path = store("realbasicvsr", {"meta": {"epoch": 1}, "state_dict": state}, tmp_path)
    assert weights_file("realbasicvsr", 4, Settings()) == path
    for _ in range(2):
        assert {name: float(value) for name, value in checkpoint("realbasicvsr", 4, Settings()).items()} == {"a": 1.0}


@pytest.mark.parametrize("key", checkpoints._KEYS)
def test_entries_that_checkpoints_of_this_field_use(tmp_path, key):
    mine = saved(tmp_path / "mine.pth", {"epoch": 3, key: {"a": torch.ones(1)}})
    assert list(checkpoint("rlfn", 4, Settings(weights=mine))) == ["a"]


def test_a_stored_file_that_changed_is_not_used(tmp_path):
    path = store("rlfn", {"a": torch.ones(1)}, tmp_path)
    path.write_bytes(b"other")
    assert told("rlfn", 4) == (
        f"method 'rlfn': {path} is not the file that it should be; "
        "fetch it anew (ddsr-bench weights fetch rlfn), or if it is meant: ddsr-bench weights add rlfn FILE --trust"
    )
    by_hand = store("hat", {"a": torch.ones(1)}, tmp_path)
    by_hand.write_bytes(b"other")
    assert "; get it anew, or if it is meant: ddsr-bench weights add hat FILE --trust" in told("hat", 4)


def test_states(tmp_path, shared):
    def state(name):
        return weights_state(method_card(name))

    assert [state(name) for name in ("bicubic", "srwd", "rlfn", "hat")] == [
        "none needed", "to be trained", "to fetch", "by hand",
    ]  # fmt: skip
    path = store("rlfn", {"a": torch.ones(1)}, tmp_path)
    assert state("rlfn") == "own file"
    path.write_bytes(b"other")
    assert state("rlfn") == "changed"
    card = method_card("rlfn")
    use_file(weight_spec(card, card.weights[0]), shared / "weights" / "ntire22_esr" / "team04_rlfn.pth")
    assert state("rlfn") == "stored"
    assert file_state(card, card.weights[0]) == "stored"
    run = get_method("rlfn").start(Settings(device="cpu"))
    assert next(run(iter([np.zeros((15, 16, 3), np.uint8)]))).shape == (60, 64, 3)


def test_another_methods_file_names_what_does_not_fit(shared):
    weights = shared / "weights" / "ntire22_esr" / "rfdn_baseline.pth"
    with pytest.raises(DdsrError) as caught:
        get_method("rlfn").start(Settings(weights=weights, device="cpu"))
    assert str(caught.value).startswith("method 'rlfn': wrong checkpoint for the method, it has unknown 50: ")
    assert "; has other shapes " in str(caught.value)
    assert str(caught.value).endswith("; give the one that its card names")


@pytest.mark.parametrize("legacy", [True, False])
def test_code_in_a_checkpoint_is_not_run(tmp_path, monkeypatch, legacy):
    monkeypatch.chdir(tmp_path)
    torch.save({"params": {"a": Malicious()}}, "a.pth", _use_new_zipfile_serialization=not legacy)
    Path("b.pth").write_bytes(pickle.dumps(Malicious(), protocol=2))
    for name in ("a.pth", "b.pth"):
        assert told("rlfn", 4, weights=Path(name)).startswith(f"{name}: not a checkpoint of plain tensors (")
    assert not Path("pwned").exists()
    pickle.loads(Path("b.pth").read_bytes())
    assert Path("pwned").exists()


def test_a_file_that_was_cut_off(tmp_path):
    mine = saved(tmp_path / "mine.pth", {"params": {"a": torch.ones(1000)}})
    mine.write_bytes(mine.read_bytes()[:-200])
    assert told("rlfn", 4, weights=mine).startswith(f"{mine}: not a checkpoint of plain tensors (")
    mine.write_bytes(b"")
    assert told("rlfn", 4, weights=mine).endswith("; download it again or convert it")


def test_hashes_by_role(tmp_path):
    assert weights_hashes("realesr-general", 4, Settings()) == {}
    assert weights_hashes("bicubic", 4, Settings()) == {}
    card, given = method_card("realesr-general"), {}
    for entry in card.weights:
        file = saved(tmp_path / entry.file, {"params": {"a": torch.ones(1), entry.role: torch.ones(1)}})
        use_file(weight_spec(card, entry), file, trust=True)
        given[entry.role] = file_sha256(file)
    assert sorted(given) == ["main", "wdn"]
    assert weights_hashes("realesr-general", 4, Settings()) == given
    assert weights_hashes("realesr-general", 2, Settings()) == {}
    mine = saved(tmp_path / "mine.pth", {"params": {"a": torch.zeros(1)}})
    expected = {**given, "main": file_sha256(mine)}
    assert weights_hashes("realesr-general", 4, Settings(weights=mine)) == expected
    assert weights_hashes("elsewhere", 4, Settings(weights=tmp_path / "none.pth")) == {}
    assert weights_hashes("elsewhere", 4, Settings(weights=mine)) == {"main": expected["main"]}


def test_records_say_which_weights_and_others_make_a_clip_anew(tmp_path):
    hashes, made = [], []
    write_video(tmp_path / "lr.mkv", np.full((2, 16, 16, 3), 128, np.uint8), 25)
    task = ClipTask("lr", tmp_path / "lr.mkv", tmp_path / "sr.mkv", tmp_path / "lr.json")
    plan = Plan("rlfn", Settings(device="cpu"))
    for seed in range(2):
        torch.manual_seed(seed)
        store("rlfn", RLFN().state_dict(), tmp_path)
        assert not is_done(task, plan)
        record = upscale_clip(task, plan)
        hashes.append(record["settings"]["weights_sha256"])
        made.append(record["sr"]["frames_sha256"])
        assert hashes[-1] == {"main": file_sha256(tmp_path / "given.pth")}
        assert is_done(task, plan)
    assert hashes[0] != hashes[1]
    assert made[0] != made[1]
