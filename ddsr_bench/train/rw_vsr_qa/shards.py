"""Fragments that were cut beforehand: a folder of shards, one for each source, as ``reports/rw-vsr-qa`` makes them.

A shard is ``NAME.npy``, uint8 (V, K, P, 4, 64, 64), the fragments of V videos of one source, and ``NAME.json``::

    {"fragments_version": 1, "native": 20, "sha256": "<of NAME.npy>", "source": {"group": "cat", ...},
     "rows": [{"name": "bicubic", "mos": 1.2, "group": "sr", "motion": [0.4, 0.5, 0.4]},
              {"name": "sharp", "mos": 4.2, "group": "sharp", ...}, {"name": "blur-1", "mos": null, "group": "ladder",
              ...}, ...]}

Videos of group ``sr`` show one LR clip, or are rungs of a ladder that have labels; ``sharp``, then those of ``ladder``,
go from best to worst. Labels in shards are always simulated. ``motion``, pixels into each key frame, may be left out;
``method`` beside ``rows`` may name what enlarged all of a shard's videos.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from ddsr_bench import video
from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json
from ddsr_bench.quality.rw_vsr_qa.fragments import CHANNELS, FRAGMENTS_VERSION, PATCH
from ddsr_bench.train.rw_vsr_qa.cache import Bytes, Fragments, mapped
from ddsr_bench.train.rw_vsr_qa.ladders import ORDER
from ddsr_bench.train.rw_vsr_qa.samples import Sample

_EVERY = 3  # of sharp clips one in three is a rated video too: all of them would be most of the spread of scores
# Labels in shards are srq-fr's less a penalty. Half of them lie below 1.1, so they are spread over the scale as
# ``dataset rate`` spreads those of a set: what a hundredth of super-resolved clips surpasses, as sharp ones do, is 4.8.
_LOW, _HIGH = (0.2, 1.2), (2.6, 4.8)


@dataclass(frozen=True)
class Shard:
    """A source's videos.

    Attributes:
        path: of the fragments.
        sha256: of that file.
        native: how many patches of a key frame are at native resolution.
        source_group: what it shares content with.
        rows: what is known of each video.
        method: what made all of them, where that is one; else empty.
    """

    path: Path
    sha256: str
    native: int
    source_group: str
    rows: tuple[dict[str, Any], ...]
    method: str = ""


def read_shards(folder: Path, leave_out: Sequence[str] = ()) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Rated videos, and those of ladders; their paths are ``SHARD.npy/ROW``.

    Args:
        folder: of the shards.
        leave_out: methods whose videos are not used, nor a shard that is of one of them as a whole; other ladders are
            of none.

    Raises:
        DdsrError: no folder, no shards, one that is damaged or of another version, or no such method.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise DdsrError(f"{folder}: no shards in it (*.json); make some by reports/rw-vsr-qa/training_set.py")
    rated: list[Sample] = []
    ladders: list[Sample] = []
    for number, path in enumerate(files):
        shard = read_shard(path)
        if shard.method in leave_out:
            continue
        rated += _rated(shard, with_sharp=number % _EVERY == 0)
        ladders += _ladder(shard)
    return _without(folder, rated, leave_out), tuple(ladders)


def _without(folder: Path, rated: Sequence[Sample], leave_out: Sequence[str]) -> tuple[Sample, ...]:
    names = [one.id.rpartition("/")[2] for one in rated]
    unknown = next((method for method in leave_out if method not in names), None)
    if unknown is not None:
        known = ", ".join(sorted(set(names)))
        raise DdsrError(f"{folder}: no method {unknown!r} to leave out; it has {known}")
    return tuple(one for one, name in zip(rated, names, strict=True) if name not in leave_out)


def read_shard(path: Path) -> Shard:
    """One shard's facts, from its JSON file.

    Raises:
        DdsrError: as :func:`read_shards`.
    """
    facts = read_json(path)
    try:
        version = facts["fragments_version"]
        rows = tuple(_row(row) for row in facts["rows"])
        array = path.with_suffix(".npy")
        native, group = int(facts["native"]), str(facts["source"]["group"])
        shard = Shard(array, str(facts["sha256"]), native, group, rows, str(facts.get("method", "")))
    except (KeyError, TypeError, ValueError) as error:
        raise DdsrError(f"{path}: not the facts of a shard ({error}); make the shard again") from error
    if version != FRAGMENTS_VERSION:
        raise DdsrError(f"{path}: fragments of version {version}, this program cuts {FRAGMENTS_VERSION}; make it again")
    if not array.is_file():
        raise DdsrError(f"{array}: not there; make the shard again")
    return shard


def _row(facts: dict[str, Any]) -> dict[str, Any]:
    row = {key: facts[key] for key in ("name", "mos", "group")}
    row["motion"] = None if facts.get("motion") is None else [float(value) for value in facts["motion"]]
    return row if row["group"] == "ladder" else {**row, "mos": float(row["mos"])}


def is_cut(sample: Sample) -> bool:
    """Whether a sample is of a shard."""
    return sample.path.parent.suffix == ".npy"


def read_fragments(sample: Sample) -> Fragments:
    """A sample's fragments, mapped from its shard.

    Raises:
        DdsrError: damaged, or not what its facts say.
    """
    array, shard = _opened(sample.path.parent)
    row = int(sample.path.name)
    if row >= len(array):
        raise DdsrError(f"{sample.path.parent}: has {len(array)} videos, its facts tell of more; make the shard again")
    motion = shard.rows[row]["motion"]
    if motion is not None and len(motion) != array.shape[1]:
        raise DdsrError(f"{sample.path.parent}: motion of {len(motion)} key frames for {array.shape[1]}; make it again")
    return Fragments(array[row], shard.native, None if motion is None else np.array(motion))


@lru_cache(maxsize=4096)
def _opened(path: Path) -> tuple[Bytes, Shard]:
    shard = read_shard(path.with_suffix(".json"))
    if video.file_sha256(path) != shard.sha256:
        raise DdsrError(f"{path}: is not the file that its facts tell of (SHA-256); make the shard again")
    array = mapped(path)
    if array is None:
        raise DdsrError(f"{path}: fragments are damaged; make the shard again")
    if array.dtype != np.uint8 or array.ndim != 6 or array.shape[3:] != (CHANNELS, PATCH, PATCH):
        raise DdsrError(f"{path}: {array.dtype} {array.shape} are no fragments; make the shard again")
    if not 0 < shard.native < array.shape[2]:
        raise DdsrError(f"{path}: {shard.native} native ones of {array.shape[2]} patches; make the shard again")
    return array, shard


def hash_of(sample: Sample) -> str:
    """What a sample's fragments are known by: its shard's SHA-256 and its row."""
    return f"{read_shard(sample.path.parent.with_suffix('.json')).sha256}#{sample.path.name}"


def _rated(shard: Shard, with_sharp: bool) -> list[Sample]:
    kinds = ("sr", "sharp") if with_sharp else ("sr",)
    return [
        _sample(shard, row, shard.path.stem, spread(facts["mos"]), rated=True)
        for row, facts in enumerate(shard.rows)
        if facts["group"] in kinds
    ]


def spread(value: float) -> float:
    """A shard's label on the scale that is learnt, 1.2 to 4.8."""
    (low, first), (high, last) = _LOW, _HIGH
    return first + (min(max(value, low), high) - low) * (last - first) / (high - low)


def _ladder(shard: Shard) -> list[Sample]:
    members = [row for kind in ("sharp", "ladder") for row, one in enumerate(shard.rows) if one["group"] == kind]
    return [_sample(shard, row, f"{shard.path.stem}:ladder", -float(k), rated=False) for k, row in enumerate(members)]


def _sample(shard: Shard, row: int, group: str, label: float, *, rated: bool) -> Sample:
    return Sample(
        id=f"{group}/{shard.rows[row]['name']}",
        path=shard.path / str(row),
        group=group,
        source_group=shard.source_group,
        label=label,
        rated=rated,
        origin="simulated" if rated else ORDER,
    )
