"""Every image metric of the package ``pyiqa`` as ``pyiqa:NAME``; that package owns them and their weights."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Any

import numpy as np

from ddsr_bench.errors import DdsrError
from ddsr_bench.quality.frames import Frames
from ddsr_bench.quality.metric import Floats, Metric

PREFIX = "pyiqa:"


def pyiqa_names() -> list[str]:
    """Sorted names of all metrics of the bridge, with their prefix; none where pyiqa is not installed."""
    try:
        package = _package()
    except DdsrError:
        return []
    return sorted(PREFIX + name for name in package.list_models())


def pyiqa_metric(text: str) -> Metric:
    """The metric called ``"pyiqa:NAME"``; its weights are loaded when it starts.

    Raises:
        DdsrError: pyiqa is not installed, or has no such metric.
    """
    package, name = _package(), text.removeprefix(PREFIX)
    known = package.list_models()
    if name not in known:
        close = difflib.get_close_matches(name, known, n=3)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else "see: ddsr-bench metrics list 'pyiqa:*'"
        raise DdsrError(f"metric {text!r}: pyiqa has no metric {name!r}; {hint}")
    facts = _facts(package, name)
    return Metric(
        name=text,
        version=f"pyiqa-{getattr(package, '__version__', 'unknown')}",
        reference="FR" if facts.get("metric_mode") == "FR" else "NR",
        higher_is_better=not facts.get("lower_better", False) if facts else None,
        start=lambda: _Bridge(text),
    )


class _Bridge:
    """Gives pyiqa one frame at a time, so that a score cannot depend on its neighbours in a batch."""

    def __init__(self, text: str) -> None:
        self._name, self._network = text, _network(text)

    def add(self, frames: Frames, reference: Frames | None) -> Floats:
        """Score each frame."""
        import torch

        clips = [frames.rgb] if reference is None else [frames.rgb, reference.rgb]
        values = []
        with torch.no_grad():
            for pictures in zip(*clips, strict=True):
                values.append(float(self._network(*(_tensor(picture) for picture in pictures))))
        return np.array(values, np.float64)

    def finish(self) -> Floats:
        """Nothing is left."""
        return np.zeros(0)


def _package() -> Any:
    try:
        import pyiqa  # type: ignore[import-not-found]
    # Where its torchvision does not fit torch, it is no ImportError.
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise DdsrError(
            f"metrics {PREFIX}NAME: the package pyiqa cannot be imported ({reason}); "
            "install it with: pip install 'ddsr-bench[pyiqa]'"
        ) from error
    return pyiqa


def _facts(package: Any, name: str) -> dict[str, Any]:
    """What pyiqa says of a metric without loading it; empty where a release keeps that elsewhere."""
    try:
        from pyiqa.default_model_configs import DEFAULT_CONFIGS  # type: ignore[import-not-found]
    except ImportError:
        return {}
    return dict(DEFAULT_CONFIGS.get(name, {}))


@lru_cache(maxsize=8)
def _network(text: str) -> Any:
    try:
        return _package().create_metric(text.removeprefix(PREFIX))
    # Whatever a network's constructor or its download raises.
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise DdsrError(f"{text}: pyiqa cannot load it ({reason}); see pyiqa's own notes on its weights") from error


def _tensor(picture: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None].float() / 255
