"""Settings of the recipe."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ddsr_bench.train.loop.config import LoopConfig

_STRICT = ConfigDict(extra="forbid", frozen=True)


class DataConfig(BaseModel):
    """What of the data is used, and how it is put together.

    Attributes:
        batch: rated videos in a batch.
        per_input: how many videos of one LR clip come together, so that there are pairs to rank; rounded down to what
            the batch holds.
        ladder_batch: videos of ladders beside them; 0 uses none.
        per_ladder: how many of one ladder come together.
        keys: key frames of a video in a batch; one that has fewer gives some twice.
        native, half: patches of a key frame at native and at half resolution, likewise.
        views: sets of patches that are cut from each video for training, the first where scores take them, the others
            moved within their cells.
        flip: mirror videos, half of the times.
        validation: share of the training videos that is kept for validation, in whole groups of sources.
        leave_out: methods whose videos are not used at all.
        centred: take from each label the mean over its input's videos, so that the network learns what tells these
            apart, and the level is left to the regressions.
    """

    model_config = _STRICT

    batch: int = Field(default=16, ge=2)
    per_input: int = Field(default=4, ge=1)
    ladder_batch: int = Field(default=8, ge=0)
    per_ladder: int = Field(default=4, ge=2)
    keys: int = Field(default=2, ge=1)
    native: int = Field(default=12, ge=1)
    half: int = Field(default=4, ge=1)
    views: int = Field(default=1, ge=1, le=64)
    flip: bool = True
    validation: float = Field(default=0.15, gt=0, lt=1)
    leave_out: tuple[str, ...] = ()
    centred: bool = False


class LossConfig(BaseModel):
    """Weights of the losses, and what they depend on; a weight of 0 leaves a loss out.

    Attributes:
        similarity, plcc, norm_in_norm, l1, monotonic, within_input: on rated videos.
        ladder: the within-input rank loss on ladders.
        norm_p, norm_q: orders of norm-in-norm.
        margin: of the rank losses, in units of MOS; see ``l1`` for what ties predictions to these units.
        gap: labels nearer than this make no pair.
    """

    model_config = _STRICT

    similarity: float = Field(default=1.0, ge=0)
    plcc: float = Field(default=0.0, ge=0)
    norm_in_norm: float = Field(default=0.0, ge=0)
    l1: float = Field(default=0.1, ge=0)
    monotonic: float = Field(default=0.3, ge=0)
    within_input: float = Field(default=0.5, ge=0)
    ladder: float = Field(default=0.5, ge=0)
    norm_p: float = Field(default=1.0, ge=1)
    norm_q: float = Field(default=2.0, ge=1)
    margin: float = Field(default=0.1, ge=0)
    gap: float = Field(default=0.1, ge=0)


class NetworkConfig(BaseModel):
    """Sizes of the network; None takes its own."""

    model_config = _STRICT

    width: int | None = Field(default=None, ge=4)
    features: int | None = Field(default=None, ge=4)


class KernelConfig(BaseModel):
    """A member that is fitted to statistics of the training videos once the network is trained.

    Attributes:
        share: its part of the score; 0 fits none.
        cost: of the support vector regression.
        gamma: of its Gaussian kernel, on standardised statistics.
        tube: errors up to this, in MOS, cost nothing.
    """

    model_config = _STRICT

    share: float = Field(default=0.0, ge=0, le=1)
    cost: float = Field(default=1.5, gt=0)
    gamma: float = Field(default=2e-3, gt=0)
    tube: float = Field(default=0.075, ge=0)


class PerceptronConfig(BaseModel):
    """A member that learns from statistics of the training videos, by the network's own losses.

    Attributes:
        share: their part of the score; 0 trains none.
        count: of perceptrons, whose mean is taken.
        hidden: units of the first of two layers; the second has half as many.
        epochs, learning_rate, weight_decay: of AdamW, with the rate rising and falling in one cycle.
        batch, per_input, ladder_batch, per_ladder: as those of the network's training.
        dropout: shares of statistics and of hidden units that are left out.
        noise: added to standardised statistics.
        within_input: weight of that loss, in place of the network's where it is given: kernels know contents well
            already, so these may look harder at what tells videos of one input apart.
    """

    model_config = _STRICT

    share: float = Field(default=0.0, ge=0, le=1)
    count: int = Field(default=8, ge=1)
    hidden: int = Field(default=64, ge=2)
    epochs: int = Field(default=60, ge=1)
    learning_rate: float = Field(default=2e-3, gt=0)
    weight_decay: float = Field(default=1e-2, ge=0)
    batch: int = Field(default=96, ge=2)
    per_input: int = Field(default=8, ge=1)
    ladder_batch: int = Field(default=16, ge=0)
    per_ladder: int = Field(default=4, ge=2)
    dropout: tuple[float, float] = (0.1, 0.3)
    noise: float = Field(default=0.1, ge=0)
    within_input: float | None = Field(default=None, ge=0)


class QaConfig(BaseModel):
    """All settings.

    Attributes:
        motion: how much motion counts beside one statistic for kernels and perceptrons; 0 leaves it out.
        watch: what the best weights have: the mean of rank correlation and pairwise accuracy, or one of them.
    """

    model_config = _STRICT

    title: str = ""
    motion: float = Field(default=0.0, ge=0)
    watch: Literal["both", "srocc", "pairs"] = "both"
    loop: LoopConfig = LoopConfig()
    data: DataConfig = DataConfig()
    loss: LossConfig = LossConfig()
    network: NetworkConfig = NetworkConfig()
    kernels: KernelConfig = KernelConfig()
    perceptrons: PerceptronConfig = PerceptronConfig()

    @model_validator(mode="after")
    def _shares(self) -> QaConfig:
        if self.kernels.share + self.perceptrons.share > 1:
            raise ValueError("kernels.share and perceptrons.share are more than 1 together")
        return self
