"""All metrics by name: ours (one file each in ``metrics/``), other packages', pyiqa's, and a user's own files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality import fitted, trained
from ddsr_bench.quality.metric import Metric
from ddsr_bench.quality.own import from_function, load_own
from ddsr_bench.quality.pyiqa_bridge import PREFIX, pyiqa_metric, pyiqa_names
from ddsr_bench.registry import Registry, lazy_modules
from ddsr_bench.userfile import is_in_file

GROUP = "ddsr_bench.metrics"
_PACKAGE = "ddsr_bench.quality.metrics"
_FEATURES = 8
Found = Metric | Callable[..., object]


def metric_names(pattern: str = "*") -> list[str]:
    """Sorted names that match a shell pattern; those of pyiqa only for a pattern that begins with ``pyiqa:``."""
    if pattern.startswith(PREFIX):
        return [name for name in pyiqa_names() if fnmatchcase(name, pattern)]
    return _registry().names(pattern)


def get_metric(text: str) -> Metric:
    """The metric called ``name``, ``pyiqa:name`` or ``path/to/file.py:function``, or one with a user's model.

    Those are ``niqe-fit:model.npz`` and ``rw-vsr-qa-fast:model.pth``.

    Raises:
        DdsrError: unknown (close names are listed), or it cannot be loaded.
    """
    if text.startswith(PREFIX):
        return pyiqa_metric(text)
    if fitted.is_fitted(text):
        return fitted.fitted_metric(text)
    if trained.is_trained(text):
        return trained.trained_metric(text)
    if is_in_file(text):
        return load_own(text)
    found = _registry().get(text)
    return found if isinstance(found, Metric) else from_function(found, text)


def is_feature_set(metric: Metric) -> bool:
    """Whether a metric's many columns are features for a regressor to be trained on, not scores."""
    return len(metric.columns) >= _FEATURES


def choose_metrics(texts: Sequence[str], *, with_reference: bool) -> dict[str, Metric]:
    """The metrics asked for, by what was written (a pattern's matches by name), each once.

    Args:
        texts: names, own files, or shell patterns (``"*"``, ``"*ssim*"``), which match our own and other packages'.
        with_reference: patterns take full-reference metrics in too.

    Raises:
        DdsrError: an unknown name, a pattern that matches nothing, or two metrics of one name.
    """
    chosen: dict[str, Metric] = {}
    for text in texts:
        for name in _expanded(text, with_reference):
            chosen.setdefault(name, get_metric(name))
    seen: dict[str, str] = {}
    for text, metric in chosen.items():
        if metric.name in seen:
            raise DdsrError(f"{text}: is called {metric.name!r} as {seen[metric.name]} is; rename one of the two")
        seen[metric.name] = text
    for text, metric in chosen.items():
        if is_in_file(text) and metric.name in _registry():
            raise DdsrError(f"{text}: is called {metric.name!r} as one of ours is; rename it")
    return chosen


def _expanded(text: str, with_reference: bool) -> list[str]:
    if is_in_file(text) or not set("*?[") & set(text):
        return [text]
    names = [n for n in metric_names(text) if with_reference or get_metric(n).reference == "NR"]
    if not names:
        raise DdsrError(f"metric {text!r}: matches none; see: ddsr-bench metrics list")
    return names


@lru_cache(maxsize=1)
def _registry() -> Registry[Found]:
    """Made at the first question, so that importing this module reads no folder."""
    registry: Registry[Found] = Registry("metric", group=GROUP, accept=_is_metric)
    for module in lazy_modules(_PACKAGE):
        registry.register_lazy(module.replace("_", "-"), f"{_PACKAGE}.{module}:METRIC")
    return registry


def _is_metric(value: object) -> bool:
    return isinstance(value, Metric) or callable(value)
