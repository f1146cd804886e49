"""Options of a run, apart from what carries them out, so that looking at them imports nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from hwsynth.contracts import Options

MAX_SEED = 4_000_000
"""Every part of a model draws from a seed of its own, a multiple of the run's, of 32 bits."""


class PreparationOptions(Options):
    """What is done to lines before anything else sees them; by default nothing."""

    alignment: Path | None = None
    """File of `hwsynth align` that says where the characters of these lines end."""
    resample: Literal["none", "time", "arc"] = "none"
    """Points at equal spacing in time, or along the pen's path; none: as they are."""
    spacing: float | None = Field(None, gt=0)
    """Of points: seconds, or for arc lengths in `unit`; at most, see resample."""
    level: bool = False
    """Whether drift is taken out: points move up or down by the line's fitted slope."""
    unit: Literal["corpus", "line", "writer"] = "corpus"
    """Of lengths: the corpus's own, the line's vertical spread, or the median of its writer's."""
    characters: int | None = Field(None, gt=0)
    """Lines of more are cut between words, where it is known which points are whose; none: not."""
    origin: bool = False
    """Whether a first point is added, at the line's middle above or below the real first."""
    text: Literal["as_is", "untokenised"] = "as_is"
    """Whether the spaces go that a tokeniser put around marks: `don ' t`; see docs/text.md."""
    delayed: Literal["as_is", "in_place"] = "as_is"
    """Dots and crosses made after other characters were begun: as they are, or right after their
    own one, in lines of which it is known where characters end."""
    strokes: Literal["as_is", "from_top"] = "as_is"
    """Those of capitals and digits as they were made, or after the first from top to bottom, in
    lines of which it is known where characters end."""
    min_score: float | None = None
    """Lines aligned with a lower score, or with none, are left out; none: no line is."""
    recombined: int = Field(0, ge=0)
    """So many new lines for each that is learnt from, put together from parts of lines by one hand,
    where it is known where characters end."""

    @property
    def given(self) -> bool:
        """Whether anything is done at all."""
        return self != PreparationOptions()

    @property
    def form(self) -> PreparationOptions:
        """What brings the points of any corpus's lines into the same form."""
        return self.model_copy(update={"alignment": None, "min_score": None, "recombined": 0})

    @field_validator("alignment")
    @classmethod
    def _wherever_we_are(cls, alignment: Path | None) -> Path | None:
        """A run that is gone on with from another folder finds it too."""
        return alignment and alignment.absolute()

    @model_validator(mode="after")
    def _spacing_goes_with_resample(self) -> PreparationOptions:
        if self.resample != "none" and self.spacing is None:
            raise ValueError(
                f"resample={self.resample} needs a spacing: give preparation.spacing, "
                + ("such as 0.02" if self.resample == "time" else "such as 0.6 with unit=writer")
            )
        if self.resample == "none" and self.spacing is not None:
            raise ValueError(
                f"spacing={self.spacing:g} is of no use without resampling: give "
                "preparation.resample=arc, or time, or leave it out"
            )
        return self


class ModelOptions(Options):
    """How cores are stacked."""

    layers: int = Field(1, gt=0)
    """Cores on top of each other."""
    skips: bool = True
    """Whether every layer sees the input, and the head every layer."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Share of each core's outputs that is dropped in training."""
    noise: float = Field(0.0, ge=0)
    """Standard deviation of what is added to the offsets that go in, in training; normalised."""
    bidirectional: bool = False
    """Whether each core runs over the line in both directions, with weights of its own each way;
    for heads that read."""
    convolution: int = Field(0, ge=0)
    """Channels of two convolutions ahead of the cores, the second of twice as many, at half the
    rate of the points; for heads that read. 0: none."""
    text: Literal["none", "aligned", "window"] = "none"
    """How the model knows what to write. aligned: by where each character ends in the lines;
    window: by a soft window that it learns to move over the text (Graves 2013, section 5)."""
    embedding: int = Field(24, gt=0)
    """Numbers that a character becomes, where text is aligned."""
    window_components: int = Field(10, gt=0)
    """Bells that a window is the sum of."""
    window_step: float = Field(0.04, gt=0)
    """Characters a point that a window moves before training; about 1 / points of a character."""
    window_clip: float | None = Field(None, gt=0)
    """Bound of derivatives by a window's raw parameters; none: no bound."""
    writer: int = Field(24, ge=0)
    """Numbers of the vector that is a writer's style, where there is text; 0: no styles."""


