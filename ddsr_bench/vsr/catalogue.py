"""All methods by name: ours (one file each in ``methods/``), other packages', and a user's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from ddsr_bench.errors import DdsrError
from ddsr_bench.registry import Registry, lazy_modules
from ddsr_bench.userfile import is_in_file
from ddsr_bench.vsr.method import Method
from ddsr_bench.vsr.model_file import PREFIX as MODEL
from ddsr_bench.vsr.model_file import model_method
from ddsr_bench.vsr.own import from_function, load_own
from ddsr_bench.vsr.precomputed import PREFIX, precomputed_method

GROUP = "ddsr_bench.methods"
_PACKAGE = "ddsr_bench.vsr.methods"
Found = Method | Callable[..., object]


def method_names(pattern: str = "*") -> list[str]:
    """Sorted names that match a shell pattern such as ``"*lanczos*"``."""
    return _registry().names(pattern)


def get_method(text: str) -> Method:
    """The method called ``name``, a function in ``path/to/file.py:function``, the clips of ``folder:DIR``, or the model
    in ``model:FILE`` (ONNX, or a frozen graph).

    Raises:
        DdsrError: unknown (close names are listed), or it cannot be loaded.
    """
    if text.startswith(PREFIX):
        return precomputed_method(text)
    if text.startswith(MODEL):
        return _unlike_ours(text, model_method(text))
    if is_in_file(text):
        return _unlike_ours(text, load_own(text))
    found = _registry().get(text)
    return found if isinstance(found, Method) else from_function(found, text)


def _unlike_ours(text: str, method: Method) -> Method:
    if method.name in _registry():
        raise DdsrError(f"{text}: is called {method.name!r} as one of ours is; rename it")
    return method


@lru_cache(maxsize=1)
def _registry() -> Registry[Found]:
    """Made at the first question, so that importing this module reads no folder."""
    registry: Registry[Found] = Registry("method", group=GROUP, accept=_is_method)
    for module in lazy_modules(_PACKAGE):
        registry.register_lazy(module.replace("_", "-"), f"{_PACKAGE}.{module}:METHOD")
    return registry


def _is_method(value: object) -> bool:
    return isinstance(value, Method) or callable(value)
