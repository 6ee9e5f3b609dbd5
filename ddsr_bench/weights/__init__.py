"""The store of downloaded files: pinned by SHA-256, resumed, shared by processes, usable offline."""

from ddsr_bench.weights.converted import check_converted, load_stored, without_prefix
from ddsr_bench.weights.pin import is_trusted
from ddsr_bench.weights.spec import WeightSpec, cache_root
from ddsr_bench.weights.state import load_state_dict
from ddsr_bench.weights.store import fetch, held, is_offline, remove, stored_hash, use_file
from ddsr_bench.weights.verify import sha256_of

__all__ = [
    "WeightSpec",
    "cache_root",
    "check_converted",
    "fetch",
    "held",
    "is_offline",
    "is_trusted",
    "load_state_dict",
    "load_stored",
    "remove",
    "sha256_of",
    "stored_hash",
    "use_file",
    "without_prefix",
]
