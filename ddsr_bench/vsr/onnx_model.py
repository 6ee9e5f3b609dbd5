"""An ONNX model through onnxruntime, which is not needed to install ddsr-bench."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.vsr.opencv_dnn import Array, one_line

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16}


def has_onnxruntime() -> bool:
    """Whether the package is here."""
    return find_spec("onnxruntime") is not None


def onnx_call(path: Path, *, cuda: bool, threads: int) -> Callable[[Array], Array]:
    """A function float32 (1, C, H, W) -> float32 (1, C', H', W'); models with channels last are served too.

    Args:
        path: the model.
        cuda: run on a GPU where onnxruntime has been built for one.
        threads: on the CPU.

    Raises:
        DdsrError: onnxruntime cannot read the file, or its input is no picture; the function, that the model does not
            take such an array.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    wanted = ["CUDAExecutionProvider"] * cuda + ["CPUExecutionProvider"]
    providers = [one for one in wanted if one in onnxruntime.get_available_providers()]
    # Its exceptions share no base class but Exception.
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:
        raise DdsrError(f"{path}: onnxruntime cannot read it ({one_line(error)}); export it anew") from error
    inputs = session.get_inputs()
    kind = _TYPES.get(inputs[0].type) if len(inputs) == 1 else None
    if kind is None or len(inputs[0].shape) != 4:
        told = ", ".join(f"{one.name} {one.type} {one.shape}" for one in inputs)
        raise DdsrError(f"{path}: takes {told}; give a model with one input, float, (1, C, H, W)")
    name, last = inputs[0].name, inputs[0].shape[1] not in (1, 3) and inputs[0].shape[3] in (1, 3)

    def call(x: Array) -> Array:
        given = np.ascontiguousarray((x.transpose(0, 2, 3, 1) if last else x).astype(kind))
        try:
            out = np.asarray(session.run(None, {name: given})[0], np.float32)
        except Exception as error:
            raise DdsrError(f"{path}: does not take an array of shape {given.shape} ({one_line(error)})") from error
        return out.transpose(0, 3, 1, 2) if last and out.ndim == 4 else out

    return call
