"""Decoded HR clips and degraded LR clips on disk, as plain arrays that any process can map.

A degraded clip is named by what made it (HR file, spec, scale, seed, turn), so whoever wants one finds it or makes it,
and it is the same. Clips are degraded whole and serve several epochs, since degrading costs more than training on a
crop; each time another crop, window and mirroring is taken of them.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ddsr_bench import video
from ddsr_bench.degrade.pipeline import apply
from ddsr_bench.degrade.recipe import ClipInfo
from ddsr_bench.degrade.sampling import sample
from ddsr_bench.degrade.spec import Spec
from ddsr_bench.errors import DdsrError
from ddsr_bench.files import make_folder, replacing
from ddsr_bench.provenance import content_hash
from ddsr_bench.train.ddsr.footage import Footage
from ddsr_bench.vsr.classical.aligned import CHANNELS, aligned

Clip = NDArray[np.uint8]
#: Raised whenever other arrays come out of the same clips.
STOCK_VERSION = 1


@dataclass(frozen=True)
class Stock:
    """The clips of one training.

    Attributes:
        folder: for the arrays; holds the HR clips uncompressed, so it needs room.
        spec: of the degradations.
        scale: HR size / LR size.
        seed: of the recipes.
        aligned: LR frames come with the mean of their neighbours beside them.
    """

    folder: Path
    spec: Spec
    scale: int
    seed: int
    aligned: bool = False

    @property
    def channels(self) -> int:
        """Of LR frames."""
        return CHANNELS if self.aligned else 3

    def hr(self, footage: Footage) -> Clip:
        """The sharp clip, uint8 (T, H, W, 3), cropped to whole LR pixels.

        Raises:
            DdsrError: it cannot be read, or the disk is full.
        """
        path = self._path("hr", [footage.sha256, self.scale])
        return self._mapped(path, lambda: self._sharp(footage))

    def lr(self, footage: Footage, turn: int) -> Clip:
        """One of its degraded versions, uint8 (T, H/s, W/s, C) with ``channels`` C.

        Raises:
            DdsrError: as :meth:`hr`, or the clip is too short for the spec.
        """
        if self.aligned:
            return self._turn(
                "aligned", footage, turn, lambda: np.stack(list(aligned(iter(self._plain(footage, turn)))))
            )
        return self._plain(footage, turn)

    def _plain(self, footage: Footage, turn: int) -> Clip:
        return self._turn("lr", footage, turn, lambda: self._degraded(footage, turn))

    def _turn(self, kind: str, footage: Footage, turn: int, make: Callable[[], Clip]) -> Clip:
        path = self._turn_path(kind, footage, turn)
        if not path.exists() and turn >= 2:
            # Nobody asks for it again; who has it mapped keeps it until done.
            self._turn_path(kind, footage, turn - 2).unlink(missing_ok=True)
        return self._mapped(path, make)

    def bytes_needed(self, clips: tuple[Footage, ...]) -> int:
        """Room that the arrays take."""
        pixels = sum(clip.width * clip.height * clip.frames for clip in clips)
        low = 3 + (CHANNELS if self.aligned else 0)
        return int(pixels * (3 + 3 * low / self.scale**2))

    def _turn_path(self, kind: str, footage: Footage, turn: int) -> Path:
        return self._path(kind, [footage.sha256, footage.id, self.spec.sha256, self.scale, self.seed, turn])

    def _path(self, kind: str, address: list[Any]) -> Path:
        return self.folder / f"{kind}-{content_hash([STOCK_VERSION, *address])[:32]}.npy"

    def _sharp(self, footage: Footage) -> Clip:
        width, height = (side // self.scale * self.scale for side in (footage.width, footage.height))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", video.UntaggedColourWarning)
            return np.stack([frame[:height, :width] for frame in video.read_frames(footage.path, threads=1)])

    def _degraded(self, footage: Footage, turn: int) -> Clip:
        sharp = self.hr(footage)
        info = ClipInfo(id=footage.id, width=sharp.shape[2], height=sharp.shape[1], frames=len(sharp), fps=footage.fps)
        recipe = sample(self.spec, seed=self.seed, clip=info, scale=self.scale, variant=turn)
        return np.stack(list(apply(recipe, iter(sharp))))

    @staticmethod
    def _mapped(path: Path, make: Callable[[], Clip]) -> Clip:
        if not path.exists():
            _write(path, make())
        try:
            return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        except (OSError, ValueError) as error:
            raise DdsrError(f"{path}: not an array of this program ({error}); remove it") from error


def _write(path: Path, clip: Clip) -> None:
    make_folder(path.parent)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.save(file, clip)
