"""Croissant metadata (https://docs.mlcommons.org/croissant): what machines read of a tables-only manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ddsr_bench import __version__
from ddsr_bench.data.manifest.schema import COLUMNS, RATING_COLUMNS, Column
from ddsr_bench.provenance import write_json_atomic
from ddsr_bench.video import file_sha256

_TYPES = {"string": "sc:Text", "float32": "sc:Float", "int32": "sc:Integer"}
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


def write_croissant(root: Path, name: str, rows: int) -> None:
    """Write ``croissant.json`` beside the tables of ``root``.

    Raises:
        DdsrError: a table is missing, or the file cannot be written.
    """
    tables = {"train": COLUMNS, "test": COLUMNS, "ratings": RATING_COLUMNS[1:]}
    content = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "description": f"{rows} super-resolved videos with simulated quality scores, their recipes and splits.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "license": "https://www.apache.org/licenses/LICENSE-2.0",
        "url": f"https://github.com/ddsr-bench/ddsr-bench/tree/main/manifests/{name}",
        "version": __version__,
        "datePublished": "2026-11-27",
        "citeAs": f"The ddsr-bench authors, {name}, 2026.",
        "creator": {"@type": "sc:Organization", "name": "The ddsr-bench authors"},
        "distribution": [_file(root, f"{table}.parquet") for table in tables],
        "recordSet": [_records(table, columns) for table, columns in tables.items()],
    }
    write_json_atomic(root / "croissant.json", content)


def _file(root: Path, name: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": "application/x-parquet",
        "sha256": file_sha256(root / name),
    }


def _records(table: str, columns: Sequence[Column]) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{table}/{column.name}",
                "name": f"{table}/{column.name}",
                "description": column.text,
                "dataType": _TYPES[column.kind],
                "source": {"fileObject": {"@id": f"{table}.parquet"}, "extract": {"column": column.name}},
            }
            for column in columns
        ],
    }
