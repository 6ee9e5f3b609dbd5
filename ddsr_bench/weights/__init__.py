"""The store of downloaded files: pinned by SHA-256, resumed, shared by processes, usable offline."""

from ddsr_bench.weights.spec import WeightSpec, cache_root
from ddsr_bench.weights.state import load_state_dict
from ddsr_bench.weights.store import fetch, is_offline, use_file

__all__ = ["WeightSpec", "cache_root", "fetch", "is_offline", "load_state_dict", "use_file"]
