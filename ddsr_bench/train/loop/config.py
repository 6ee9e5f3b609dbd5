"""The settings of the loop, which every recipe's TOML has under ``[loop]``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

#: Not part of what a run depends on: how often it is written down, and how long it may go on for nothing.
NOT_OF_THE_COURSE = frozenset({"checkpoint_every", "log_every"})


class LoopConfig(BaseModel):
    """How to optimise.

    Attributes:
        epochs: passes over the data.
        optimiser: Adam, or with decoupled weight decay.
        learning_rate: at its height.
        betas: of Adam.
        weight_decay: of matrices and kernels; vectors (norms, biases) have none.
        schedule: after the warm-up, a half cosine down to ``floor``, or constant.
        warm_up: share of all steps over which the rate rises from 0.
        floor: the last rate as a share of the height.
        clip: largest norm of a part's gradient; 0 does not clip.
        average: decay of the moving average of the weights, which is what is judged and kept; 0 keeps none.
        precision: of convolutions and products; auto is bf16 on GPUs that have it, else fp32.
        validate_every: epochs.
        patience: validations without a better one after which training stops; 0 never stops.
        better_by: how much better counts.
        checkpoint_every: steps between checkpoints within an epoch; 0 writes one after each epoch only.
        log_every: steps.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: int = Field(default=20, ge=1)
    optimiser: Literal["adamw", "adam"] = "adamw"
    learning_rate: float = Field(default=1e-3, gt=0)
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = Field(default=0.05, ge=0)
    schedule: Literal["cosine", "constant"] = "cosine"
    warm_up: float = Field(default=0.05, ge=0, lt=1)
    floor: float = Field(default=0.01, ge=0, le=1)
    clip: float = Field(default=1.0, ge=0)
    average: float = Field(default=0.999, ge=0, lt=1)
    precision: Literal["auto", "fp32", "bf16", "fp16"] = "auto"
    validate_every: int = Field(default=1, ge=1)
    patience: int = Field(default=0, ge=0)
    better_by: float = Field(default=0.0, ge=0)
    checkpoint_every: int = Field(default=0, ge=0)
    log_every: int = Field(default=1, ge=1)
