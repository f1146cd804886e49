"""Lines of IAM-OnDB: strokes, text, writer and split of each stroke file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from posixpath import basename, dirname, splitext

from hwsynth.contracts import Dropped
from hwsynth.datasets.files import File, read_files
from hwsynth.datasets.iam.layout import Layout
from hwsynth.datasets.iam.splits import SplitOf, split_of_forms
from hwsynth.datasets.iam.stroke_xml import DamagedFileError, Movement, parse
from hwsynth.datasets.iam.transcripts import Texts, read_transcripts, text_of_line
from hwsynth.datasets.iam.writers import read_writers
from hwsynth.errors import DataError
from hwsynth.ink import Ink

SCRIBBLE = "form z00 or z01: scribble"
NAMELESS = "name is not FORM-LINE.xml"
REPEATED = "line named before"


@dataclass(frozen=True)
class StrokeFile:
    """A stroke file, read: `a01-000u-03.xml` is line 3 of form a01-000u."""

    source: str
    id: str
    form: str
    number: int
    movement: Movement


@dataclass(frozen=True)
class Knowledge:
    """What the other files of the distribution say of the lines."""

    texts: dict[str, Texts]
    writers: dict[str, str]
    split_of: SplitOf

    def ink(self, file: StrokeFile, last_number: int) -> Ink:
        """The line, where `last_number` is the highest of its form."""
        points, times = file.movement
        writer = self.writers.get(file.form)
        return Ink(
            points=points,
            times=times,
            text=text_of_line(self.texts.get(file.form, ()), file.number, last_number),
            writer=writer,
            id=file.id,
            split=self.split_of(file.form, writer),
        )


def read_lines(layout: Layout) -> Iterator[Ink | Dropped]:
    """Each stroke file as Ink, or as Dropped with the reason.

    Raises DataError where not one can be read.
    """
    known = Knowledge(
        read_transcripts(layout.transcripts),
        read_writers(layout.originals),
        split_of_forms(layout.splits),
    )
    drops: list[Dropped] = []
    lines = 0
    for line in _with_knowledge(_once(map(parsed, read_files(layout.strokes, ".xml"))), known):
        if isinstance(line, Dropped):
            drops.append(line)
        else:
            lines += 1
        yield line
    if not lines:
        raise DataError(_nothing(layout, drops))


def parsed(file: File | Dropped) -> StrokeFile | Dropped:
    """What one file holds; it depends on no other, so files may be parsed side by side."""
    if isinstance(file, Dropped):
        return file
    id, _ = splitext(basename(file.name))
    # Form ids may lack the letter (a01-053-03): the line number is what follows the last dash.
    form, _, number = id.rpartition("-")
    if not (form and number.isascii() and number.isdigit()):
        return Dropped(file.name, NAMELESS)
    if form.startswith(("z00-", "z01-")):
        return Dropped(file.name, SCRIBBLE)
    try:
        return StrokeFile(file.name, id, form, int(number), parse(file.data))
    except DamagedFileError as damage:
        return Dropped(file.name, damage.reason, damage.detail)


def _once(files: Iterable[StrokeFile | Dropped]) -> Iterator[StrokeFile | Dropped]:
    seen: set[str] = set()
    for file in files:
        if isinstance(file, Dropped):
            yield file
        elif file.id in seen:
            yield Dropped(file.source, REPEATED)
        else:
            seen.add(file.id)
            yield file


def _with_knowledge(
    files: Iterable[StrokeFile | Dropped], known: Knowledge
) -> Iterator[Ink | Dropped]:
    # A form's lines lie in one folder, so they are together on disk and in an archive of it.
    for _, together in groupby(files, lambda file: dirname(file.source)):
        folder = list(together)
        last = _last_numbers(folder)
        for file in folder:
            yield file if isinstance(file, Dropped) else known.ink(file, last[file.form])


def _last_numbers(files: Iterable[StrokeFile | Dropped]) -> dict[str, int]:
    last: dict[str, int] = {}
    for file in files:
        if isinstance(file, StrokeFile):
            last[file.form] = max(last.get(file.form, 0), file.number)
    return last


def _nothing(layout: Layout, drops: list[Dropped]) -> str:
    if not drops:
        return f"{layout.strokes}: holds no stroke file (.xml); download it again"
    first = drops[0]
    reasons = Counter(drop.reason for drop in drops)
    counts = ", ".join(f"{reason}: {count}" for reason, count in reasons.items())
    return (
        f"{layout.strokes}: not one of {len(drops)} stroke files can be read ({counts}; first "
        f"{first.source}{', ' if first.detail else ''}{first.detail}); download it again"
    )
