"""The table of a generated dataset (``metadata.parquet``) and its card, in the layout that ``datasets`` opens."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from ddsr_bench.data.layout import record_file
from ddsr_bench.errors import DdsrError
from ddsr_bench.provenance import read_json, write_text_atomic


def read_records(root: Path) -> list[dict[str, Any]]:
    """The records of all finished items below ``root``, by id; unreadable ones are left out."""
    records = []
    for path in sorted((root / "recipes").rglob("*.json")):
        try:
            record = read_json(path)
        except DdsrError:
            continue
        known = isinstance(record, dict) and {"id", "lr", "recipe"} <= record.keys()
        if known and path == root / record_file(record["id"]):
            records.append(record)
    return sorted(records, key=lambda record: str(record["id"]))


def row(record: dict[str, Any], file_format: str) -> dict[str, Any]:
    """One row of the table: paths relative to the dataset's folder, sizes, rate, hashes, the recipe as JSON."""
    recipe, lr, hr = record["recipe"], record["lr"], record.get("hr")
    clip = recipe["clip"]
    rate = Fraction(clip["fps"])
    name = "lr_folder" if file_format == "png" else "file_name"
    hr_name = "hr_folder" if file_format == "png" else "hr_file_name"
    return {
        name: lr["file"],
        **({hr_name: hr["file"]} if hr else {}),
        "id": record["id"],
        "source_id": record["source_id"],
        "variant": record["variant"],
        "preset": recipe["preset"],
        "scale": recipe["scale"],
        "width": lr["width"],
        "height": lr["height"],
        "hr_width": clip["width"],
        "hr_height": clip["height"],
        "frames": clip["frames"],
        "fps": float(rate),
        "duration": float(clip["frames"] / rate),
        "seed": recipe["seed"],
        "sha256": lr["sha256"],
        "frames_sha256": lr["frames_sha256"],
        "recipe": json.dumps(recipe, ensure_ascii=False),
    }


def write_dataset(root: Path, records: Sequence[dict[str, Any]], file_format: str, title: str) -> None:
    """Write ``metadata.parquet`` and ``README.md`` below ``root``, each as a whole.

    ``datasets.load_dataset(root)`` then opens it, with Video columns ``video`` and ``hr`` for mkv and mp4.
    """
    rows = [row(record, file_format) for record in records]
    if not rows:
        return
    with_hr = all(record.get("hr") for record in records)
    if not with_hr:
        rows = [{key: value for key, value in item.items() if not key.startswith("hr_f")} for item in rows]
    _write_parquet(root / "metadata.parquet", rows)
    write_text_atomic(root / "README.md", card(rows, file_format, with_hr, title))


def _write_parquet(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    import pyarrow
    import pyarrow.parquet

    integers = {"variant", "scale", "width", "height", "hr_width", "hr_height", "frames"}
    rows = list(rows)
    fields = [(name, pyarrow.int32() if name in integers else _arrow_type(name, pyarrow)) for name in rows[0]]
    table = pyarrow.Table.from_pylist(rows, schema=pyarrow.schema(fields))
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        pyarrow.parquet.write_table(table, temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise DdsrError(f"{path}: cannot be written ({error.strerror or error}); free some space") from error
    finally:
        temporary.unlink(missing_ok=True)


def _arrow_type(name: str, pyarrow: Any) -> Any:
    if name in ("fps", "duration"):
        return pyarrow.float32()
    return pyarrow.int64() if name == "seed" else pyarrow.string()


def card(rows: Sequence[dict[str, Any]], file_format: str, with_hr: bool, title: str) -> str:
    """The dataset card: YAML that tells ``datasets`` what to open, then words for people."""
    scales = ", ".join(f"x{scale}" for scale in sorted({item["scale"] for item in rows}))
    presets = ", ".join(sorted({item["preset"] for item in rows}))
    sources = len({item["source_id"] for item in rows})
    return f"""---
pretty_name: {json.dumps(title)}
tags:
- video-super-resolution
- ddsr-bench
{_configs(file_format, with_hr)}---

# {title}

{len(rows)} low-resolution clips ({scales}) of {sources} sources, made by `ddsr-bench generate-lr` with preset
{presets}.

```python
from datasets import load_dataset
clips = load_dataset("path/to/this/folder", split="train")
```

{_columns(file_format, with_hr)}
Column `recipe` holds every parameter of a clip's degradation as JSON; `ddsr-bench generate-lr CLIP --from-recipe
recipes/ID.json --out DIR` makes the same bytes again. `sha256` is that of the file, `frames_sha256` that of its decoded
RGB frames. `results.json` says what made this folder: versions, command, machine, failures.

The rights in the pictures are those of the sources.
"""


def _configs(file_format: str, with_hr: bool) -> str:
    if file_format == "png":
        return "configs:\n- config_name: default\n  data_files:\n  - {split: train, path: [metadata.parquet]}\n"
    folders = '"lr/**", "hr/**"' if with_hr else '"lr/**"'
    return (
        "configs:\n- config_name: default\n  drop_labels: true\n  metadata_filenames: [metadata.parquet]\n"
        f"  data_files:\n  - {{split: train, path: [metadata.parquet, {folders}]}}\n"
    )


def _columns(file_format: str, with_hr: bool) -> str:
    if file_format == "png":
        return "Clips are folders of PNG frames, named in `lr_folder`" + (" and `hr_folder`.\n" if with_hr else ".\n")
    text = "Column `video` is the LR clip" + (" and `hr` its aligned high-resolution source" if with_hr else "")
    return (
        text
        + "; decoding them through `datasets` needs torchcodec (`pip install 'ddsr-bench[hub]'`), or cast them with\n"
        "`Video(decode=False)` and read the paths with `ddsr_bench.video.read_frames`.\n"
    )
