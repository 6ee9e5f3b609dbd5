"""The card of a tables-only manifest: YAML for ``datasets``, then what the dataset is and is not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ddsr_bench.data.manifest.card import origin_text, summary
from ddsr_bench.data.manifest.schema import COLUMNS

_YAML = """---
pretty_name: {name}
{licence}tags:
- video-super-resolution
- video-quality-assessment
{origins}- ddsr-bench
configs:
- config_name: scores
  default: true
  data_files:
  - {{split: train, path: train.parquet}}
  - {{split: test, path: test.parquet}}
- config_name: ratings
  data_files:
  - {{split: train, path: ratings.parquet}}
- config_name: recipes
  data_files:
  - {{split: train, path: recipes.parquet}}
- config_name: splits
  data_files:
  - {{split: train, path: splits.parquet}}
---
"""

_BUILD = """; the videos are made on your machine by

```sh
ddsr-bench dataset build {name} --out DIR
```"""


def tables_card(
    name: str, rows: Sequence[Mapping[str, Any]], votes: int, *, words: str = "", variance: str = "", ours: bool = False
) -> str:
    """The card's text.

    Args:
        name: of the dataset.
        rows: of its tables.
        votes: how many there are.
        words: the datasheet, Markdown.
        variance: what the scores hang on, Markdown.
        ours: whether it is the open set, which anyone can build and whose licence we state.
    """
    origins = "".join(f"- {one}-scores\n" for one in sorted({row["score_origin"] for row in rows} - {"none"}))
    yaml = _YAML.format(name=json.dumps(name), licence="license: apache-2.0\n" if ours else "", origins=origins)
    return f"""{yaml}
# {name}

{summary(rows)} {votes} votes. This folder holds tables only{_BUILD.format(name=name) if ours else "."}

{origin_text(rows)}

```python
from datasets import load_dataset

scores = load_dataset("manifests/{name}", "scores")    # a row a video, splits train and test
ratings = load_dataset("manifests/{name}", "ratings")  # a row a vote
recipes = load_dataset("manifests/{name}", "recipes")  # a row an LR clip: every parameter of its degradation
splits = load_dataset("manifests/{name}", "splits")    # ten published 80/20 splits and five folds, by source group

import ddsr_bench

table = ddsr_bench.load("{name}")  # pandas; a folder with videos gives clips that read themselves
```

`scores.jsonl` and `recipes.jsonl` say the same as text; `croissant.json` describes the tables to machines.

## Columns

{_columns(rows)}

{variance}

{words}"""


def _columns(rows: Sequence[Mapping[str, Any]]) -> str:
    lines = ["| column | type | what it holds |", "|---|---|---|"]
    known = {name for row in rows for name in row}
    lines += [f"| `{one.name}` | {one.kind} | {one.text} |" for one in COLUMNS if one.name in known]
    return "\n".join(lines)


def share_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """How many sources of each set and scale there are, Markdown."""
    sources = {row["source_id"]: (row["source_set"], row["scale"]) for row in rows}
    sets = sorted({one[0] for one in sources.values()})
    count = Counter(sources.values())
    lines = ["| kind of source | at x2 | at x4 |", "|---|---|---|"]
    lines += [f"| {name} | {count[name, 2]} | {count[name, 4]} |" for name in sets]
    return "\n".join(lines)
