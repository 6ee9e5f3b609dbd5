"""Where a result comes from (versions, hardware, git state, command), and JSON that is safe to hash."""

from ddsr_bench.provenance.jsonfile import (
    canonical_json,
    content_hash,
    read_json,
    write_json_atomic,
    write_text_atomic,
)
from ddsr_bench.provenance.record import SCHEMA_VERSION, collect

__all__ = [
    "SCHEMA_VERSION",
    "canonical_json",
    "collect",
    "content_hash",
    "read_json",
    "write_json_atomic",
    "write_text_atomic",
]
