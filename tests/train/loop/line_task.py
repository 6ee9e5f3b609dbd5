"""The smallest task there is: a network that learns a line, with the similarity loss over the whole batch."""

import torch
from torch import nn

from ddsr_bench.seeding import derive_seed, generator
from ddsr_bench.train.loop.task import Part, Validated
from ddsr_bench.train.losses.l1 import l1
from ddsr_bench.train.losses.similarity import similarity


class LineTask:
    """32 points in batches of 8; dropout and noise make each step depend on its own address."""

    watch = "score"
    weights = {"l1": 0.5}  # noqa: RUF012
    steps = 4

    def __init__(self, seed=0, dropout=0.2, break_at=None, hook=None):
        torch.manual_seed(derive_seed("line", seed))
        self.seed, self.break_at, self.hook = seed, break_at, hook
        self.module = nn.Sequential(nn.Linear(6, 16), nn.Tanh(), nn.Dropout(dropout), nn.Linear(16, 1))
        rng = generator("line data", 0)
        self.x = torch.tensor(rng.normal(size=(32, 6)), dtype=torch.float32)
        self.y = self.x @ torch.tensor([1.0, -2.0, 0.5, 0.0, 1.0, 3.0])
        self.exported = 0

    def parts(self):
        return {"net": Part(self.module)}

    def facts(self):
        return {"task": "line", "data": "32 points"}

    def batches(self, epoch, first, ranks):
        order = generator("line order", self.seed, epoch).permutation(32)
        for index in range(first, self.steps):
            rows = torch.tensor(ranks.share(order[8 * index : 8 * index + 8]))
            yield {"x": self.x[rows], "y": self.y[rows]}

    def losses(self, part, batch, moment, ranks):
        if self.hook is not None:
            self.hook(moment)
        scores = ranks.gather(self.module(batch["x"])[:, 0])
        labels = ranks.gather(batch["y"])
        found = {"similarity": similarity(scores, labels), "l1": l1(scores, labels)}
        if self.break_at == moment.step:
            found["l1"] = found["l1"] * float("nan")
        return found

    def validate(self, modules, ranks):
        return Validated({"score": -similarity(modules["net"](self.x)[:, 0], self.y).item()})

    def export(self, modules, path):
        from safetensors.torch import save_file

        self.exported += 1
        save_file(modules["net"].state_dict(), path)
