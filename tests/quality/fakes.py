"""Metrics whose values are known beforehand."""

import threading

import numpy as np

from ddsr_bench.quality.metric import Metric, PerFrame


def brightness(frames, reference):
    """The mean of each frame, by the shared plane."""
    return frames.plane("gray").mean(axis=(1, 2), dtype=np.float64)


def difference(frames, reference):
    return np.abs(frames.rgb.astype(float) - reference.rgb).mean(axis=(1, 2, 3))


def first_sample(frames, reference):
    """Two columns: the red of the first pixel, and the frame's number."""
    return np.stack([frames.rgb[:, 0, 0, 0].astype(float), frames.first + np.arange(len(frames))], axis=1)


class Neighbours:
    """How much a frame differs from the one before: a value less than there are frames."""

    def __init__(self):
        self.before = None
        self.threads = set()

    def add(self, frames, reference):
        self.threads.add(threading.get_ident())
        values = []
        for picture in frames.rgb:
            if self.before is not None:
                values.append(np.abs(picture.astype(float) - self.before).mean())
            self.before = picture
        return np.array(values)

    def finish(self):
        return np.zeros(0)


class Longest:
    """A clip's value: how many frames it has, known at the end."""

    def __init__(self):
        self.count = 0

    def add(self, frames, reference):
        self.count += len(frames)
        return np.zeros(0)

    def finish(self):
        return np.array([float(self.count)])


def metric(name, score=brightness, **facts):
    facts = {"version": "1", "reference": "NR", "higher_is_better": True, **facts}
    return Metric(name=name, start=lambda: PerFrame(score), **facts)


BRIGHT = metric("bright")
DIFFERENT = metric("different", difference, reference="FR", higher_is_better=False)
PAIR = metric("pair", first_sample, columns=("red", "number"))
MOVING = Metric("moving", "1", "NR", False, Neighbours)
LENGTH = Metric("length", "1", "NR", True, Longest, pooling="last")
EVERY = [BRIGHT, DIFFERENT, PAIR, MOVING, LENGTH]
