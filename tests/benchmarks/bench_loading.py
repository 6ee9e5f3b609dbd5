"""Random clips for training against plain PyAV: both sides in one process, in turn; ratios and medians.

python tests/benchmarks/bench_loading.py BUILT_DATASET
"""

import sys
import time
from statistics import median

import av
import numpy as np

import ddsr_bench
from ddsr_bench.data.training import Clips, Sampling

FRAMES, ROUNDS = 16, 60


def plain(path, start):
    """Decode from the beginning, keep the frames asked for, as RGB."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_count = 1
        kept = []
        for number, frame in enumerate(container.decode(stream)):
            if number >= start + FRAMES:
                break
            if number >= start:
                kept.append(frame.to_ndarray(format="rgb24"))
    return np.stack(kept)


def main(folder):
    """Print the ratio."""
    table = ddsr_bench.load(folder)
    clips = Clips(table, Sampling(frames=FRAMES), seed=1)
    order = np.random.default_rng(0).permutation(len(clips))[:ROUNDS]
    ours, theirs = [], []
    for index in order:
        path = table.video[index].path
        start = time.process_time()
        sample = clips[int(index)]
        middle = time.process_time()
        expected = plain(path, sample["start"])
        end = time.process_time()
        assert expected.shape == sample["frames"].transpose(0, 2, 3, 1).shape
        ours.append(middle - start)
        theirs.append(end - middle)
    ratio = median(a / b for a, b in zip(ours, theirs, strict=True))
    print(f"{len(ours)} clips of {FRAMES} frames: ours {median(ours) * 1e3:.1f} ms, PyAV {median(theirs) * 1e3:.1f} ms")
    print(f"CPU time, ours / plain PyAV: median ratio {ratio:.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
