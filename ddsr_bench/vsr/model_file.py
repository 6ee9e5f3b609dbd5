"""A user's model file (ONNX, or a frozen graph of TensorFlow), taken for a method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.userfile import file_hash
from ddsr_bench.vsr.luma import luma_network
from ddsr_bench.vsr.method import Method, Run, Settings, chosen_options, chosen_scale
from ddsr_bench.vsr.network import Network
from ddsr_bench.vsr.onnx_model import has_onnxruntime, onnx_call
from ddsr_bench.vsr.opencv_dnn import Array, opencv_call

PREFIX = "model:"
_SUFFIXES = (".onnx", ".pb")
_PROBE = 64  # sides of the picture that tells scale and colours
_OPTIONS = {"peak": (1.0, 255.0, 1.0), "multiple": (1.0, 256.0, 1.0)}
_RGB, _Y = 3, 1


def model_method(text: str) -> Method:
    """The method ``"model:FILE"``: a model that takes one frame, float (1, C, H, W), and returns it enlarged.

    With three channels it is shown RGB, with one Y' of BT.601 in full range (colours are then enlarged by bicubic).
    What it makes of a small picture tells the scale. ONNX runs in onnxruntime where that is installed, else in OpenCV,
    as frozen graphs do. Option ``peak`` is the value of white (1 or 255), ``multiple`` what sides must be multiples of.

    Raises:
        DdsrError: no such file, another kind of file, or a model that does not enlarge by a whole number.
    """
    path = Path(text.removeprefix(PREFIX)).expanduser()
    if not path.is_file() or path.suffix not in _SUFFIXES:
        raise DdsrError(f"{text}: no such file of a kind {' or '.join(_SUFFIXES)}; write model: and its path")
    stat = path.stat()
    channels, scale, version = _facts(path, stat.st_mtime_ns, stat.st_size)

    def start(settings: Settings) -> Run:
        from ddsr_bench.vsr.archs.model_file import Called
        from ddsr_bench.vsr.drive.run import network_run

        options = chosen_options(method, settings)
        module = Called(_checked(path, _opened(path, settings), scale))
        network = _network(module, channels, options["peak"], int(options["multiple"]))
        return network_run(method.name, module, network, chosen_scale(method, settings), settings)

    method = Method(name=path.stem, version=version, scales=(scale,), start=start, options=_OPTIONS)
    return method


@lru_cache(maxsize=64)
def _facts(path: Path, modified_ns: int, size: int) -> tuple[int, int, str]:
    """Channels, scale and version of a model file as of that time and size: it is opened and read but once."""
    return *_probed(path, _opened(path, Settings(device="cpu"))), file_hash(path)


def _network(module: Any, channels: int, peak: float, multiple: int) -> Network:
    """How the model is driven: on whole frames, since nothing is known of what its pixels depend on."""
    if channels == _RGB:
        return Network(build=lambda scale: module, drive="frame", peak=peak, multiple=multiple)
    luma = luma_network(lambda scale: module, halo=0)
    return replace(luma, halo=None, peak=peak, multiple=multiple, mean=tuple(peak * one for one in luma.mean))


def _opened(path: Path, settings: Settings) -> Callable[[Array], Array]:
    if path.suffix == ".onnx" and has_onnxruntime():
        import torch

        return onnx_call(path, cuda=settings.device.startswith(("auto", "cuda")), threads=torch.get_num_threads())
    return opencv_call(path)


def _probed(path: Path, call: Callable[[Array], Array]) -> tuple[int, int]:
    """Channels and scale of a model.

    Raises:
        DdsrError: it takes neither three channels nor one, or does not return a picture that many times as large.
    """
    told = ""
    for channels in (_RGB, _Y):
        try:
            out = call(np.full((1, channels, _PROBE, _PROBE), 0.5, np.float32))
        except DdsrError as error:
            told = told or str(error)
            continue
        scale = out.shape[-1] // _PROBE
        if scale and out.shape == (1, channels, scale * _PROBE, scale * _PROBE):
            return channels, scale
        told = told or f"{path}: makes {out.shape} of (1, {channels}, {_PROBE}, {_PROBE})"
    raise DdsrError(f"{told}; a model must make (1, C, sH, sW) of (1, C, H, W) for any size, C = 3 or 1")


def _checked(path: Path, call: Callable[[Array], Array], scale: int) -> Callable[[Array], Array]:
    """``call``, whose results are held against what the probe promised."""

    def checked(x: Array) -> Array:
        out = call(x)
        if out.shape != (*x.shape[:2], scale * x.shape[2], scale * x.shape[3]):
            raise DdsrError(f"{path}: makes {out.shape} of {x.shape}, not x{scale}; try --option multiple=16")
        return out

    return checked