class BatchOptions(Options):
    """How lines become batches."""

    batch_size: int = Field(50, gt=0)
    """Lines side by side."""
    crop: int = Field(300, ge=0)
    """Points of a random crop; 0: whole lines, batched with others of like length."""
    points: int = Field(0, ge=0)
    """Most points of a batch of whole lines, padding counted, which has fewer lines where they are
    long; 0: no bound."""
    clip: float | None = Field(None, gt=0)
    """Offsets are clipped to ± this many corpus units; none: not at all."""
    slant: float = Field(0.0, ge=0)
    """Each line is sheared at random, x by up to ± this times y."""
    width: float = Field(1.0, ge=1)
    """Each line is stretched at random, x by up to this factor or its inverse."""
    size: float = Field(1.0, ge=1)
    """Each line is enlarged at random, by up to this factor or its inverse."""
    rare: float = Field(0.0, ge=0, le=1)
    """Lines with a character that less than this share of the lines hold come oftener in an epoch,
    √(rare / share of its rarest character) times; 0: each line once."""
    anonymous: float = Field(0.05, ge=0, le=1)
    """Share of lines of which the writer is not told, so that a style of nobody is learnt too."""


class TrainingOptions(Options):
    """How a model is trained."""

    optimiser: Literal["adam", "rmsprop"] = "adam"
    """Adam, or Graves's RMSProp (2013, eq. 38-45)."""
    learning_rate: float = Field(1e-3, gt=0)
    """At the start."""
    schedule: Literal["exponential", "cosine", "constant", "epoch"] = "exponential"
    """exponential, cosine: falls to learning_rate·decay over the budget; epoch: times decay
    after each epoch; constant."""
    decay: float = Field(0.1, gt=0, le=1)
    """See schedule."""
    reduction: Literal["point", "sequence"] = "point"
    """Whether the gradient is that of the mean over points or over sequences."""
    clip_norm: float | None = Field(10.0, gt=0)
    """Bound of the gradient's global norm, after reduction; none: no bound."""
    weight_decay: float = Field(0.0, ge=0)
    """Share of each weight that a step takes off, times the learning rate: with adam, AdamW
    (Loshchilov and Hutter 2019)."""
    validate_steps: int = Field(0, ge=0)
    """Steps between validations; 0: after each epoch, and at the end."""
    validate_lines: int = Field(200, gt=0)
    """Lines of the validation split, drawn once by the seed, that validation in training uses."""
    patience: int = Field(0, ge=0)
    """Stop after so many validations without a gain; 0: never."""
    checkpoint_minutes: float = Field(2.0, gt=0)
    """Minutes between checkpoints."""


SECTIONS: Mapping[str, type[Options]] = {
    "preparation": PreparationOptions,
    "model": ModelOptions,
    "batches": BatchOptions,
    "training": TrainingOptions,
}
"""What stands before the dot after --set, besides a component's kind -> its options."""


class Budget(Options):
    """How long to train; of several bounds the first one reached ends the run."""

    epochs: float | None = Field(None, gt=0)
    """Times through the data."""
    steps: int | None = Field(None, gt=0)
    """Batches."""
    minutes: float | None = Field(None, gt=0)
    """Time spent, over all resumptions."""

    def used(self, step: int, minutes: float, per_epoch: int) -> float:
        """The share that is spent after `step` steps of `per_epoch` an epoch; 0 without bounds."""
        shares = [
            step / (self.epochs * per_epoch) if self.epochs else 0.0,
            step / self.steps if self.steps else 0.0,
            minutes / self.minutes if self.minutes else 0.0,
        ]
        return max(shares)
