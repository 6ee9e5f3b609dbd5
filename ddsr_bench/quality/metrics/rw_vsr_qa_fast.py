"""rw-vsr-qa-fast: FAST-VQA-B's network, with its authors' weights or a user's, on fragments of a clip.

H. Wu et al., "FAST-VQA: Efficient end-to-end video quality assessment with fragment sampling", ECCV 2022
(arXiv:2207.02595). Four stretches of 32 frames (every other frame), 7x7 patches of 32x32 of each, one network; the
mean of its scores, brought into 0..1 by the published sigmoid. Not run for run the published numbers, which are drawn
anew each time: places of patches here follow from the frame's index, the stretches from the clip's length, and frames
with a side below 224 are enlarged before their grid is laid.

``rw-vsr-qa-fast:FILE`` takes the weights in FILE, such as ones that were fine-tuned, under the same names.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.fast_vqa.fragments import Picture
from ddsr_bench.quality.fast_vqa.stretches import Stretches
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric, Scorer
from ddsr_bench.quality.models import FAST_VQA, stored
from ddsr_bench.quality.one_torch_thread import one_torch_thread
from ddsr_bench.weights import held

if TYPE_CHECKING:
    from torch import Tensor

    from ddsr_bench.quality.fast_vqa.network.evaluator import FastVqa

NAME = "rw-vsr-qa-fast"
SMALLEST = 32
# Of 8-bit RGB, and of the scores of the published weights on LSVQ: what the network and its sigmoid were made for.
_MEAN, _STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
_SCORE_MEAN, _SCORE_STD = -0.110198185, 0.04178565


def rescaled(score: float) -> float:
    """The network's score in 0..1, ``1 / (1 + exp(-(s + .1102) / .0418))``."""
    return 1 / (1 + math.exp(-max(-500.0, min(500.0, (score - _SCORE_MEAN) / _SCORE_STD))))


def network_input(clip: Picture) -> Tensor:
    """uint8 (T, H, W, 3) -> normalised float32 (1, 3, T, H, W)."""
    import torch

    mean, std = torch.tensor(_MEAN), torch.tensor(_STD)
    return ((torch.from_numpy(clip).float() - mean) / std).permute(3, 0, 1, 2).unsqueeze(0)


class _Fast:
    """Keeps fragments of what will be looked at; the network runs at the end.

    Args:
        network: in eval mode.
    """

    def __init__(self, network: FastVqa) -> None:
        self._network, self._stretches = network, Stretches()

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Take frames; the one value comes at the end."""
        for frame in frames.rgb:
            self._stretches.add(frame)
        return np.zeros(0)

    def finish(self) -> Floats:
        """The clip's score, (1,)."""
        import torch

        scores = []
        with torch.inference_mode(), one_torch_thread():
            for stretch in self._stretches.chosen():
                scores.append(float(self._network.score(network_input(stretch.clip()))))
        return np.array([rescaled(math.fsum(scores) / len(scores))] if scores else [])


def scorer(path: Path | None = None) -> Scorer:
    """A scorer for one clip with the weights in ``path``, or in the store.

    Raises:
        DdsrError: they are not there, or another network's.
    """
    from ddsr_bench.quality.fast_vqa.checkpoint import load_network

    return _Fast(load_network(stored(FAST_VQA, NAME), stored=True) if path is None else load_network(path))


def from_file(path: Path) -> Metric:
    """The metric with a user's weights; called after the file: its values are its own.

    Raises:
        DdsrError: no such file.
    """
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise DdsrError(f"{path}: cannot read ({error.strerror or error}); give a checkpoint of FAST-VQA-B") from error
    name = f"{NAME}-{path.stem}"
    return replace(METRIC, name=name, start=lambda: scorer(path), parameters={"weights_sha256": found})


class _StoredHash(Mapping[str, Any]):
    """The hash of the weights in the store at the moment it is asked: a score belongs to the weights it came from."""

    def __getitem__(self, key: str) -> str:
        from ddsr_bench.weights.verify import sha256_of, stamped_hash

        if key != "weights_sha256" or not len(self):
            raise KeyError(key)
        path = FAST_VQA.path()
        return stamped_hash(path) or sha256_of(path)

    def __iter__(self) -> Iterator[str]:
        yield from ("weights_sha256",) if held(FAST_VQA) else ()

    def __len__(self) -> int:
        return int(held(FAST_VQA))


METRIC = Metric(NAME, "1", "NR", True, scorer, smallest=(SMALLEST, SMALLEST), pooling="last", parameters=_StoredHash())
