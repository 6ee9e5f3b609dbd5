"""Method cards (``baselines/vsr/<name>.toml``): who made a method, what it was trained on, where its weights are."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ddsr_bench.cardfile import read_card_file, shipped_cards

_STRICT = ConfigDict(extra="forbid", frozen=True)


class Weights(BaseModel):
    """One file of weights.

    Attributes:
        scale: what it is for.
        file: its name.
        url: where it lies; https, of a release or a commit, never of a branch.
        sha256: of the whole file, where it is known for certain.
        hash_prefix: its first digits where only these were published.
        size: in bytes.
        licence: of the weights, where it is not the code's.
        key: entry of the checkpoint under which the weights lie.
        prefix: in front of each parameter's name.
        role: ``"main"``, or what else the method takes it for.
        how: how to get it by hand, where no program can.
    """

    model_config = _STRICT

    scale: int = Field(ge=1, le=16)
    file: str = Field(pattern=r"^[^/\\]+$")
    url: str = Field(default="", pattern=r"^(https://\S+)?$")
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    hash_prefix: str = Field(default="", pattern=r"^([0-9a-f]{8,64})?$")
    size: int | None = Field(default=None, gt=0)
    licence: str = ""
    key: str = ""
    prefix: str = ""
    role: str = "main"
    how: str = ""

    @model_validator(mode="after")
    def _reachable(self) -> Weights:
        if not self.url and not self.how:
            raise ValueError("weights: give a url, or say how to get them by hand")
        return self


class MethodCard(BaseModel):
    """The facts of one method.

    Attributes:
        name: as in the file's name.
        title: as its authors write it.
        paper: DOI (``doi:10...``), URL, or where our own is described (``reports/...``).
        year: of publication.
        licence: of the code, SPDX where there is one.
        code: URL of the authors' code; empty for classical methods.
        scales: that it makes.
        temporal: which frames an output depends on.
        trained_on: data sets behind its weights, for contamination to be seen; empty where nothing is trained.
        degradation: what LR video it is made for: BI, BD, real, none, or words.
        parameters: number of weights, 0 for classical methods.
        weights_status: whether weights are needed and how they come; ``shipped``: with the package.
        note: what a reader may take wrongly.
        weights: the files.
    """

    model_config = _STRICT

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str = Field(min_length=1)
    paper: str = Field(pattern=r"^(doi:10\.|https://|reports/)\S+$")
    year: int = Field(ge=1949, le=2100)
    licence: str = Field(min_length=1)
    code: str = Field(default="", pattern=r"^(https://\S+)?$")
    scales: tuple[int, ...] = Field(min_length=1)
    temporal: Literal["frame", "window", "forward", "bidirectional"]
    trained_on: tuple[str, ...]
    degradation: str = Field(min_length=1)
    parameters: int = Field(ge=0)
    weights_status: Literal["none needed", "shipped", "published", "by hand", "to be trained"]
    note: str = ""
    weights: tuple[Weights, ...] = ()

    @model_validator(mode="after")
    def _sound(self) -> MethodCard:
        if self.weights_status in ("shipped", "published", "by hand") and not self.weights:
            raise ValueError(f"weights_status: {self.weights_status}, but no [[weights]] are listed")
        if self.weights_status == "none needed" and (self.weights or self.parameters):
            raise ValueError("weights_status: none needed, but weights or parameters are given")
        return self

    def file(self, scale: int, role: str = "main") -> Weights | None:
        """The weights for a scale and role, or None."""
        return next((one for one in self.weights if one.scale == scale and one.role == role), None)


def read_method_card(path: Path) -> MethodCard:
    """Read and check one card; errors as :func:`~ddsr_bench.cardfile.read_card_file`."""
    return read_card_file(path, MethodCard)


def method_cards_folder() -> Path:
    """The folder of the project's method cards; errors as :func:`~ddsr_bench.cardfile.shipped_cards`."""
    return shipped_cards("baselines/vsr", "method")


@lru_cache(maxsize=1)
def load_method_cards() -> dict[str, MethodCard]:
    """All cards by name, sorted.

    Raises:
        DdsrError: a card is broken.
    """
    return {path.stem: read_method_card(path) for path in sorted(method_cards_folder().glob("*.toml"))}


def method_card(name: str) -> MethodCard | None:
    """The card of a method, or None (of other packages' methods, say)."""
    return load_method_cards().get(name)
