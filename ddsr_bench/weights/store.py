"""Getting a file: from the store, from the web, or from the user's hand; always the one its hash names.

Where only the first digits of a hash are published these are checked, and where none is the user must say that he
trusts the file; in both cases the whole hash is kept from then on.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights.converted import remove_converted
from ddsr_bench.weights.download import DownloadProgress
from ddsr_bench.weights.lock import exclusive
from ddsr_bench.weights.pin import Pin, expected_hash, remove_pin, write_pin
from ddsr_bench.weights.spec import HOME_VARIABLE, WHOLE_HASH, WeightSpec
from ddsr_bench.weights.tries import Tries, download
from ddsr_bench.weights.verify import is_verified, mismatch, remove_stamp, sha256_of, write_stamp

OFFLINE_VARIABLE = "DDSR_BENCH_OFFLINE"


def fetch(
    spec: WeightSpec,
    *,
    root: str | os.PathLike[str] | None = None,
    offline: bool = False,
    verify: bool = False,
    trust: bool = False,
    progress: DownloadProgress | None = None,
    retries: int = 4,
    backoff_s: float = 1.0,
    timeout_s: float = 30.0,
) -> Path:
    """Return the path of a file with the spec's hash, downloading it if the store has none.

    Downloads go on from where an earlier one broke off. Processes that want the same file wait for the one
    that fetches it. ``DDSR_BENCH_MIRROR`` names an address to try first, see :mod:`ddsr_bench.weights.sources`.

    Args:
        spec: what to fetch.
        root: the store's folder; see :func:`~ddsr_bench.weights.spec.cache_root`.
        offline: never use the network; ``DDSR_BENCH_OFFLINE=1`` in the environment does the same.
        verify: read a stored file in full instead of trusting its size and modification time.
        trust: take a file of which no hash is published.
        progress: called with bytes held and bytes in all (None if unknown).
        retries: further tries without a single new byte before giving up.
        backoff_s: first wait between tries, doubled each time, 30 s at most.
        timeout_s: of each wait for the server.

    Raises:
        DdsrError: offline and not stored, not found, wrong content, no hash to check it by, no space, network down.
    """
    target = spec.path(root)
    if held(spec, root=root, verify=verify):
        return target
    if is_offline(offline):
        raise DdsrError(_offline_text(spec, target))
    wanted = spec.sha256 if trust else expected_hash(spec, target)
    if not wanted and not trust:
        raise DdsrError(
            f"weights {spec.name!r}: no hash of {spec.basename} is published to check it by; add --trust to take "
            "what its address gives now (its hash is kept from then on)"
        )
    with _writing(target) as locked:
        # Another process may have finished it while we waited for the lock.
        if not held(spec, root=root, verify=verify):
            part = _part_path(target, locked)
            tries = Tries(retries, backoff_s, timeout_s)
            found, address = download(spec, part, wanted, tries, progress)
            _adopt(spec, part, target, Pin(found, address, trusted=not spec.fits(found)))
    return target


def use_file(
    spec: WeightSpec,
    path: str | os.PathLike[str],
    *,
    root: str | os.PathLike[str] | None = None,
    trust: bool = False,
) -> Path:
    """Take a file that the user has into the store (a hard link where possible, else a copy).

    Args:
        spec: what it shall be.
        path: the user's file.
        root: the store's folder.
        trust: take it on the user's word: no hash is published, or the file is another than the published one
            (converted, say).

    Returns:
        Its path in the store, as :func:`fetch` would give it.

    Raises:
        DdsrError: unreadable, not known to be the spec's, or the store cannot be written.
    """
    source, target = Path(path), spec.path(root)
    found = sha256_of(source)
    if not spec.fits(found) and not trust:
        raise DdsrError(f"{source}: {_unknown(spec, found)}")
    with _writing(target):
        pin = Pin(found, str(source), trusted=not spec.fits(found))
        if target.is_file() and is_verified(target, found, full=False):
            _note(spec, target, pin)
        else:
            part = _part_path(target, locked=False)
            _link_or_copy(source, part)
            _adopt(spec, part, target, pin)
    return target


def held(spec: WeightSpec, *, root: str | os.PathLike[str] | None = None, verify: bool = False) -> bool:
    """Whether the store has the file, and it is the one it should be.

    A file that was put there by hand counts where its hash or the published part of it agrees.

    Args:
        spec: which file.
        root: the store's folder.
        verify: read it in full, instead of trusting its size and modification time.
    """
    target = spec.path(root)
    wanted = expected_hash(spec, target)
    if not wanted or not target.is_file():
        return False
    if len(wanted) == WHOLE_HASH:
        return is_verified(target, wanted, full=verify)
    found = sha256_of(target)
    if not found.startswith(wanted):
        return False
    # A store that cannot be written goes without, and is read again the next time.
    with contextlib.suppress(OSError):
        _note(spec, target, Pin(found, "put there by hand", trusted=False))
    return True


def stored_hash(spec: WeightSpec, *, root: str | os.PathLike[str] | None = None) -> str:
    """The SHA-256 of a file that the store holds (see :func:`held`); it is read only where nothing says its hash.

    Raises:
        DdsrError: it cannot be read.
    """
    target = spec.path(root)
    wanted = expected_hash(spec, target)
    return wanted if len(wanted) == WHOLE_HASH else sha256_of(target)


def remove(spec: WeightSpec, *, root: str | os.PathLike[str] | None = None) -> bool:
    """Delete a file of the store and what is noted of it; returns whether it was there.

    Raises:
        DdsrError: it cannot be deleted.
    """
    target = spec.path(root)
    was_there = target.exists()
    if was_there:
        with _writing(target):
            target.unlink()
            remove_pin(target)
            remove_stamp(target)
            remove_converted(target)
    return was_there


def is_offline(offline: bool = False) -> bool:
    """Whether the network is off limits: by argument, or ``DDSR_BENCH_OFFLINE`` is set and not 0."""
    return offline or os.environ.get(OFFLINE_VARIABLE, "") not in ("", "0")


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


def _adopt(spec: WeightSpec, part: Path, target: Path, pin: Pin) -> None:
    remove_converted(target)
    # In this order, so that a kill in between leaves a file that is checked by what is published, or not taken.
    remove_pin(target)
    os.replace(part, target)
    write_stamp(target, pin.sha256)
    _note(spec, target, pin)


def _note(spec: WeightSpec, target: Path, pin: Pin) -> None:
    """Keep the whole hash where the spec has it not; forget an older one where it has."""
    if spec.sha256 == pin.sha256:
        remove_pin(target)
    else:
        write_pin(target, pin)


def _link_or_copy(source: Path, part: Path) -> None:
    try:
        os.link(source.resolve(), part)
    except OSError:
        try:
            shutil.copyfile(source, part)
        except OSError:
            part.unlink(missing_ok=True)
            raise


def _unknown(spec: WeightSpec, found: str) -> str:
    """Why a user's file is not taken, and what to do."""
    if not spec.sha256:
        told = f"no hash of {spec.basename} is published to check it by (this file's sha256 is {found[:12]}...)"
        return f"{told}; add --trust to take it on your word"
    differs = (
        mismatch(found, spec.sha256)
        if len(spec.sha256) == WHOLE_HASH
        else (f"sha256 is {found[:12]}..., expected one that begins with {spec.sha256}")
    )
    or_else = ", or --trust this one" if spec.folder else ""
    return f"{differs} for {spec.name!r}; get the file from {spec.url or 'its authors'}{or_else}"


def _offline_text(spec: WeightSpec, target: Path) -> str:
    state = "in the store, but with other content" if target.exists() else "not in the store"
    return (
        f"weights {spec.name!r}: {state} and the network is off; go online (unset {OFFLINE_VARIABLE}) "
        f"or download {spec.url or spec.basename} and put it at {target}"
    )
