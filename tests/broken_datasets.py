"""A dataset that keeps the contract, and others that break one clause of it each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from hwsynth import DataError, Dataset, Dropped, Ink
from hwsynth.contracts import Role

LINES = ("ab", "a b", "", "ba")
"""What the notes of `folder` say: a line of ink for each that says something."""


class Sound(Dataset):
    """Notes in a folder: for each character a stroke of two points."""

    name: ClassVar[str] = "sound"
    splits: ClassVar[Mapping[str, Role]] = {"even": "train", "odd": "validation"}
    licence: ClassVar[str] = "Made for tests, free for all."

    size: float = 1.0
    """What coordinates are multiplied by."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """The notes."""
        notes = sorted(Path(path or ".").glob("*.note"))
        if not notes:
            raise DataError(f"{path} holds no notes; give the folder with them")
        return notes

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """A line a note."""
        for number, note in enumerate(self.sources(path)):
            text = note.read_text()
            if text:
                yield self.line(number, text)
            else:
                yield Dropped(note.name, "nothing in it")

    def line(self, number: int, text: str) -> Ink:
        letters = text.replace(" ", "")
        x = np.arange(2 * len(letters)) * self.size
        ends = x % (2 * self.size) > 0
        return Ink(
            np.stack([x, x % 3, ends], axis=1),
            times=x / 10,
            char_end=ends,
            text=text,
            id=f"line-{number}",
            split="odd" if number % 2 else "even",
        )


def folder(place: Path) -> Path:
    """A folder that holds notes."""
    for number, text in enumerate(LINES):
        (place / f"{number}.note").write_text(text)
    return place


class LicenceUnsaid(Sound):
    """One."""

    licence: ClassVar[str] = " "


class RoleOfItsOwn(Sound):
    """One."""

    splits: ClassVar[Mapping[str, Any]] = {"even": "training", "odd": "validation"}


class SourceNotThere(Sound):
    """One."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """One too many."""
        return [*super().sources(path), Path(path or ".") / "index"]

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """As it is."""
        yield from ()


class SourcesComeAndGo(Sound):
    """One."""

    turns: ClassVar[list[int]] = []

    def sources(self, path: Path | None) -> Sequence[Path]:
        """The other way round every other time."""
        self.turns.append(1)
        return super().sources(path)[:: (-1) ** len(self.turns)]


class MissingPathUnnoticed(Sound):
    """One."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """What is there, which may be nothing."""
        return sorted(Path(path or ".").glob("*.note"))


class MissingPathAsOSError(Sound):
    """One."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """Lists the folder first."""
        list(Path(path or ".").iterdir())
        return super().sources(path)


class MissingPathUnnamed(Sound):
    """One."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """Forgets where it looked."""
        try:
            return super().sources(path)
        except DataError:
            raise DataError("no notes there") from None


class EmptyFolderUnnoticed(Sound):
    """One."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """A folder is enough."""
        return sorted(Path(path).glob("*.note")) if Path(path).is_dir() else super().sources(path)


class NoLines(Sound):
    """One."""

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Nothing."""
        self.sources(path)
        yield Dropped("all", "too hard")


class GivesArrays(Sound):
    """One."""

    def line(self, number: int, text: str) -> Any:
        return super().line(number, text).points


class Altered(Sound):
    """Lines with some fields replaced."""

    def fields(self, number: int, ink: Ink) -> dict[str, Any]:
        return {}

    def line(self, number: int, text: str) -> Ink:
        ink = super().line(number, text)
        return Ink(**{**vars(ink), **self.fields(number, ink)})


class WithoutIds(Altered):
    """One."""

    def fields(self, number: int, ink: Ink) -> dict[str, Any]:
        return {"id": None}


class SameIds(Altered):
    """One."""

    def fields(self, number: int, ink: Ink) -> dict[str, Any]:
        return {"id": "line"}


class SplitUnknown(Altered):
    """One."""

    def fields(self, number: int, ink: Ink) -> dict[str, Any]:
        return {"split": "third"}


class TimesNotFinite(Altered):
    """One."""

    def fields(self, number: int, ink: Ink) -> dict[str, Any]:
        return {"times": np.full(len(ink), np.nan)}


class SpacesEnd(Altered):
    """Counts a space as a written character."""

    def fields(self, number: int, ink: Ink) -> dict[str, Any]:
        spaces = ink.text.count(" ")
        ends = ink.char_end.copy()
        ends[np.flatnonzero(~ends)[:spaces]] = True
        return {"char_end": ends}


class PenLeftDown(Sound):
    """Writes into what `Ink` has checked."""

    def line(self, number: int, text: str) -> Ink:
        ink = super().line(number, text)
        points = ink.points.copy()
        points[-1, 2] = 0
        object.__setattr__(ink, "points", points)
        return ink


class WithoutSource(Sound):
    """One."""

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Drops without saying what."""
        yield from super().read(path)
        yield Dropped("", "no reason")


class LongReasons(Sound):
    """One."""

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Drops at length."""
        yield from super().read(path)
        yield Dropped("note", f"the note in {path} could not be read, since nothing was in it" * 2)


class ManyReasons(Sound):
    """One."""

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """A reason for each that is dropped."""
        yield from super().read(path)
        yield from (Dropped(f"{n}", f"note {n} is empty") for n in range(30))


class OneBuffer(Sound):
    """Reads every line into the same memory."""

    memory: ClassVar[np.ndarray] = np.zeros((100, 3), np.float32)

    def line(self, number: int, text: str) -> Ink:
        ink = super().line(number, text)
        part = self.memory[: len(ink)]
        part[:] = ink.points + np.float32([number, 0, 0])
        return Ink(**{**vars(ink), "points": part})


class OtherOrder(Sound):
    """One."""

    turns: ClassVar[list[int]] = []

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Backwards every other time."""
        self.turns.append(1)
        yield from [*super().read(path)][:: (-1) ** len(self.turns)]


class OtherLines(Sound):
    """One."""

    turns: ClassVar[list[int]] = []

    def line(self, number: int, text: str) -> Ink:
        self.turns.append(1)
        ink = super().line(number, text)
        return Ink(**{**vars(ink), "points": ink.points + np.float32([len(self.turns), 0, 0])})


class FewerTheSecondTime(Sound):
    """An iterator that is used up."""

    seen: ClassVar[set[str]] = set()

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """What was not read before."""
        for item in super().read(path):
            if not isinstance(item, Ink) or item.id not in self.seen:
                yield item
                self.seen.add(getattr(item, "id", ""))


class NamesOfTheirOwnKind(Sound):
    """Texts that are no longer themselves when they come from a file."""

    def line(self, number: int, text: str) -> Ink:
        ink = super().line(number, text)
        return Ink(**{**vars(ink), "writer": Name("ann")})


class Name(str):
    """A writer's name that equals no other text."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Name)

    __hash__ = str.__hash__


class ThirdReadingFails(Sound):
    """Gives fewer lines from the third reading on."""

    turns: ClassVar[list[int]] = []

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Leaves out the last."""
        if Path(path).is_dir() and [*Path(path).iterdir()]:
            self.turns.append(1)
        items = [*super().read(path)]
        yield from items[: len(items) - (len(self.turns) > 2)]
