"""Lines of IAM-OnDB: strokes, text, writer and split of each stroke file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import PurePosixPath

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
    form: str
    number: int
    movement: Movement

    @property
    def id(self) -> str:
        """The file's name without its ending."""
        return PurePosixPath(self.source).stem


def read_lines(layout: Layout) -> Iterator[Ink | Dropped]:
    """Each stroke file as Ink, or as Dropped with the reason.

    Raises DataError where not one can be read.
    """
    texts = read_transcripts(layout.transcripts)
    writers = read_writers(layout.originals)
    split_of = split_of_forms(layout.splits)
    strokes = map(_parsed, read_files(layout.strokes, ".xml"))
    drops: list[Dropped] = []
    lines = 0
    for line in _inks(_once(strokes), texts, writers, split_of):
        if isinstance(line, Dropped):
            drops.append(line)
        else:
            lines += 1
        yield line
    if not lines:
        raise DataError(_nothing(layout, drops))


def _parsed(file: File | Dropped) -> StrokeFile | Dropped:
    if isinstance(file, Dropped):
        return file
    # Form ids may lack the letter (a01-053-03): the line number is what follows the last dash.
    form, _, number = PurePosixPath(file.name).stem.rpartition("-")
    if not (form and number.isascii() and number.isdigit()):
        return Dropped(file.name, NAMELESS)
    if form.startswith(("z00-", "z01-")):
        return Dropped(file.name, SCRIBBLE)
    try:
        return StrokeFile(file.name, form, int(number), parse(file.data))
    except DamagedFileError as damage:
        return Dropped(file.name, damage.reason, damage.detail)


def _once(files: Iterable[StrokeFile | Dropped]) -> Iterator[StrokeFile | Dropped]:
    seen: set[str] = set()
    for file in files:
        if isinstance(file, StrokeFile):
            if file.id in seen:
                yield Dropped(file.source, REPEATED)
                continue
            seen.add(file.id)
        yield file


def _inks(
    files: Iterable[StrokeFile | Dropped],
    texts: dict[str, Texts],
    writers: dict[str, str],
    split_of: SplitOf,
) -> Iterator[Ink | Dropped]:
    # The lines of a form lie in one folder: together on disk and in any archive of it.
    for _, together in groupby(files, lambda file: PurePosixPath(file.source).parent):
        folder = list(together)
        last: Counter[str] = Counter()
        for file in folder:
            if isinstance(file, StrokeFile):
                last[file.form] = max(last[file.form], file.number)
        for file in folder:
            if isinstance(file, Dropped):
                yield file
                continue
            points, times = file.movement
            writer = writers.get(file.form)
            yield Ink(
                points,
                times,
                text=text_of_line(texts.get(file.form, ()), file.number, last[file.form]),
                writer=writer,
                id=file.id,
                split=split_of(file.form, writer),
            )


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
