"""A user's ONNX model as a method. The models are written here byte by byte, so that no package need be here for it."""

import os

import numpy as np
import pytest

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr import model_file
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """One field of a protocol-buffer message: an integer, or text, bytes or a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def value_info(name, channels):
    sizes = [field(1, field(1, 1)), field(1, field(1, channels)), field(1, field(2, "h")), field(1, field(2, "w"))]
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, b"".join(sizes))))


def node(kind, inputs, output, attributes=b""):
    names = b"".join(field(1, name) for name in inputs)
    return field(1, names + field(2, output) + field(4, kind) + attributes)


def repeating(path, channels, scale):
    """A model that repeats each pixel: a 1x1 convolution, then depth to space (channel outermost)."""
    outputs = channels * scale**2
    kernel = np.zeros((outputs, channels, 1, 1), "<f4")
    kernel[np.arange(outputs), np.arange(outputs) // scale**2] = 1
    tensor = (
        b"".join(field(1, side) for side in kernel.shape) + field(2, 1) + field(8, "w") + field(9, kernel.tobytes())
    )
    block = field(5, field(1, "blocksize") + field(3, scale) + field(20, 2))
    mode = field(5, field(1, "mode") + field(4, "CRD") + field(20, 3))
    graph = node("Conv", ["x", "w"], "y") + node("DepthToSpace", ["y"], "z", block + mode) + field(2, "g")
    graph += field(5, tensor) + field(11, value_info("x", channels)) + field(12, value_info("z", channels))
    path.write_bytes(field(1, 8) + field(7, graph) + field(8, field(2, 13)))
    return path


@pytest.fixture
def frames():
    return list(np.random.default_rng(0).integers(0, 256, (2, 23, 31, 3)).astype(np.uint8))


def each_reader():
    opencv = pytest.param(False, id="opencv")
    absent = pytest.mark.skipif(not model_file.has_onnxruntime(), reason="the package onnxruntime is not here")
    return [opencv, pytest.param(True, id="onnxruntime", marks=absent)]


@pytest.mark.parametrize("runtime", each_reader())
@pytest.mark.parametrize("options", [{}, {"peak": 255.0}, {"multiple": 8.0}])
def test_colours_pass_unchanged(tmp_path, monkeypatch, frames, runtime, options):
    monkeypatch.setattr(model_file, "has_onnxruntime", lambda: runtime)
    method = get_method(f"model:{repeating(tmp_path / 'twice.onnx', 3, 2)}")
    assert (method.name, method.scales) == ("twice", (2,))
    made = np.stack(list(method.start(Settings(precision="fp32", options=options))(iter(frames))))
    assert np.array_equal(made, np.stack(frames).repeat(2, axis=1).repeat(2, axis=2))


@pytest.mark.parametrize("peak", [1.0, 255.0])
def test_one_channel_is_luma(tmp_path, frames, peak):
    method = get_method(f"model:{repeating(tmp_path / 'luma.onnx', 1, 3)}")
    grey = [np.repeat(frame[..., :1], 3, axis=2) for frame in frames]
    made = np.stack(list(method.start(Settings(precision="fp32", options={"peak": peak}))(iter(grey))))
    expected = np.stack(grey).repeat(3, axis=1).repeat(3, axis=2)
    assert np.abs(made.astype(int) - expected).max() <= 1


def test_another_file_is_another_version(tmp_path):
    one, other = (get_method(f"model:{repeating(tmp_path / 'model.onnx', 3, scale)}") for scale in (2, 3))
    assert one.version != other.version


def test_a_model_is_tried_once_until_its_file_changes(tmp_path, monkeypatch):
    opened, open_one = [], model_file._opened
    monkeypatch.setattr(model_file, "_opened", lambda *given: opened.append(given) or open_one(*given))
    path = repeating(tmp_path / "model.onnx", 3, 2)
    first, again = (get_method(f"model:{path}") for _ in range(2))
    assert (first.version, first.scales) == (again.version, again.scales)
    assert len(opened) == 1
    content = bytearray(path.read_bytes())
    place = content.index(np.float32(1).tobytes())
    content[place : place + 4] = np.float32(0.5).tobytes()
    path.write_bytes(content)
    os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))
    assert get_method(f"model:{path}").version != first.version
    assert len(opened) == 2


def test_what_is_no_model_is_one_line(tmp_path):
    with pytest.raises(
        DdsrError, match=r"none\.onnx: no such file of a kind \.onnx or \.pb; write model: and its path"
    ):
        get_method(f"model:{tmp_path / 'none.onnx'}")
    bad = tmp_path / "bad.onnx"
    bad.write_bytes(b"no model")
    with pytest.raises(DdsrError, match=r"bad\.onnx: .* cannot read it \(") as caught:
        get_method(f"model:{bad}")
    assert "\n" not in str(caught.value)
    with pytest.raises(DdsrError, match=r"makes \(1, 2, 64, 64\).* a model must make"):
        model_file._probed(bad, lambda x: np.zeros((1, 2, 64, 64), np.float32))


def test_a_result_of_another_size_is_told(tmp_path):
    call = model_file._checked(tmp_path / "model.onnx", lambda x: x[..., :-1, :], 1)
    with pytest.raises(DdsrError, match=r"makes \(1, 3, 7, 8\) of \(1, 3, 8, 8\), not x1; try --option multiple=16"):
        call(np.zeros((1, 3, 8, 8), np.float32))
