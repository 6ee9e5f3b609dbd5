"""Metric cards (``baselines/qa/<name>.toml``): what a metric reads, which way it points, what it was trained on."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ddsr_bench.cardfile import read_card_file, shipped_cards

# Words before a metric's name that say how its numbers were made, and words behind it that turn it round.
_BEFORE = frozenset(("float", "integer", "mean", "avg", "average", "median", "pooled"))
_UNKNOWN = frozenset(("loss", "error", "err", "rank", "distance", "inverse", "inverted"))


class MetricCard(BaseModel):
    """The facts of one metric; a fact that we are not sure of is None.

    Attributes:
        name: as in the file's name.
        title: as its authors write it.
        reference: full reference or no reference.
        higher_is_better: which way its values point.
        source: DOI (``doi:10...``) or URL.
        year: of publication.
        aliases: further names of its columns.
        range: lowest and highest value.
        plane: what it reads of a frame.
        trained_on: data sets behind its parameters, for contamination to be seen; empty where nothing was trained.
        note: a sentence on what a reader may take wrongly.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    reference: Literal["FR", "NR"]
    higher_is_better: bool = Field(strict=True)
    source: str = Field(pattern=r"^(doi:10\.|https://)\S+$")
    year: int = Field(ge=1970, le=2100)
    aliases: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    plane: Literal["Y", "RGB"] | None = None
    trained_on: tuple[str, ...] | None = None
    note: str = ""

    @property
    def simulated(self) -> bool:
        """Whether scores behind its parameters were simulated; ``trained_on`` says so in brackets."""
        return any("(simulated scores)" in name for name in self.trained_on or ())

    @model_validator(mode="after")
    def _ascending(self) -> MetricCard:
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError("range: write the lowest value first")
        return self


def read_card(path: Path) -> MetricCard:
    """Read and check one card; errors as :func:`~ddsr_bench.cardfile.read_card_file`."""
    return read_card_file(path, MetricCard)


def cards_folder() -> Path:
    """The folder of the project's metric cards; errors as :func:`~ddsr_bench.cardfile.shipped_cards`."""
    return shipped_cards("baselines/qa", "metric")


@lru_cache(maxsize=4)
def load_cards(folder: Path | None = None) -> dict[str, MetricCard]:
    """All cards by name, sorted; of the project's own folder unless another is given.

    Raises:
        DdsrError: a card is broken.
    """
    paths = sorted((folder or cards_folder()).glob("*.toml"))
    return {path.stem: read_card(path) for path in paths}


def find_card(metric: str) -> MetricCard | None:
    """The card of a metric by a column's name, or None.

    Case and separators do not count, a word such as ``float_`` before the name is passed over, and further words
    behind it name a variant: ``MS_SSIM``, ``float_ssim``, ``vmaf_neg`` and ``lpips-vgg`` are found.
    """
    words = re.findall(r"[a-z0-9]+", metric.lower())
    while len(words) > 1 and words[0] in _BEFORE:
        words = words[1:]
    if _UNKNOWN & set(words):
        return None
    cards = _by_plain_name()
    joined = ("".join(words[:end]) for end in range(len(words), 0, -1))
    return next((cards[name] for name in joined if name in cards), None)


def direction_of(metric: str) -> bool | None:
    """Whether higher is better, by the metric's card (:func:`find_card`); None without a card."""
    card = find_card(metric)
    return None if card is None else card.higher_is_better


@lru_cache(maxsize=1)
def _by_plain_name() -> dict[str, MetricCard]:
    cards = load_cards()
    return {re.sub(r"[^a-z0-9]", "", name.lower()): card for card in cards.values() for name in _names(card)}


def _names(card: MetricCard) -> tuple[str, ...]:
    return (card.name, card.title, *card.aliases)
