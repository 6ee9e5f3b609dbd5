"""Where the numbers come from, enough to make them again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from ddsr_bench.evaluate.report.document import Facts, Name, Section, Text
from ddsr_bench.evaluate.report.reading import Results


def origin(results: Results) -> Section:
    """Return the footer; it holds no time, so that the same numbers give the same bytes."""
    record, data = results.get("provenance") or {}, results["data"]
    rows: list[tuple[str, Text]] = [("Table", (Name(data["table"]),))]
    if data.get("sha256"):
        rows.append(("SHA-256 of the table", (Name(data["sha256"]),)))
    if record.get("argv"):
        rows.append(("Command", (Name(shlex.join(record["argv"])),)))
    rows.append(("Seed", (str(results["settings"].get("seed", "none")),)))
    rows.append(("Versions", (_versions(record),)))
    if record.get("git"):
        state = " with changes that are not committed" if record["git"].get("dirty") else ""
        rows.append(("Commit", (f"{record['git']['commit']}{state}",)))
    rows.append(("All numbers", ("results.json, table.csv; machine and time of the run are in results.json.",)))
    return Section("Where this comes from", (Facts(tuple(rows)),))


def _versions(record: Mapping[str, Any]) -> str:
    package = record.get("package") or {}
    parts = [f"{package.get('name', 'ddsr-bench')} {package.get('version', '')}".strip()]
    if record.get("python"):
        parts.append(str(record["python"]))
    libraries = record.get("libraries") or {}
    parts += [f"{name} {libraries[name]}" for name in ("numpy", "scipy", "pandas") if libraries.get(name)]
    return ", ".join(parts)
