"""What a downloadable file is: its address, its hash, and its place in the store."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ddsr_bench.errors import DdsrError

HOME_VARIABLE = "DDSR_BENCH_HOME"
WHOLE_HASH = 64  # hexadecimal digits


@dataclass(frozen=True)
class WeightSpec:
    """One file on the web, pinned by content.

    Args:
        name: what the user calls it, such as ``"realbasicvsr"``.
        url: https only (http is allowed to this machine itself, for tests and mirrors); ``""`` where no program can
            get it.
        sha256: of the whole file, 64 hexadecimal digits; or their first 8 or more where only these are published;
            or ``""`` where nothing is.
        size: in bytes, where known: a wrong answer is then noticed before it is downloaded.
        licence: as its authors state it.
        filename: the last part of the URL if None.
        folder: of the store in which it lies under its own name, such as a method's; ``""`` puts its hash in its name.

    Raises:
        DdsrError: an address or hash that cannot be right, or a file name that is a path.
    """

    name: str
    url: str
    sha256: str
    size: int | None = None
    licence: str | None = None
    filename: str | None = None
    folder: str = ""

    def __post_init__(self) -> None:
        if not re.fullmatch("([0-9a-fA-F]{8,64})?" if self.folder else "[0-9a-fA-F]{64}", self.sha256):
            first = ", nor their first 8 or more" if self.folder else ""
            raise DdsrError(f"weights {self.name!r}: sha256 {self.sha256!r} is not 64 hexadecimal digits{first}")
        object.__setattr__(self, "sha256", self.sha256.lower())
        if self.url and not is_allowed_url(self.url):
            raise DdsrError(f"weights {self.name!r}: {self.url} is not allowed; give an https address")
        for part in (self.basename, *([self.folder] if self.folder else [])):
            if not re.fullmatch(r"[^\W.][\w.+-]*", part):
                raise DdsrError(f"weights {self.name!r}: {part!r} is no plain file name; set filename")

    @property
    def basename(self) -> str:
        """The file's own name."""
        return self.filename or PurePosixPath(unquote(urlsplit(self.url).path)).name

    @property
    def place(self) -> PurePosixPath:
        """Where it lies under the store's (or a mirror's) ``weights/``: ``<folder>/<name>``, or its name and hash.

        Without a folder, 8 digits of the hash are in the name, because many projects publish a ``net_g.pth``, and
        versions change.
        """
        base = PurePosixPath(self.basename)
        return PurePosixPath(self.folder) / base if self.folder else base.with_stem(f"{base.stem}-{self.sha256[:8]}")

    def path(self, root: str | os.PathLike[str] | None = None) -> Path:
        """Its place in the store, ``<root>/weights/`` and :attr:`place`."""
        return cache_root(root) / "weights" / self.place

    def fits(self, found: str) -> bool:
        """Whether a file of this whole hash is the one meant; never where no hash is published."""
        return bool(self.sha256) and found.startswith(self.sha256)


def cache_root(root: str | os.PathLike[str] | None = None) -> Path:
    """Return the store's folder: the argument, else ``$DDSR_BENCH_HOME``, else the system's cache folder."""
    given = root if root is not None else os.environ.get(HOME_VARIABLE)
    return Path(given).expanduser() if given else _platform_cache() / "ddsr-bench"


def is_allowed_url(url: str, came_from: str | None = None) -> bool:
    """Whether a file may be fetched from ``url``: https, or http to this machine, never down from https."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    if not host:
        return False
    if parts.scheme == "https":
        return True
    from_http = came_from is None or urlsplit(came_from).scheme == "http"
    return parts.scheme == "http" and from_http and is_loopback(host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this machine's own."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _platform_cache() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
