"""The datasheet of the open dataset (Gebru et al., "Datasheets for Datasets", CACM 2021), for its card."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ddsr_bench.data.manifest.tables_card import share_table
from ddsr_bench.data.scenes.photographs import photo_names, photograph

_TEXT = """## Motivation

The authors of RealVQA-DDSR (2024) announced 1155 super-resolved videos with subjective scores: 105 LR clips x 11
methods. They give them on request; `ddsr-bench dataset import` reads them. {name} has the same shape, and anyone can
make it anew without a download: to develop metrics, methods and leaderboards, and to test that code is right.

## Composition

{sources}

Rendered scenes are functions of continuous time, so motion is known below the frame; photographs are seen by a moving
camera, and all paths over one photograph share a `source_group`. Each source has one LR clip by preset `ddsr` (motion
blur, blur, noise, binning, resizing, JPEG, video codecs), at x2 or x4, whose every parameter is in `recipes`. Each LR
clip was upscaled by eleven methods that need no weights: {methods}.

## What the scores are not

Nobody has watched these videos. `ddsr-bench dataset rate` took `srq-fr` (fitted to 28 people's opinions of 216 other
videos; classical and deep upscalers on 4K screens) on twelve frames of each video, took off up to .8 points for
flicker (our choice), spread the result over the scale as people do with what they are shown, and let 24 simulated
subjects vote on it by P.910's own model: biases, inconsistencies, two careless ones, 3 % of votes missing. The MOS was
recovered from the votes as it would be from people's. So the scores know of nothing that `srq-fr` does not see, and a
metric that resembles it will look good. Most LR clips are worse than anything in that study (three in four of these
videos lack more SSIM than any that people rated): there the ranking is extrapolated, and the conditions, all of them
classical, differ little on one input. Where people's scores are to be had, use those:
`ddsr-bench dataset import-ratings DIR RATINGS` puts them in place of these.

## Uses

For: code that loads, splits, evaluates; comparing metrics on many recipes and contents; training before real data is at
hand. Not for: claims about what people see, or about methods that were not in the set.

{licences}

## Making it again

`ddsr-bench dataset build {name} --out DIR` (some 20 minutes on two cores, under 1 GB) compares every file with
`sha256` here. Bytes are equal on one kind of processor and one set of library versions; elsewhere the build says how
many differ, and `frames_sha256` tells equal pictures from equal files. Scores are copied from these tables;
`ddsr-bench dataset rate DIR` makes them again. Splits: ten of 80/20 and five folds, no source group on both sides.
"""


def datasheet(name: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The text for a dataset called ``name`` with these rows, Markdown."""
    methods = ", ".join(sorted({row["method"] for row in rows}))
    return _TEXT.format(name=name, sources=share_table(rows), methods=methods, licences=licences())


def licences() -> str:
    """Whose the clips of the open set are: goes with its videos wherever they go, Markdown."""
    credits = "\n".join(f"- {photograph(photo).credit}" for photo in photo_names())
    return f"""## Licences

Tables, recipes and rendered scenes: Apache-2.0. Photographs, whose licences cover the clips made from them:

{credits}"""


def variance_text(rating: Mapping[str, Any]) -> str:
    """What simulated scores hang on, Markdown, from ``rating.json``."""
    split, mos = rating["variance_split"], rating["mos"]
    means = sorted(rating["condition_means"].items(), key=lambda one: -one[1])
    rows = "\n".join(f"| {name} | {value:.2f} |" for name, value in means)
    return f"""## The simulated scores

MOS from {mos["least"]:.2f} to {mos["most"]:.2f}, mean {mos["mean"]:.2f}, of {rating["votes"]} simulated votes. Of the
variance of the MOS, {split["lr_clip"]:.1%} goes with the LR clip (content and recipe together: each source has one
recipe; {split["scale"]:.1%} with the scale and {split["source_set"]:.1%} with the kind of source alone),
{split["condition"]:.1%} with the condition, {split["interaction"]:.1%} with the two together and the panel's noise. So
the name of a condition alone explains no more than {split["condition"]:.1%}.

| condition | mean simulated MOS |
|---|---|
{rows}
"""
