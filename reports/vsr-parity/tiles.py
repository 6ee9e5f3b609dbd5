"""How far RFDN and RLFN in tiles are from whole frames: prints the figures that stand in their cards.

    python reports/vsr-parity/tiles.py RFDN.pth RLFN.pth CLIP...

The first frame of each clip, by each network with tiles of 512 (what larger frames get by themselves) and of 256 LR
pixels, against the same frame in one piece: largest and mean difference in grey levels of the 8-bit output.
"""

import sys
from pathlib import Path

import numpy as np

from ddsr_bench.video import read_frames
from ddsr_bench.vsr.catalogue import get_method
from ddsr_bench.vsr.method import Settings

NAMES, SIDES = ("rfdn", "rlfn"), (512, 256)


def made(name: str, weights: Path, frame: np.ndarray, tile: int | None) -> np.ndarray:
    """The frame at x4 on the CPU, as integers."""
    settings = Settings(scale=4, weights=weights, device="cpu", precision="fp32", tile=tile)
    return next(iter(get_method(name).start(settings)(iter([frame])))).astype(int)


def main(weights: list[Path], clips: list[Path]) -> None:
    """Print a line for each clip, network and tile."""
    for clip in clips:
        frame = next(iter(read_frames(clip, 0, 1)))
        for name, file in zip(NAMES, weights, strict=True):
            whole = made(name, file, frame, 0)
            for side in SIDES:
                off = np.abs(made(name, file, frame, side) - whole)
                size = f"{frame.shape[1]}x{frame.shape[0]}"
                print(f"{name} {size} tile {side}: largest {off.max()}, mean {off.mean():.3f} levels", flush=True)


if __name__ == "__main__":
    main([Path(one) for one in sys.argv[1:3]], [Path(one) for one in sys.argv[3:]])
