"""All methods by name: ours (one file each in ``methods/``), other packages', and a user's own."""

from __future__ import annotations

from functools import lru_cache

from ddsr_bench.registry import Registry, lazy_modules
from ddsr_bench.vsr.method import Method

GROUP = "ddsr_bench.methods"
_PACKAGE = "ddsr_bench.vsr.methods"


def method_names(pattern: str = "*") -> list[str]:
    """Sorted names that match a shell pattern such as ``"*lanczos*"``."""
    return _registry().names(pattern)


def get_method(name: str) -> Method:
    """The method called ``name``.

    Raises:
        DdsrError: unknown (close names are listed), or it cannot be loaded.
    """
    return _registry().get(name)


@lru_cache(maxsize=1)
def _registry() -> Registry[Method]:
    """Made at the first question, so that importing this module reads no folder."""
    registry: Registry[Method] = Registry("method", group=GROUP, accept=lambda value: isinstance(value, Method))
    for module in lazy_modules(_PACKAGE):
        registry.register_lazy(module.replace("_", "-"), f"{_PACKAGE}.{module}:METHOD")
    return registry
