"""A hand: what `hwsynth write` writes with.

A generator that was trained on text, a reader that reads what it wrote, styles with names. A run
of one's own is a hand whose styles are its writers; a packed hand is a folder:

    hand.json                its name, and its styles
    run.json                 the generator's, as in a run's folder
    weights.safetensors      in half precision
    step.onnx
    reader/                  run.json, weights.safetensors and reader.onnx of the reader
    card.md                  what it was made of and how well it writes, for people

A package gives the folders of its hands by the hook `hwsynth_hands`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated

import pydantic
import pydantic_core
from numpy.typing import NDArray
from pydantic import Field, FiniteFloat

from hwsynth.conditions import Conditions
from hwsynth.contracts import Options
from hwsynth.errors import HwsynthError, RunError, UsageError, unknown
from hwsynth.plugin_loading import wanted_plugins
from hwsynth.plugins import FoundHand, Plugins
from hwsynth.run_folder import HAND_FILE, RunFolder
from hwsynth.run_record import RunRecord
from hwsynth.styles import Letter, Style, checksum

READER, CARD = "reader", "card.md"
VECTORS = "model/writers/vectors"
"""The array of a run's weights (1 + writers, width) that holds its writers' vectors; the first is
that of nobody."""
NOBODY = "nobody"
"""The style of lines of which the writer was not told."""

log = logging.getLogger(__name__)

NAME = r"^[a-z0-9]+([-_][a-z0-9]+)*$"
"""What hands and their styles may be called."""
Name = Annotated[str, Field(pattern=NAME)]


class HandFile(Options):
    """hand.json."""

    format: int = 1
    """Version of the folder's files."""
    name: Name
    """What it is called."""
    styles: dict[Name, list[FiniteFloat]]
    """Name -> writer vector; the first is what is written in where none is asked for."""
    letters: dict[Name, dict[Letter, list[FiniteFloat]]] = Field(default_factory=dict)
    """Style -> the characters that it borrows, each with its vector."""


@dataclass(frozen=True)
class Hand:
    """A hand on disk."""

    name: str
    generator: RunFolder
    reader: Path | None
    """Folder of what reads back."""
    named: Mapping[str, Style] | None = None
    """The styles of a packed hand; None: the run's writers."""

    @cached_property
    def record(self) -> RunRecord:
        """The generator's."""
        return self.generator.record()

    @property
    def conditions(self) -> Conditions:
        """What its generator is told beside the rows."""
        return Conditions(self.record.model.text, self.record.data.charset, self.record.writers)

    @cached_property
    def weights(self) -> dict[str, NDArray]:
        """The generator's."""
        return self.generator.weights()

    @cached_property
    def checksum(self) -> str:
        """What style files name it by."""
        return checksum(self.weights)

    @cached_property
    def styles(self) -> Mapping[str, Style]:
        """By name, the first one first; none where the model learnt none."""
        return dict(_writers(self)) if self.named is None else self.named

    @property
    def default_style(self) -> str | None:
        """What is written in where nothing else is asked for."""
        return next(iter(self.styles), None)

    @property
    def terms(self) -> list[str]:
        """Whose lines its models learnt from, and on which terms."""
        reader = RunFolder(self.reader).record().licences if self.reader else []
        return list(dict.fromkeys([*self.record.licences, *reader]))

    @property
    def card(self) -> str | None:
        """What is said of it for people; None where there is nothing."""
        file = self.generator.path / CARD
        return file.read_text(encoding="utf-8") if file.is_file() else None


def _writers(hand: Hand) -> Iterator[tuple[str, Style]]:
    """A run's writers, by name; nobody is the last."""
    vectors = hand.weights.get(VECTORS)
    if vectors is not None:
        names, each = (*hand.record.writers, NOBODY), (*vectors[1:], vectors[0])
        yield from zip(names, map(Style, each), strict=True)


