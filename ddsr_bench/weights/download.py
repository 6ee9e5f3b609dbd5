"""HTTP with care: one file, resumed by Range, nothing but https, every fault told apart."""

from __future__ import annotations

import contextlib
import errno
import http.client
import re
import shutil
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
)

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights.spec import HOME_VARIABLE, is_allowed_url, is_loopback

DownloadProgress = Callable[[int, int | None], None]

_CHUNK = 1 << 20
_RETRY_STATUS = {
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.INTERNAL_SERVER_ERROR,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
_FULL_DISK = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class TransientError(Exception):
    """Worth another try: the network, or a server that is busy. ``wait_s`` is what the server asked for."""

    def __init__(self, reason: str, wait_s: float = 0.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


@dataclass(frozen=True)
class _Plan:
    """Where an answer's bytes go: from ``offset`` on, up to ``total`` where that is known."""

    offset: int
    total: int | None


def transfer(url: str, part: Path, *, size: int | None, timeout_s: float, progress: DownloadProgress | None) -> None:
    """Bring ``part`` to the whole content of ``url`` in one connection, going on from what it holds.

    A server that ignores or refuses the range sends everything again.

    Args:
        url: allowed by :func:`~ddsr_bench.weights.spec.is_allowed_url`; so must be all it redirects to.
        part: file to append to; kept when the connection breaks, so that the next call goes on from there.
        size: the expected size in bytes, or None.
        timeout_s: of each wait for the server.
        progress: called with bytes held and bytes in all (None if unknown).

    Raises:
        TransientError: worth another call.
        DdsrError: not found, refused, a forbidden redirect, another size than expected, disk full.
    """
    held = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "ddsr-bench", "Accept-Encoding": "identity"}
    if held:
        headers["Range"] = f"bytes={held}-"
    try:
        with _network_faults(url):
            answer = _opener(url).open(Request(url, headers=headers), timeout=timeout_s)
    except HTTPError as error:
        _judge_status(url, part, error, held)
        return
    with contextlib.closing(answer):
        plan = _plan(answer.status, answer.headers, held)
        _check_size(url, part, plan, size)
        _save(url, answer, part, plan, progress)


@contextlib.contextmanager
def _network_faults(url: str) -> Iterator[None]:
    """Turn what urllib raises into our exceptions; HTTP statuses pass."""
    try:
        yield
    except HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        if isinstance(reason, ssl.SSLCertVerificationError):
            raise DdsrError(f"{url}: certificate not trusted ({reason}); check the clock and proxy") from error
        raise TransientError(" ".join(str(reason).split()) or type(error).__name__) from error


class _SafeRedirects(HTTPRedirectHandler):
    """Follows redirects to allowed addresses only."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        if not is_allowed_url(newurl, came_from=req.full_url):
            raise DdsrError(f"{req.full_url}: redirects to {newurl}, which is not https; not followed")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(url: str) -> OpenerDirector:
    # This machine is never behind its own proxy.
    direct = [ProxyHandler({})] if is_loopback(urlsplit(url).hostname or "") else []
    return build_opener(_SafeRedirects, *direct)


def _plan(status: int, headers: Any, held: int) -> _Plan:
    length = headers.get("Content-Length")
    if status == HTTPStatus.PARTIAL_CONTENT:
        found = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", headers.get("Content-Range", ""))
        if found is None or int(found.group(1)) != held:
            raise TransientError("the server sent another range than asked for")
        return _Plan(held, int(found.group(2)) if found.group(2) != "*" else None)
    return _Plan(0, int(length) if length is not None and length.isdigit() else None)


def _check_size(url: str, part: Path, plan: _Plan, size: int | None) -> None:
    if size is not None and plan.total is not None and plan.total != size:
        part.unlink(missing_ok=True)
        raise DdsrError(f"{url}: offers {plan.total} bytes, expected {size}; the file there is another one")
    free = shutil.disk_usage(part.parent).free
    needed = (plan.total or 0) - plan.offset
    if needed > free:
        raise _disk_full(part, f"{needed} bytes needed, {free} free")


def _save(url: str, answer: Any, part: Path, plan: _Plan, progress: DownloadProgress | None) -> None:
    done = plan.offset
    with _disk_faults(part), part.open("ab" if plan.offset else "wb", buffering=0) as file:
        while plan.total is None or done < plan.total:
            # What has arrived, not a full buffer: a cut must not cost what came before it.
            with _network_faults(url):
                chunk = answer.read1(_CHUNK if plan.total is None else min(_CHUNK, plan.total - done))
            if not chunk:
                break
            _write(file, chunk)
            done += len(chunk)
            if progress is not None:
                progress(done, plan.total)
    # http.client ends quietly when the connection is cut in a counted answer.
    if plan.total is not None and done < plan.total:
        raise TransientError(f"the connection ended after {done} of {plan.total} bytes")


def _write(file: Any, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[file.write(view) :]


@contextlib.contextmanager
def _disk_faults(part: Path) -> Iterator[None]:
    """Turn what a file raises into DdsrErrors and give its space back; network faults are others by now."""
    try:
        yield
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        if error.errno in _FULL_DISK:
            raise _disk_full(part, "no space left") from error
        raise DdsrError(f"{part}: cannot write ({error.strerror or error}); check the folder") from error


def _disk_full(part: Path, how: str) -> DdsrError:
    return DdsrError(f"{part}: disk full ({how}); free some space or set {HOME_VARIABLE} to another disk")


def _judge_status(url: str, part: Path, error: HTTPError, held: int) -> None:
    """Turn an HTTP error into ours; return where there is nothing left to fetch."""
    with error:
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and held:
            if error.headers.get("Content-Range", "") == f"bytes */{held}":
                return
            part.unlink(missing_ok=True)
            raise TransientError("what was downloaded before does not fit") from error
        if error.code in _RETRY_STATUS:
            raise TransientError(f"HTTP {error.code} {error.reason}", _retry_after(error)) from error
        if 300 <= error.code < 400:
            raise DdsrError(f"{url}: redirect refused ({error.reason}); check the address") from error
        raise DdsrError(f"{url}: HTTP {error.code} {error.reason}; check the address") from error


def _retry_after(error: HTTPError) -> float:
    asked = error.headers.get("Retry-After", "")
    return float(asked) if asked.isdigit() else 0.0
