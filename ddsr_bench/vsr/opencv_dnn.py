"""A model file through OpenCV's DNN module (.onnx, or .pb of TensorFlow), on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError

Array = np.ndarray[Any, Any]


def opencv_call(path: Path) -> Callable[[Array], Array]:
    """A function float32 (1, C, H, W) -> float32 (1, C', H', W').

    Raises:
        DdsrError: OpenCV cannot read the file; the function, that the model does not take such an array.
    """
    import cv2

    try:
        net = cv2.dnn.readNetFromTensorflow(str(path)) if path.suffix == ".pb" else cv2.dnn.readNetFromONNX(str(path))
    except cv2.error as error:
        raise DdsrError(
            f"{path}: OpenCV {cv2.__version__} cannot read it ({one_line(error)}); export it to ONNX, or install "
            "onnxruntime"
        ) from error

    def call(x: Array) -> Array:
        try:
            net.setInput(np.ascontiguousarray(x))
            return np.asarray(net.forward(), np.float32)
        except cv2.error as error:
            raise DdsrError(f"{path}: does not take an array of shape {x.shape} ({one_line(error)})") from error

    return call


def one_line(error: Exception) -> str:
    """The gist of a long message."""
    text = " ".join(str(error).split())
    return text if len(text) <= 120 else text[:117] + "..."
