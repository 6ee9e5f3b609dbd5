"""The dataset card of a folder with videos: YAML that ``datasets`` opens, then words for people."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ddsr_bench.provenance import write_text_atomic

_CLIPS = '"videos/**", "hr/**", "lr/**"'
#: What stands behind it in a card is kept when the card is written again.
_FURTHER = "<!-- further -->"


def write_card(root: Path, name: str, rows: Sequence[Mapping[str, Any]], *, rated: bool, words: str = "") -> None:
    """Write ``README.md`` below ``root``.

    Args:
        root: the dataset's folder, with its tables.
        name: of the dataset.
        rows: of its tables.
        rated: whether there is ``ratings.parquet``.
        words: what else is to be said, Markdown; by default what an older card of this folder says.

    Raises:
        DdsrError: it cannot be written.
    """
    words = words or further_words(root)
    write_text_atomic(root / "README.md", video_card(name, rows, rated=rated, words=words))


def further_words(root: Path) -> str:
    """What a folder's card says beyond counts and columns: where it comes from, credits, licences."""
    try:
        text = (root / "README.md").read_text("utf-8", errors="replace")
    except OSError:
        return ""
    return text.partition(_FURTHER)[2].strip()


def video_card(name: str, rows: Sequence[Mapping[str, Any]], *, rated: bool, words: str = "") -> str:
    """The card's text; the layout opens from any folder, offline (`drop_labels` keeps folder names out)."""
    splits = [split for split in ("train", "test") if any(row["split"] == split for row in rows)]
    return f"""---
pretty_name: {json.dumps(name)}
tags:
- video-super-resolution
- video-quality-assessment
- ddsr-bench
{_configs(splits, rated)}---

# {name}

{summary(rows)}

```python
from datasets import load_dataset
scores = load_dataset("path/to/this/folder", "scores")
```

Columns `video`, `hr` and `lr` are Video columns; decoding them through `datasets` needs torchcodec
(`pip install 'ddsr-bench[hub]'`), or cast them with `Video(decode=False)` and read the paths with
`ddsr_bench.video.read_frames`. `ddsr-bench dataset check DIR` checks everything.

{origin_text(rows)}
{_behind(words)}"""


def _behind(words: str) -> str:
    return f"\n{_FURTHER}\n\n{words.strip()}\n" if words else ""


def _configs(splits: Sequence[str], rated: bool) -> str:
    tables = ", ".join(f"{split}.parquet" for split in splits)
    lines = [
        "configs:",
        "- config_name: scores",
        "  default: true",
        "  drop_labels: true",
        f"  metadata_filenames: [{tables}]",
        "  data_files:",
        *(f"  - {{split: {split}, path: [{split}.parquet, {_CLIPS}]}}" for split in splits),
    ]
    if rated:
        lines += [
            "- config_name: ratings",
            "  drop_labels: true",
            "  metadata_filenames: [ratings.parquet]",
            "  data_files:",
            f"  - {{split: train, path: [ratings.parquet, {_CLIPS}]}}",
        ]
    return "\n".join(lines) + "\n"


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """One sentence of counts, as ``dataset check`` says it."""
    counts = (len(rows), *(len({row[key] for row in rows}) for key in ("source_id", "method")))
    scales = Counter(row["scale"] for row in rows)
    parts = ", ".join(f"{count} at x{scale}" for scale, count in sorted(scales.items()))
    return f"{counts[0]} rows, {counts[1]} sources, {counts[2]} conditions ({parts})."


def origin_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """What the scores are, and are not."""
    origins = {row["score_origin"] for row in rows}
    texts = []
    if "simulated" in origins:
        texts.append(
            "**The scores are simulated.** No person has rated these videos: a model of a panel voted on a quality "
            "that a metric fitted to people's opinions of other videos gave. Use them to develop and to test code and "
            "methods, not to claim how people see."
        )
    if "subjective" in origins:
        texts.append("The scores are subjective: people rated these videos.")
    if "none" in origins:
        texts.append("Videos whose `score_origin` is `none` have no score.")
    return " ".join(texts)
