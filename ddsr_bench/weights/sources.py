"""Where a file can be had: a mirror that the user names, then its own address.

A mirror has the layout of the store's ``weights/`` (so a colleague's store, served over https, is one); it is asked
first, and it may hold what no program can get elsewhere. Hashes are checked all the same.
"""

from __future__ import annotations

import os
from urllib.parse import quote

from ddsr_bench.errors import DdsrError
from ddsr_bench.weights.spec import WeightSpec, is_allowed_url

MIRROR_VARIABLE = "DDSR_BENCH_MIRROR"


def mirror() -> str:
    """The mirror's address without a slash at its end; ``""`` where none is set.

    Raises:
        DdsrError: not https (nor http to this machine).
    """
    address = os.environ.get(MIRROR_VARIABLE, "").strip().rstrip("/")
    if address and not is_allowed_url(address):
        raise DdsrError(f"{MIRROR_VARIABLE}: {address} is not allowed; give an https address")
    return address


def sources(spec: WeightSpec) -> list[str]:
    """Addresses to try, in this order.

    Raises:
        DdsrError: there is none.
    """
    base = mirror()
    found = [*([f"{base}/{quote(str(spec.place))}"] if base else []), *([spec.url] if spec.url else [])]
    if not found:
        raise DdsrError(f"weights {spec.name!r}: no program can get {spec.basename}; download it by hand and add it")
    return found
