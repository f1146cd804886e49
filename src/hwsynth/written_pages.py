"""Texts written by a hand: on pages, and one sentence in many ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hwsynth.contracts import Page
from hwsynth.errors import UsageError
from hwsynth.ink import Ink
from hwsynth.legible_writing import LegibleWriter, Manner, Progress, WrittenLine
from hwsynth.styles import Style
from hwsynth.text import Writable
from hwsynth.typesetting import Draw, Layout, typeset

BIASES = (0.0, 0.5, 1.0, 2.0, 4.0)
"""At which a sheet of biases shows its sentence."""
LONGEST = 60
"""Characters of a sentence that a sheet shows, at most."""
_STRIP = Layout(paper="2000x60mm", margin="5mm", breaks="join", drift=0)


@dataclass(frozen=True)
class Pages:
    """What was written, and what is known of it."""

    pages: list[Page]
    lines: list[WrittenLine]
    """As they were written, before they were set."""

    @property
    def misread(self) -> list[str]:
        """Words that are misread as they stand."""
        return [word for line in self.lines for word in line.misread]


def write_pages(
    write: LegibleWriter,
    text: Writable,
    style: Style | None,
    layout: Layout,
    manner: Manner,
    progress: Progress = lambda what, done, of: None,
) -> Pages:
    """A text on pages. Raises as `LegibleWriter` and `typeset` do."""
    lines: list[WrittenLine] = []

    def draw(texts: Sequence[str]) -> list[Ink]:
        lines.extend(write(texts, [style] * len(texts), manner, progress))
        return [line.ink for line in lines]

    return Pages(typeset(text, draw, layout, seed=manner.seed, x_height=write.x_height), lines)


def write_styles(
    write: LegibleWriter,
    text: Writable,
    styles: Mapping[str, Style],
    manner: Manner,
    progress: Progress = lambda what, done, of: None,
) -> Pages:
    """A sentence in all styles, each line with its style's name. Raises UsageError for more than
    one short line."""
    sentence = _sentence(text)
    lines = write([sentence] * len(styles), list(styles.values()), manner, progress)
    return _sheet(write, text, lines, list(styles))


def write_biases(
    write: LegibleWriter,
    text: Writable,
    style: Style | None,
    manner: Manner,
    progress: Progress = lambda what, done, of: None,
) -> Pages:
    """A sentence at all of `BIASES`, from the same numbers. Raises UsageError for more than one
    short line."""
    sentence = _sentence(text)
    lines = [
        line
        for bias in BIASES
        for line in write([sentence], [style], replace(manner, bias=bias), progress)
    ]
    return _sheet(write, text, lines, [f"bias {bias:g}" for bias in BIASES])


def _sentence(text: Writable) -> str:
    if "\n" in text.text or len(text.text) > LONGEST:
        raise UsageError(
            f"a sheet shows one sentence of at most {LONGEST} characters, and this text has "
            f"{len(text.text)}, in {text.text.count(chr(10)) + 1} lines; give a shorter one"
        )
    return text.text


def _sheet(
    write: LegibleWriter, text: Writable, lines: Sequence[WrittenLine], captions: list[str]
) -> Pages:
    """One line below the other, their letters all of one size."""
    pages = [
        page
        for line in lines
        for page in typeset(
            text, _already(line.ink), _STRIP, longest_run=LONGEST, x_height=write.x_height
        )
    ]
    inks = [ink for page in pages for ink in page.lines]
    height = sum(page.line_height for page in pages) / len(pages)
    return Pages([Page(inks, height, captions)], list(lines))


def _already(ink: Ink) -> Draw:
    """Gives a line that is written."""
    return lambda _: [ink]
