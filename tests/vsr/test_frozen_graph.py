"""Constants of frozen graphs, in files written here byte by byte."""

import numpy as np
import pytest
from test_model_file import field

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.frozen_graph import constant, read_constants


def const(name, array, content=None, kind=1, shape=None):
    sizes = b"".join(field(2, field(1, side)) for side in (array.shape if shape is None else shape))
    values = field(4, array.astype("<f4").tobytes()) if content is None else content
    tensor = field(1, kind) + field(2, sizes) + values
    attribute = field(1, "value") + field(2, field(8, tensor))
    return field(1, field(1, name) + field(2, "Const") + field(5, attribute))


def test_constants_are_read_and_the_rest_is_left(tmp_path):
    kernel = np.random.default_rng(0).random((3, 3, 1, 2)).astype(np.float32)
    one = np.array([0.5], "<f4").tobytes()
    file = tmp_path / "graph.pb"
    file.write_bytes(
        const("f1", kernel)
        + const("b1", np.zeros(1), content=field(5, one))
        + const("same", np.zeros(4), content=field(5, one))
        + const("whole numbers", np.zeros(2), kind=3)
        + field(1, field(1, "conv") + field(2, "Conv2D"))
        + field(4, field(1, 27))
    )
    found = read_constants(file)
    assert sorted(found) == ["b1", "f1", "same"]
    assert np.array_equal(found["f1"], kernel)
    assert found["b1"].tolist() == [0.5]
    assert found["same"].tolist() == [0.5] * 4


def test_files_that_are_none(tmp_path):
    file = tmp_path / "graph.pb"
    whole = const("f1", np.ones((5, 5)))
    for content in (whole[:-7], b"\x0b\x01", b"\xff" * 20, const("f1", np.ones(4), shape=(5,))):
        file.write_bytes(content)
        with pytest.raises(DdsrError, match=r"graph\.pb: not a frozen TensorFlow graph, or cut off"):
            read_constants(file)
    file.write_bytes(const("bomb", np.ones(1), shape=(1 << 40,)))
    with pytest.raises(DdsrError, match="not a frozen TensorFlow graph"):
        read_constants(file)
    file.write_bytes(b"")
    with pytest.raises(DdsrError, match=r"graph\.pb: holds no constants"):
        read_constants(file)
    with pytest.raises(DdsrError, match=r"none\.pb: cannot be read"):
        read_constants(tmp_path / "none.pb")


def test_constants_of_another_network():
    with pytest.raises(DdsrError, match="constant 'f1' is missing; it is of another network"):
        constant({}, "f1", 4)
    with pytest.raises(DdsrError, match="constant 'f1' has 1 axes, not 4; it is of another network"):
        constant({"f1": np.zeros(3)}, "f1", 4)
