"""Exporters whose options break one clause each of what every component is held to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, field_serializer, field_validator, model_validator

from hwsynth import Exporter, Page


class Sound(Exporter):
    """Options of every kind."""

    name: ClassVar[str] = "sound"
    suffix: ClassVar[str] = ".txt"

    count: int = Field(3, ge=1, lt=10)
    """How many."""
    share: float = Field(0.5, gt=0, le=0.1 + 0.5)
    """Of all."""
    bound: float | None = Field(None, gt=0)
    """Or none."""
    periods: tuple[int, ...] = (1, 2)
    """One after the other."""
    names: tuple[str, ...] = ("a", "b")
    """Any texts."""
    title: str = "none"
    """Any text."""

    def write(self, page: Page, path: Path) -> None:
        """Nothing."""


class NameInCapitals(Sound):
    """One."""

    name: ClassVar[str] = "Sound"


class DefaultMissing(Sound):
    """One."""

    more: int
    """How many more."""


class OptionUndocumented(Sound):
    """One."""

    more: int = 1


class Undocumented(Sound):
    __doc__ = None


class TakesWhatIsUnknown(Sound):
    """One."""

    model_config = ConfigDict(extra="ignore")


class Clamps(Sound):
    """Mends in silence what cannot be."""

    @field_validator("count", mode="before")
    @classmethod
    def _clamp(cls, value: Any) -> Any:
        return max(1, int(value)) if str(value).lstrip("-").isdigit() else value


class OtherError(Sound):
    """One."""

    @field_validator("periods", mode="before")
    @classmethod
    def _look_up(cls, value: Any) -> Any:
        return {("1", "2"): (1, 2)}[tuple(map(str, value))]


class OptionUnnamed(Sound):
    """Says what is wrong, and not with which option."""

    @model_validator(mode="before")
    @classmethod
    def _numbers(cls, values: Any) -> Any:
        if not str(values.get("count", 1)).isdigit():
            raise ValueError("that is no number")
        return values


class OptionsCanBeSet(Sound):
    """One."""

    model_config = ConfigDict(frozen=False)


class OptionsHoldAList(Sound):
    """One."""

    more: list[int] = Field([1])
    """Numbers."""


class RoundsWhenWritten(Sound):
    """One."""

    @field_serializer("share")
    def _rounded(self, value: float) -> float:
        return round(value)


class WritesWhatItDoesNotTake(Sound):
    """One."""

    @field_serializer("count")
    def _in_words(self, value: int) -> str:
        return f"{value} of them"
