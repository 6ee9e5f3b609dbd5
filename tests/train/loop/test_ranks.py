"""Two processes are one: gathering, gradients, batch norms, a whole run."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from line_task import LineTask
from safetensors.torch import load_file
from torch import nn

from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.journal import read_log
from ddsr_bench.train.loop.train import train

CONFIG = LoopConfig(epochs=3, learning_rate=0.02, clip=0.5)


class NormedTask(LineTask):
    """With a batch norm, without dropout: what is drawn differs between processes."""

    def __init__(self):
        super().__init__(dropout=0.0)
        torch.manual_seed(1)
        # No bias before a norm: its gradient is rounding, which Adam makes a step of.
        self.module = nn.Sequential(nn.Linear(6, 16, bias=False), nn.BatchNorm1d(16), nn.Tanh(), nn.Linear(16, 1))


class UnevenTask(NormedTask):
    """Shares of four and three; what each process holds of the gathered rows is their own."""

    def batches(self, epoch, first, ranks):
        for index in range(first, self.steps):
            rows = torch.tensor(ranks.share(list(range(7 * index, 7 * index + 7))))
            yield {"x": self.x[rows], "y": self.y[rows]}


def alone_and_together(folder):
    """What each process does; run by torchrun's variables, or without them alone."""
    from ddsr_bench.train.loop.ranks import joined

    torch.set_num_threads(1)
    with joined() as ranks:
        seen = []
        train(NormedTask(), CONFIG, folder / "even", seed=5, device="cpu", ranks=ranks, progress=seen.append)
        train(UnevenTask(), CONFIG, folder / "uneven", seed=5, device="cpu", ranks=ranks)
        rows = ranks.gather(torch.arange(2.0 + ranks.rank) + 10 * ranks.rank)
        told = {"rows": rows.tolist(), "progress": len(seen), "agreed": ranks.agreed(ranks.rank)}
        (folder / f"told-{ranks.rank}.json").write_text(json.dumps(told))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    code = (
        f"import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}]; from pathlib import Path; "
        f"import test_ranks; test_ranks.alone_and_together(Path({str(folder / 'two')!r}))"
    )
    (folder / "two").mkdir()
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    (folder / "one").mkdir()
    alone_and_together(folder / "one")
    for process in started:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors
    return folder


@pytest.mark.parametrize("kind", ["even", "uneven"])
def test_two_processes_train_as_one(folders, kind):
    one, two = (folders / name / kind for name in ("one", "two"))
    ours, theirs = (read_log(folder / "log.jsonl") for folder in (one, two))
    assert len(ours) == len(theirs) == 15
    for mine, other in zip(ours, theirs, strict=True):
        assert mine["values"] == pytest.approx(other["values"], abs=2e-5)
    weights = [load_file(folder / "best.safetensors") for folder in (one, two)]
    for name, value in weights[0].items():
        torch.testing.assert_close(value, weights[1][name], rtol=1e-4, atol=1e-5)


def test_rows_come_in_order_of_rank_and_only_the_first_process_tells(folders):
    first, second = (json.loads((folders / "two" / f"told-{rank}.json").read_text()) for rank in range(2))
    assert first["rows"] == second["rows"] == [0, 1, 10, 11, 12]
    assert (first["agreed"], second["agreed"]) == (0, 0)
    assert first["progress"] == 3 * (4 + 1) + 2 + _notes()
    assert second["progress"] == 0


def _notes():
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError:
        return 1
    return 0
