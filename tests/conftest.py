"""Shared material: tiny clips made here, and the folder of real ones where it is present."""

import os
import re
import signal
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

cv2.setNumThreads(1)
# A shell's background jobs are started deaf to Ctrl-C, and so would be the commands that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


def moving_scene(frames=8, width=96, height=64, speed=2.0, seed=0):
    """A textured picture that moves to the right; uint8 (T, H, W, 3)."""
    rng = np.random.default_rng(seed)
    base = cv2.GaussianBlur(rng.uniform(0, 255, (height, width * 2, 3)).astype(np.float32), (0, 0), 2)
    base = np.clip((base - base.mean()) * 6 + 128, 0, 255)
    cv2.rectangle(base, (width // 2, height // 4), (width // 2 + 12, height // 2), (230, 40, 40), -1)
    clip = []
    for t in range(frames):
        shift = np.float32([[1, 0, -speed * t], [0, 1, 0]])
        clip.append(cv2.warpAffine(base, shift, (width, height), borderMode=cv2.BORDER_REFLECT))
    return np.clip(np.rint(clip), 0, 255).astype(np.uint8)


def readme_block(first):
    """The example of the README that begins with the line ``first``, that line included."""
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    return re.search(rf"^```\w+\n({re.escape(first)}.*?)^```", readme, re.DOTALL | re.MULTILINE)[1]


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty store of the test's own, and no network."""
    monkeypatch.setenv("DDSR_BENCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DDSR_BENCH_OFFLINE", "1")
    monkeypatch.delenv("DDSR_BENCH_MIRROR", raising=False)
    return tmp_path / "home"


@pytest.fixture
def clip():
    """Eight frames of 96x64."""
    return moving_scene()


@pytest.fixture
def make_video(tmp_path):
    """Write a small lossless clip and return its path."""
    from ddsr_bench.video import VideoWriter

    def make(name="clip.mkv", frames=None, folder=tmp_path, fps=Fraction(24)):
        frames = moving_scene() if frames is None else frames
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with VideoWriter(path, width=frames.shape[2], height=frames.shape[1], fps=fps, format="ffv1") as writer:
            for frame in frames:
                writer.write(frame)
        return path

    return make


@pytest.fixture(scope="session")
def shared():
    """The folder of real material; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("DDSR_BENCH_SHARED", Path(__file__).parents[2] / "shared"))
    if not (folder / "clips").is_dir():
        pytest.skip(f"no real clips in {folder}; set DDSR_BENCH_SHARED to the folder that holds them")
    return folder


@pytest.fixture(scope="session")
def rated_folders(tmp_path_factory):
    """Folders ``data`` (six sources, three videos each), ``ladders`` and ``cache`` (of fragments, filled by whom
    needs them); not to be changed."""
    from rated_set import make_ladders, make_rated

    root = tmp_path_factory.mktemp("rated-folders")
    make_rated(root / "data", sources=6, frames=4, methods=("sharp", "blur-2", "noise-2"))
    make_ladders(root / "ladders", sources=3, frames=4)
    return root


@pytest.fixture(scope="session")
def qa_network():
    """A small RW-VSR-QA of random weights, whose norms have seen data, so that its scores differ."""
    import torch

    from ddsr_bench.quality.rw_vsr_qa.network import RwVsrQa, Shape

    with torch.random.fork_rng():
        torch.manual_seed(1)
        network = RwVsrQa(Shape(width=8, features=16)).train()
        network(torch.randint(0, 256, (4, 1, 6, 4, 64, 64), dtype=torch.uint8), 4)
    return network.eval()


@pytest.fixture(scope="session")
def qa_weights(qa_network, tmp_path_factory):
    """That network in a file."""
    from ddsr_bench.quality.rw_vsr_qa.checkpoint import Calibration, save_network

    path = tmp_path_factory.mktemp("weights") / "mine.safetensors"
    save_network(qa_network, path, Calibration(2.0, 3.0))
    return path


@pytest.fixture(scope="session")
def hr_folder(tmp_path_factory):
    """A folder of five small HR clips, which tests read only."""
    from hr_clips import write_clips

    return write_clips(tmp_path_factory.mktemp("hr"))


@pytest.fixture(scope="session")
def hr_footage(hr_folder):
    """What training finds in it."""
    from ddsr_bench.train.ddsr.footage import find_footage

    return find_footage(str(hr_folder), side=64, frames=4)
