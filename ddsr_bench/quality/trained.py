"""Metrics that take a user's weights: ``rw-vsr-qa:my.safetensors``, ``rw-vsr-qa-fast:my.pth``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ddsr_bench.quality.metric import Metric

#: Name -> module with ``from_file(path) -> Metric``.
TRAINABLE = {
    "rw-vsr-qa": "ddsr_bench.quality.metrics.rw_vsr_qa",
    "rw-vsr-qa-fast": "ddsr_bench.quality.metrics.rw_vsr_qa_fast",
}


def is_trained(text: str) -> bool:
    """Whether ``text`` names a metric and a file with its weights."""
    name, mark, file = text.partition(":")
    return bool(mark and file) and name in TRAINABLE


def trained_metric(text: str) -> Metric:
    """The metric with the weights in a file; called after the file: its values are its own.

    Raises:
        DdsrError: no such file.
    """
    name, _, file = text.partition(":")
    metric: Metric = import_module(TRAINABLE[name]).from_file(Path(file))
    return metric
