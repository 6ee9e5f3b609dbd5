"""Settings of the recipe; ``configs/`` has those that come with the package."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from ddsr_bench.train.ddsr.draw import Cut
from ddsr_bench.train.loop.config import LoopConfig

_STRICT = ConfigDict(extra="forbid", frozen=True)


class DataConfig(BaseModel):
    """What the network sees.

    Attributes:
        preset: of the degradations, by name or as a TOML file.
        scale: HR size / LR size.
        crop: side of a training crop, in LR pixels; even.
        frames: in a training sequence.
        batch: sequences in a batch.
        samples: sequences of each clip in an epoch.
        reuse: epochs that a degraded clip serves before it is made anew.
        skip: epochs whose draws are passed over; as many as earlier training had, so that one that goes on from its
            weights sees other degradations and crops.
        validation: share of sources kept apart.
        judged_clips: how many of those are judged.
        judged_frames: frames of each.
    """

    model_config = _STRICT

    preset: str = "ddsr"
    scale: Literal[2, 4] = 4
    crop: int = Field(default=48, ge=16, multiple_of=2)
    frames: int = Field(default=8, ge=2)
    batch: int = Field(default=8, ge=1)
    samples: int = Field(default=8, ge=1)
    reuse: int = Field(default=4, ge=1)
    skip: int = Field(default=0, ge=0)
    validation: float = Field(default=0.1, gt=0, lt=1)
    judged_clips: int = Field(default=8, ge=1)
    judged_frames: int = Field(default=12, ge=8)

    @property
    def cut(self) -> Cut:
        """How samples are cut."""
        return Cut(self.crop, self.frames, self.samples, self.reuse)


class LossConfig(BaseModel):
    """Weight of each loss; 0 switches it off, and what it needs is not loaded.

    Attributes:
        pixel: of SR and HR, Charbonnier.
        clean: of the cleaned LR frames and the HR averaged down, Charbonnier.
        features: of what RW-VSR-QA's trunk sees in SR and HR.
        adversarial: of the spatio-temporal discriminator's opinion.
        denoised: of SR and HR after a frozen denoiser.
        quality: of what RW-VSR-QA says of SR.
        quality_form: ``difference`` of the scores of SR and HR, as in the authors' figure, or ``raise`` that of SR.
        denoiser: ``scunet`` (its published weights), or ``guided``, a filter that needs none.
    """

    model_config = _STRICT

    pixel: float = Field(default=1.0, ge=0)
    clean: float = Field(default=0.5, ge=0)
    features: float = Field(default=0.0, ge=0)
    adversarial: float = Field(default=0.0, ge=0)
    denoised: float = Field(default=0.0, ge=0)
    quality: float = Field(default=0.0, ge=0)
    quality_form: Literal["difference", "raise"] = "difference"
    denoiser: Literal["scunet", "guided"] = "guided"


class NetworkConfig(BaseModel):
    """The generator.

    Attributes:
        kind: ``lite`` (:mod:`ddsr_bench.vsr.archs.ddsr_lite`), ``full`` (:mod:`ddsr_bench.vsr.archs.ddsr`), or
            ``frvsr``, which the authors' figure shows.
        channels: None takes the kind's own.
        temporal: False gives a network that sees each frame alone.
        aligned: frames come with the mean of their neighbours along optical flow beside them; for ``lite``.
    """

    model_config = _STRICT

    kind: Literal["lite", "full", "frvsr"] = "lite"
    channels: int | None = Field(default=None, ge=4)
    temporal: bool = True
    aligned: bool = False


class GuardConfig(BaseModel):
    """What stops a network that learns to please RW-VSR-QA instead of improving.

    Attributes:
        ssim, gmsd: validations whose SSIM is lower, or GMSD higher, by more than this than before the first step do
            not count as better.
    """

    model_config = _STRICT

    ssim: float = Field(default=0.02, ge=0)
    gmsd: float = Field(default=0.01, ge=0)


class DdsrConfig(BaseModel):
    """All settings.

    Attributes:
        watch: what the best weights have most of: PSNR on Y', or the quality that RW-VSR-QA sees within the guard.
        critic_width: channels of the discriminator's first layer.
        critic_rate: its learning rate, as a multiple of the generator's.
    """

    model_config = _STRICT

    title: str = ""
    watch: Literal["psnr", "quality"] = "psnr"
    critic_width: int = Field(default=64, ge=8, multiple_of=8)
    critic_rate: float = Field(default=1.0, gt=0)
    loop: LoopConfig = LoopConfig()
    data: DataConfig = DataConfig()
    loss: LossConfig = LossConfig()
    network: NetworkConfig = NetworkConfig()
    guard: GuardConfig = GuardConfig()
