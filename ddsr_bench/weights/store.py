"""Getting a file: from the store, from the web, or from the user's hand; always the one its hash names."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights.download import DownloadProgress, TransientError, transfer
from ddsr_bench.weights.lock import exclusive
from ddsr_bench.weights.spec import HOME_VARIABLE, WeightSpec
from ddsr_bench.weights.verify import is_verified, mismatch, sha256_of, write_stamp

OFFLINE_VARIABLE = "DDSR_BENCH_OFFLINE"
_LONGEST_WAIT_S = 30.0


def fetch(
    spec: WeightSpec,
    *,
    root: str | os.PathLike[str] | None = None,
    offline: bool = False,
    verify: bool = False,
    progress: DownloadProgress | None = None,
    retries: int = 4,
    backoff_s: float = 1.0,
    timeout_s: float = 30.0,
) -> Path:
    """Return the path of a file with the spec's hash, downloading it if the store has none.

    Downloads go on from where an earlier one broke off. Processes that want the same file wait for the one
    that fetches it.

    Args:
        spec: what to fetch.
        root: the store's folder; see :func:`~ddsr_bench.weights.spec.cache_root`.
        offline: never use the network; ``DDSR_BENCH_OFFLINE=1`` in the environment does the same.
        verify: read a stored file in full instead of trusting its size and modification time.
        progress: called with bytes held and bytes in all (None if unknown).
        retries: further tries without a single new byte before giving up.
        backoff_s: first wait between tries, doubled each time, 30 s at most.
        timeout_s: of each wait for the server.

    Raises:
        DdsrError: offline and not stored, not found, wrong content, no space, network down.
    """
    target = spec.path(root)
    if is_verified(target, spec.sha256, full=verify):
        return target
    if is_offline(offline):
        raise DdsrError(_offline_text(spec, target))
    with _writing(target) as locked:
        # Another process may have finished it while we waited for the lock.
        if not is_verified(target, spec.sha256, full=verify):
            part = _part_path(target, locked)
            _download(spec, part, _Tries(retries, backoff_s, timeout_s), progress)
            _adopt(part, target, spec.sha256)
    return target


def use_file(spec: WeightSpec, path: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None) -> Path:
    """Take a file that the user has into the store (a hard link where possible, else a copy).

    Returns:
        Its path in the store, as :func:`fetch` would give it.

    Raises:
        DdsrError: unreadable, other content than the spec's, or the store cannot be written.
    """
    source, target = Path(path), spec.path(root)
    found = sha256_of(source)
    if found != spec.sha256:
        raise DdsrError(f"{source}: {mismatch(found, spec.sha256)} for {spec.name!r}; get the file from {spec.url}")
    if not is_verified(target, spec.sha256, full=False):
        with _writing(target):
            part = _part_path(target, locked=False)
            _link_or_copy(source, part)
            _adopt(part, target, spec.sha256)
    return target


def is_offline(offline: bool = False) -> bool:
    """Whether the network is off limits: by argument, or ``DDSR_BENCH_OFFLINE`` is set and not 0."""
    return offline or os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


class _Tries:
    """How often and how patiently to try; any new byte starts the count anew."""

    def __init__(self, retries: int, backoff_s: float, timeout_s: float) -> None:
        self.timeout_s = timeout_s
        self._retries = retries
        self._backoff_s = backoff_s
        self._failed = 0

    def pause(self, error: TransientError, *, advanced: bool) -> bool:
        """Wait before another try; False when there is to be none."""
        self._failed = 1 if advanced else self._failed + 1
        if self._failed > self._retries:
            return False
        wait_s = max(self._backoff_s * 2 ** (self._failed - 1), error.wait_s)
        time.sleep(min(wait_s, _LONGEST_WAIT_S))
        return True


def _download(spec: WeightSpec, part: Path, tries: _Tries, progress: DownloadProgress | None) -> None:
    """Fill ``part`` with content of the right hash, or raise; wrong content is deleted."""
    resumed = _length(part) > 0
    _complete(spec, part, tries, progress)
    found = sha256_of(part)
    if found != spec.sha256 and resumed:
        # The old beginning may be to blame (the file there has changed since): once more from nothing.
        part.unlink()
        _complete(spec, part, tries, progress)
        found = sha256_of(part)
    if found != spec.sha256:
        part.unlink()
        raise DdsrError(f"{spec.url}: {mismatch(found, spec.sha256)}; the download was deleted, try again or report it")


def _complete(spec: WeightSpec, part: Path, tries: _Tries, progress: DownloadProgress | None) -> None:
    """Call transfer() until the part is complete or it makes no headway."""
    if spec.size is not None and _length(part) > spec.size:
        part.unlink()
    while spec.size is None or _length(part) != spec.size:
        before = _length(part)
        try:
            transfer(spec.url, part, size=spec.size, timeout_s=tries.timeout_s, progress=progress)
            return
        except TransientError as error:
            if not tries.pause(error, advanced=_length(part) > before):
                raise DdsrError(
                    f"{spec.url}: download failed ({error}); try again later, it goes on where it stopped"
                ) from error


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[bool]:
    """Make the store's folder and hold the file's lock; faults of the folder become DdsrErrors."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with exclusive(target.with_name(f".{target.name}.lock")) as locked:
            yield locked
    except OSError as error:
        reason = error.strerror or error
        raise DdsrError(
            f"{target}: cannot write ({reason}); free some space or set {HOME_VARIABLE} to another folder"
        ) from error


def _part_path(target: Path, locked: bool) -> Path:
    # Without a lock the name must be ours alone, at the price of resuming.
    own = "" if locked else f".{uuid.uuid4().hex[:12]}"
    return target.with_name(f"{target.name}{own}.part")


def _adopt(part: Path, target: Path, sha256: str) -> None:
    os.replace(part, target)
    write_stamp(target, sha256)


def _link_or_copy(source: Path, part: Path) -> None:
    try:
        os.link(source.resolve(), part)
    except OSError:
        try:
            shutil.copyfile(source, part)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def _offline_text(spec: WeightSpec, target: Path) -> str:
    state = "in the store, but with other content" if target.exists() else "not in the store"
    return (
        f"weights {spec.name!r}: {state} and the network is off; go online "
        f"(no --offline, no {OFFLINE_VARIABLE}) or download {spec.url} and put it at {target}"
    )
