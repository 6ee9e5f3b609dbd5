"""Two processes are one: gathering, gradients, batch norms, a whole run."""

import json
import os
import socket
import subprocess
import sys
import traceback
from pathlib import Path

import pytest
import torch
from line_task import LineTask
from safetensors.torch import load_file
from torch import nn

from ddsr_bench.train.loop.config import LoopConfig
from ddsr_bench.train.loop.journal import read_log
from ddsr_bench.train.loop.train import train

CONFIG = LoopConfig(epochs=2, learning_rate=0.02, clip=0.5)


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


def forked(folder):
    """Become two processes with torchrun's variables: torch is imported once, which is most of the time it takes."""
    # The first optimiser imports the other half of it.
    torch.optim.Adam([nn.Parameter(torch.ones(1))])
    child = os.fork()
    rank = "0" if child else "1"
    os.environ.update(WORLD_SIZE="2", RANK=rank, LOCAL_RANK=rank)
    try:
        alone_and_together(folder)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) if child else 0)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    code = (
        f"import sys; sys.path[:0] = [{str(Path(__file__).parent)!r}]; from pathlib import Path; "
        f"import test_ranks; test_ranks.forked(Path({str(folder / 'two')!r}))"
    )
    for name in ("one", "two"):
        (folder / name).mkdir()
    environment = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port}
    both = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True)
    alone_and_together(folder / "one")
    _, errors = both.communicate(timeout=300)
    assert both.returncode == 0, errors
    return folder


@pytest.mark.parametrize("kind", ["even", "uneven"])
def test_two_processes_train_as_one(folders, kind):
    one, two = (folders / name / kind for name in ("one", "two"))
    ours, theirs = (read_log(folder / "log.jsonl") for folder in (one, two))
    assert len(ours) == len(theirs) == 10
    for mine, other in zip(ours, theirs, strict=True):
        assert mine["values"] == pytest.approx(other["values"], abs=2e-5)
    weights = [load_file(folder / "best.safetensors") for folder in (one, two)]
    for name, value in weights[0].items():
        torch.testing.assert_close(value, weights[1][name], rtol=1e-4, atol=1e-5)


def test_rows_come_in_order_of_rank_and_only_the_first_process_tells(folders):
    first, second = (json.loads((folders / "two" / f"told-{rank}.json").read_text()) for rank in range(2))
    assert first["rows"] == second["rows"] == [0, 1, 10, 11, 12]
    assert (first["agreed"], second["agreed"]) == (0, 0)
    assert first["progress"] == 2 * (4 + 1) + 2 + _notes()
    assert second["progress"] == 0


def _notes():
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError:
        return 1
    return 0
