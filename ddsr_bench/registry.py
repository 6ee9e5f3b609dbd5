"""One small registry for metrics, methods and presets: names are known without loading what they name."""

from __future__ import annotations

import difflib
import pkgutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any, Generic, TypeVar

from ddsr_bench.errors import DdsrError

T = TypeVar("T")


class RegistryWarning(UserWarning):
    """An entry of another package was left out; the text says which and why, in one line."""


@dataclass(frozen=True)
class _Entry:
    """How to get a value. ``target`` tells two of one name apart; a ``foreign`` one may be broken."""

    load: Callable[[], Any]
    target: object
    foreign: bool = False


class Registry(Generic[T]):
    """Names and what they stand for.

    Args:
        kind: what an entry is called in messages, such as ``"metric"``.
        group: an entry-point group (``"ddsr_bench.metrics"``) through which other packages add entries. It
            is read when names are first asked for; an entry point is loaded when its own name is.
        accept: tells whether a value loaded from another package is of the right kind; None takes all.
    """

    def __init__(self, kind: str, *, group: str | None = None, accept: Callable[[object], bool] | None = None) -> None:
        self._kind = kind
        self._group = group
        self._accept = accept
        self._entries: dict[str, _Entry] = {}
        self._values: dict[str, T] = {}
        self._packages: list[tuple[str, str]] = []

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that registers a function, class or object under ``name`` and returns it.

        Raises:
            DdsrError: the name is taken (when decorating).
        """

        def decorate(value: T) -> T:
            self._add(name, _Entry(lambda: value, value))
            return value

        return decorate

    def register_lazy(self, name: str, target: str) -> None:
        """Register ``"package.module:attribute"``, imported when the name is first asked for.

        Raises:
            DdsrError: the name is taken.
            ValueError: ``target`` is not of that form.
        """
        module, _, attribute = target.partition(":")
        if not module or not attribute:
            raise ValueError(f"target {target!r}: write it as 'package.module:attribute'")
        self._add(name, _Entry(lambda: getattr(import_module(module), attribute), target))

    def register_package(self, package: str, attribute: str) -> None:
        """Make every module of ``package`` an entry of its own name: the module's ``attribute``.

        The folder is listed when names are first asked for, so a new file is a new entry.
        """
        self._packages.append((package, attribute))

    def names(self, pattern: str = "*") -> list[str]:
        """Return the sorted names that match a shell pattern such as ``"*x4*"``; nothing is loaded for it."""
        self._discover()
        return sorted(name for name in self._entries if fnmatchcase(name, pattern))

    def get(self, name: str) -> T:
        """Return what ``name`` stands for, loading it at the first call.

        Raises:
            DdsrError: unknown name (close ones and all names are listed), or it cannot be loaded.
        """
        if name not in self._values:
            if name not in self._entries:
                self._discover()
            if name not in self._entries:
                raise DdsrError(self._unknown(name))
            self._values[name] = self._load(name, self._entries[name])
        return self._values[name]

    def load(self, pattern: str = "*") -> dict[str, T]:
        """Return all matching entries by name; broken ones of other packages are left out with a warning.

        Raises:
            DdsrError: one of our own cannot be loaded.
        """
        loaded: dict[str, T] = {}
        for name in self.names(pattern):
            try:
                loaded[name] = self.get(name)
            except DdsrError as error:
                if not self._entries[name].foreign:
                    raise
                self._warn(str(error))
        return loaded

    def __contains__(self, name: object) -> bool:
        self._discover()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def _add(self, name: str, entry: _Entry) -> None:
        if name in self._entries:
            raise DdsrError(f"{self._kind} {name!r}: registered twice; choose another name")
        self._entries[name] = entry

    def _load(self, name: str, entry: _Entry) -> T:
        try:
            value: T = entry.load()
        except ImportError as error:
            raise DdsrError(
                f"{self._kind} {name!r}: cannot be loaded ({_line(error)}); install what it needs"
            ) from error
        except (Exception, SystemExit) as error:
            if not entry.foreign:
                raise
            raise DdsrError(f"{self._kind} {name!r}: {_blame(entry, _line(error))}") from error
        if entry.foreign and self._accept is not None and not self._accept(value):
            raise DdsrError(f"{self._kind} {name!r}: {_blame(entry, f'it is no {self._kind}')}")
        return value

    def _unknown(self, name: str) -> str:
        names = self.names()
        close = difflib.get_close_matches(name, names, n=3)
        hint = f"did you mean {' or '.join(map(repr, close))}? " if close else ""
        return f"{self._kind} {name!r}: unknown; {hint}choose one of: {', '.join(names) or '(none)'}"

    def _discover(self) -> None:
        """Read what was announced but not looked at: package folders, then other packages' entry points."""
        packages, self._packages = self._packages, []
        for package, attribute in packages:
            for module in lazy_modules(package):
                self.register_lazy(module, f"{package}.{module}:{attribute}")
        group, self._group = self._group, None
        if group is not None:
            for point in sorted(entry_points(group=group), key=lambda point: (point.name, point.value)):
                self._add_foreign(point)

    def _add_foreign(self, point: EntryPoint) -> None:
        present = self._entries.get(point.name)
        if present is None:
            self._entries[point.name] = _Entry(point.load, point.value, foreign=True)
        elif present.target != point.value:
            self._warn(f"{self._kind} {point.name!r}: {point.value} left out, the name is taken")

    @staticmethod
    def _warn(text: str) -> None:
        warnings.warn(text, RegistryWarning, stacklevel=3)


def lazy_modules(package: str) -> list[str]:
    """Return the sorted names of the modules in a package's folder, without importing them.

    Names with a leading underscore are left out. Only the package itself is imported (its parents too).

    Raises:
        ValueError: ``package`` is no package.
    """
    spec = find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        raise ValueError(f"{package!r} is not a package")
    found = pkgutil.iter_modules(spec.submodule_search_locations)
    return sorted(module.name for module in found if not module.name.startswith("_"))


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, ImportError) else f"{type(error).__name__}: {text}"


def _blame(entry: _Entry, what: str) -> str:
    return f"the entry point {entry.target} of another package is broken ({what}); update or remove that package"
