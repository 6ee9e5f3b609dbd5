import json
import pickle

import pytest
import torch
from safetensors.torch import load_file, safe_open, save_file

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration, load_network


def facts(path):
    with safe_open(path, "pt") as file:
        return dict(file.metadata())


def rewritten(qa_weights, path, tensors=None, **changes):
    save_file(tensors or load_file(qa_weights), path, {**facts(qa_weights), **changes})
    return path


def test_a_network_and_its_calibration_come_back(qa_network, qa_weights):
    loaded, calibration = load_network(qa_weights)
    assert calibration == Calibration(2.0, 3.0)
    assert loaded.shape == qa_network.shape
    assert not loaded.training
    given = torch.zeros((1, 1, 6, 4, 64, 64), dtype=torch.uint8)
    assert loaded(given, 4).frames.equal(qa_network(given, 4).frames)


def test_what_is_cut_off_is_refused(qa_weights, tmp_path):
    path = tmp_path / "half.safetensors"
    path.write_bytes(qa_weights.read_bytes()[:-100])
    with pytest.raises(DdsrError, match=r"half\.safetensors: not a safetensors file \(.+\); train or get it anew"):
        load_network(path)
    with pytest.raises(DdsrError, match=r"none: no such file; give weights that `ddsr-bench train rw-vsr-qa` wrote"):
        load_network(tmp_path / "none")


class Harmful:
    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (open, (str(self.mark), "w"))


def test_a_pickle_with_code_is_refused_and_nothing_runs(tmp_path):
    path, mark = tmp_path / "evil.safetensors", tmp_path / "ran"
    path.write_bytes(pickle.dumps(Harmful(mark)))
    with pytest.raises(DdsrError, match=r"evil\.safetensors: not a safetensors file"):
        load_network(path)
    torch.save({"a": Harmful(mark)}, path)
    with pytest.raises(DdsrError, match=r"evil\.safetensors: not a safetensors file"):
        load_network(path)
    assert not mark.exists()


def test_other_shapes_versions_and_formats_are_refused(qa_weights, tmp_path):
    tensors = load_file(qa_weights)
    first = "trunk.1.norm.bias"
    path = rewritten(qa_weights, tmp_path / "x", {**tensors, first: tensors[first][:1].contiguous()})
    with pytest.raises(DdsrError, match=r"x: its tensors are not those of the network \(.*size mismatch"):
        load_network(path)
    for name in ("weights_version", "fragments_version"):
        with pytest.raises(DdsrError, match=rf"x: {name} 99, but this program has 1; train anew"):
            load_network(rewritten(qa_weights, tmp_path / "x", **{name: "99"}))
    with pytest.raises(DdsrError, match="x: no weights of rw-vsr-qa"):
        load_network(rewritten(qa_weights, tmp_path / "x", format="other"))
    with pytest.raises(DdsrError, match="x: its tensors are not those of the network"):
        load_network(rewritten(qa_weights, tmp_path / "x", shape=json.dumps({"width": 8, "depth": 3})))
