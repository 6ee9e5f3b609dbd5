"""rw-vsr-qa: our no-reference measure for super-resolved video, 1 to 5, with the weights that come with the package.

Its labels in training were simulated (``srq-fr`` and a penalty for flicker), not people's: see
``reports/rw-vsr-qa``. ``rw-vsr-qa:FILE`` takes weights of your own (``ddsr-bench train rw-vsr-qa``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.metric import Metric, Scorer

if TYPE_CHECKING:
    from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration
    from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa
    from ddsr_bench.quality.rw_vsr_qa.scorer import KeyFrames

NAME = "rw-vsr-qa"


def shipped_weights() -> Path:
    """Where the package's weights are.

    Raises:
        DdsrError: they did not come with it.
    """
    path = Path(str(files("ddsr_bench.quality.rw_vsr_qa").joinpath("rw_vsr_qa.safetensors")))
    if not path.is_file():
        raise DdsrError(f"{NAME}: its weights ({path.name}) did not come with the package; install ddsr-bench anew")
    return path


@lru_cache(maxsize=4)
def _network(path: Path, changed_ns: int) -> tuple[RwVsrQa, Calibration]:
    from ddsr_bench.quality.rw_vsr_qa.checkpoint import load_network

    return load_network(path)


def key_frames(path: Path | None = None) -> KeyFrames:
    """What looks at one clip's key frames, with the weights in ``path`` or the package's.

    Raises:
        DdsrError: they are not there, or no weights of RW-VSR-QA.
    """
    from ddsr_bench.quality.rw_vsr_qa.scorer import KeyFrames

    path = path or shipped_weights()
    changed = path.stat().st_mtime_ns if path.is_file() else 0
    return KeyFrames(*_network(path, changed))


def scorer(path: Path | None = None) -> Scorer:
    """A scorer for one clip; arguments and errors as :func:`key_frames`."""
    from ddsr_bench.quality.rw_vsr_qa.scorer import RwVsrQaScorer

    return RwVsrQaScorer(key_frames(path))


def from_file(path: Path) -> Metric:
    """The metric with a user's weights; called after the file: its values are its own.

    Raises:
        DdsrError: no such file.
    """
    try:
        found = _hash(path)
    except OSError as error:
        raise DdsrError(f"{path}: cannot read ({error.strerror or error}); give a file of RW-VSR-QA weights") from error
    name = f"{NAME}-{path.stem}"
    return replace(METRIC, name=name, start=lambda: scorer(path), parameters={"weights_sha256": found})


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


class ShippedHash(Mapping[str, Any]):
    """The hash of the weights, read when it is asked for: a score belongs to the weights that it came from."""

    def __getitem__(self, key: str) -> str:
        if key != "weights_sha256":
            raise KeyError(key)
        return _hash(shipped_weights())

    def __iter__(self) -> Iterator[str]:
        yield "weights_sha256"

    def __len__(self) -> int:
        return 1


METRIC = Metric(
    NAME,
    "3",
    "NR",
    True,
    scorer,
    pooling="hysteresis",
    parameters=ShippedHash(),
)
