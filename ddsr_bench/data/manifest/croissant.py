"""Croissant metadata (https://docs.mlcommons.org/croissant): what machines read of a tables-only manifest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ddsr_bench import __version__
from ddsr_bench.data.manifest.read import read_schema
from ddsr_bench.data.manifest.schema import COLUMNS, RATING_COLUMNS, RECIPE_COLUMNS, SPLIT_COLUMNS, Column
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
    "equivalentProperty": "cr:equivalentProperty",
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
    "rai": "http://mlcommons.org/croissant/RAI/",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}


TABLES: Mapping[str, tuple[Column, ...]] = {
    "train": COLUMNS,
    "test": COLUMNS,
    "ratings": RATING_COLUMNS,
    "recipes": RECIPE_COLUMNS,
    "splits": SPLIT_COLUMNS,
}


def write_croissant(root: Path, name: str, description: str, *, date: str, licence: str = "") -> None:
    """Write ``croissant.json`` beside the tables of ``root``.

    Args:
        root: folder of the tables.
        name: of the dataset.
        description: in a sentence.
        date: on which it was made, ``YYYY-MM-DD``.
        licence: its URL, or nothing where the dataset has none that is ours to state.

    Raises:
        DdsrError: a table is missing, or the file cannot be written.
    """
    columns = {table: _columns(root / f"{table}.parquet", known) for table, known in TABLES.items()}
    content = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": name,
        "description": description,
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        **({"license": licence} if licence else {}),
        "version": __version__,
        "datePublished": date,
        "citeAs": f"The ddsr-bench authors, {name}, {date[:4]}.",
        "creator": {"@type": "sc:Organization", "name": "The ddsr-bench authors"},
        "distribution": [_file(root, f"{table}.parquet") for table in TABLES],
        "recordSet": [_records(table, known) for table, known in columns.items()],
    }
    write_json_atomic(root / "croissant.json", content)


def _columns(path: Path, known: Sequence[Column]) -> list[Column]:
    """Those that the table has."""
    there = set(read_schema(path).names)
    return [column for column in known if column.name in there]


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
