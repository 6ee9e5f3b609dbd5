"""Downloading with patience: address after address, try after try, until the content is right."""

from __future__ import annotations

import time
import warnings
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights.download import DownloadProgress, TransientError, transfer
from ddsr_bench.weights.sources import sources
from ddsr_bench.weights.spec import WeightSpec
from ddsr_bench.weights.verify import mismatch, sha256_of

_LONGEST_WAIT_S = 30.0
_MIRROR_RETRIES = 1


class Tries:
    """How often and how patiently to try; any new byte starts the count anew."""

    def __init__(self, retries: int, backoff_s: float, timeout_s: float) -> None:
        self.retries = retries
        self.backoff_s = backoff_s
        self.timeout_s = timeout_s
        self._failed = 0

    def pause(self, error: TransientError, *, advanced: bool) -> bool:
        """Wait before another try; False when there is to be none."""
        self._failed = 1 if advanced else self._failed + 1
        if self._failed > self.retries:
            return False
        wait_s = max(self.backoff_s * 2 ** (self._failed - 1), error.wait_s)
        time.sleep(min(wait_s, _LONGEST_WAIT_S))
        return True


def download(
    spec: WeightSpec, part: Path, wanted: str, tries: Tries, progress: DownloadProgress | None
) -> tuple[str, str]:
    """Fill ``part`` with the content of the first address that gives the right one.

    Args:
        spec: what to fetch.
        part: file to fill; what it holds already is gone on from.
        wanted: the hash or its first digits; ``""`` takes any content.
        tries: how patiently.
        progress: called with bytes held and bytes in all (None if unknown).

    Returns:
        The content's whole hash, and the address it came from.

    Raises:
        DdsrError: no address gives it; what the last one gave was wrong, or why it gave nothing.
    """
    addresses = sources(spec)
    for address in addresses[:-1]:
        patience = Tries(min(tries.retries, _MIRROR_RETRIES), tries.backoff_s, tries.timeout_s)
        try:
            return _from(address, spec.size, part, wanted, patience, progress), address
        except DdsrError as error:
            warnings.warn(f"mirror: {error}", stacklevel=2)
            if not wanted:
                # Two addresses may give different files, and no hash would tell that they were joined.
                part.unlink(missing_ok=True)
    return _from(addresses[-1], spec.size, part, wanted, tries, progress), addresses[-1]


def _from(
    address: str, size: int | None, part: Path, wanted: str, tries: Tries, progress: DownloadProgress | None
) -> str:
    """Fill ``part`` from one address and return its hash, or raise; wrong content is deleted."""
    resumed = _length(part) > 0
    _complete(address, size, part, tries, progress)
    found = sha256_of(part)
    if not found.startswith(wanted) and resumed:
        # The old beginning may be to blame (the file there has changed since): once more from nothing.
        part.unlink()
        _complete(address, size, part, tries, progress)
        found = sha256_of(part)
    if not found.startswith(wanted):
        part.unlink()
        raise DdsrError(f"{address}: {mismatch(found, wanted)}; the download was deleted, try again or report it")
    return found


def _complete(address: str, size: int | None, part: Path, tries: Tries, progress: DownloadProgress | None) -> None:
    """Call transfer() until the part is complete or it makes no headway."""
    if size is not None and _length(part) > size:
        part.unlink()
    while size is None or _length(part) != size:
        before = _length(part)
        try:
            transfer(address, part, size=size, timeout_s=tries.timeout_s, progress=progress)
            return
        except TransientError as error:
            if not tries.pause(error, advanced=_length(part) > before):
                raise DdsrError(
                    f"{address}: download failed ({error}); try again later, it goes on where it stopped"
                ) from error


def _length(part: Path) -> int:
    return part.stat().st_size if part.exists() else 0