def packed_hand(path: Path) -> Hand:
    """The hand of a folder. Raises RunError where it is damaged."""
    file = path / HAND_FILE
    try:
        found = HandFile.model_validate(pydantic_core.from_json(file.read_bytes()))
    except (OSError, ValueError) as error:
        first = error.errors()[0]["msg"] if isinstance(error, pydantic.ValidationError) else error
        raise RunError(f"{file} is damaged: {first}; install the hand's package again") from error
    reader = path / READER
    return Hand(found.name, RunFolder(path), reader if reader.is_dir() else None, _named(found))


def _named(file: HandFile) -> dict[str, Style]:
    return {
        name: Style.of_numbers(vector, file.letters.get(name))
        for name, vector in file.styles.items()
    }


@dataclass(frozen=True)
class InstalledHand:
    """A hand that a package gives."""

    hand: Hand
    package: str
    version: str


def installed_hands(plugins: Plugins) -> list[InstalledHand]:
    """The hands of all packages, those of the toolkit's own first; one that is damaged is logged
    and left out, and so is the second of a name."""
    hands: dict[str, InstalledHand] = {}
    for found in sorted(plugins.hands, key=lambda each: not _is_own(each)):
        try:
            hand = packed_hand(found.folder)
        except HwsynthError as error:
            log.warning("a hand of %s is left out: %s", found.source.package, error)
            continue
        if hand.name in hands:
            log.warning(
                "the hand '%s' of %s is left out: %s has one of that name",
                hand.name,
                found.source.package,
                hands[hand.name].package,
            )
            continue
        hands[hand.name] = InstalledHand(hand, found.source.package, found.source.version)
    return list(hands.values())


def _is_own(found: FoundHand) -> bool:
    return found.source.package in wanted_plugins()


def installed_hand(plugins: Plugins, name: str | None) -> Hand:
    """The hand of that name; without one the toolkit's own, or else the only one there is.

    Raises UsageError where there is none of that name, or none to be preferred.
    """
    hands = [each.hand for each in installed_hands(plugins)]
    if not hands:
        raise UsageError(
            "no hand is installed: install a package that gives one, or give a run of your "
            "own: --run DIR"
        )
    return _chosen(hands, name, has_own=any(map(_is_own, plugins.hands)))


def _chosen(hands: Sequence[Hand], name: str | None, has_own: bool) -> Hand:
    if name is None:
        if len(hands) > 1 and not has_own:
            names = ", ".join(hand.name for hand in hands)
            raise UsageError(f"there are several hands: {names}; choose one with --hand")
        return hands[0]
    for hand in hands:
        if hand.name == name:
            return hand
    raise UsageError(unknown("hand", name, [hand.name for hand in hands]))


def installed_reader(plugins: Plugins) -> Path:
    """The folder of what reads for the hand that writes where no other is asked for. Raises
    UsageError where there is none."""
    return _reader_of(installed_hand(plugins, None), "--run DIR")


def run_or_hand(given: Path, plugins: Plugins, *, reads: bool = False) -> Path:
    """The run's folder `given`; where it is the name of an installed hand, and no folder, that of
    the hand's generator, or of its reader if what `reads` is asked for. Raises UsageError where it
    has none."""
    if given.exists():
        return given
    named = (each.hand for each in installed_hands(plugins) if each.hand.name == str(given))
    hand = next(named, None)
    if hand is None:
        return given
    return _reader_of(hand, "--init RUN") if reads else hand.generator.path


def _reader_of(hand: Hand, instead: str) -> Path:
    if hand.reader is None:
        raise UsageError(f"the hand '{hand.name}' has no reader; give a run that reads: {instead}")
    return hand.reader


def hand_of(
    plugins: Plugins,
    *,
    name: str | None = None,
    run: Path | None = None,
    reader: Path | None = None,
) -> Hand:
    """The installed hand `name`, or that of a run's folder; `reader`: the run of another reader
    than its own. Raises UsageError or RunError where there is none, or both are given."""
    if name is not None and run is not None:
        raise UsageError("--hand and --run both say what to write with; give one")
    if run is None:
        hand = installed_hand(plugins, name)
    elif (run / HAND_FILE).is_file():
        hand = packed_hand(run)
    else:
        hand = Hand(run.name, RunFolder(run), None)
    return replace(hand, reader=reader) if reader else hand
