"""A picture does not depend on how many threads the linear algebra may use."""

import os
import subprocess
import sys

SCRIPT = """
import hashlib
import numpy as np
from ddsr_bench.degrade.linear import blur_resize
rng = np.random.default_rng(0)
frame = rng.uniform(0, 1, (3, 360, 640)).astype(np.float32)
kernel = np.outer(np.hanning(9)[1:-1], np.hanning(9)[1:-1])
kernel /= kernel.sum()
digest = hashlib.sha256()
for mode in ("area", "matlab_bicubic"):
    digest.update(np.ascontiguousarray(blur_resize(frame, kernel, (90, 160), mode)).tobytes())
print(digest.hexdigest())
"""


def digest(threads):
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads}
    run = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment)
    return run.stdout


def test_blur_and_resize_are_the_same_bits_with_one_thread_and_with_many():
    assert digest("1") == digest("2") == digest("4")
