"""Lines of UNIPEN: every segment of category 8 as Ink, or as Dropped with the reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from hwsynth import DataError, Dropped, File, Ink
from hwsynth_unipen import Unipen
from hwsynth_unipen.delineation import pieces
from hwsynth_unipen.joining import joined
from hwsynth_unipen.layout import Layout
from hwsynth_unipen.movement import Stroke, read_strokes
from hwsynth_unipen.one_line import boxes_of, in_columns, in_several_lines
from hwsynth_unipen.recording import Includes, MissingIncludeError, Recording, read_recording
from hwsynth_unipen.segments import read_segment
from hwsynth_unipen.statements import statements
from hwsynth_unipen.units import units_of
from hwsynth_unipen.writers import split_of, writer_of

NO_SEGMENT = "no segment in it"
MISSING = "an included file missing"
MALFORMED = "malformed"
OTHER_KIND = "segment of another kind than TEXT"
BAD = "quality BAD"
NO_TEXT = "text not known"
FEW_WORDS = "fewer words than asked for"
NO_INK = "no ink"
LITTLE_INK = "less written than its text says"
SEVERAL_LINES = "several lines of writing"
COLUMNS = "words in columns or boxes"

LEAST_SECONDS = 0.1
"""Of writing for each character; half of the lines take more than 0.37, one in a hundred less
than 0.19."""


class _DroppedError(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class _DataFile:
    """A file of `data/8`, with all that it includes."""

    name: str
    recording: Recording

    @property
    def contributor(self) -> str:
        return self.name.split("/")[2]

    def id(self, number: int) -> str:
        """Contributor, checksum of the name, which may be a person's, and the segment's place."""
        checksum = blake2b(self.name.encode(), digest_size=4).hexdigest()
        return f"{self.contributor}-{checksum}-{number:03}"


def read_lines(layout: Layout, options: Unipen) -> Iterator[Ink | Dropped]:
    """Each segment, by the names of their files. Raises DataError where not one is a line."""
    drops: Counter[str] = Counter()
    lines = 0
    for line in _lines(layout, options):
        if isinstance(line, Dropped):
            drops[line.reason] += 1
        else:
            lines += 1
        yield line
    if not lines:
        counts = ", ".join(f"{reason}: {count}" for reason, count in drops.items())
        raise DataError(
            f"{layout.root}: not one line in data/8 ({counts or 'no files'}); give the folder or "
            "the archive of UNIPEN that has data/8 and include"
        )


def _lines(layout: Layout, options: Unipen) -> Iterator[Ink | Dropped]:
    data, includes = _contents(layout)
    for name in sorted(data):
        file = data[name]
        if isinstance(file, Dropped):
            yield file
        else:
            yield from _lines_of(file, includes, options)


def _contents(layout: Layout) -> tuple[dict[str, File | Dropped], Includes]:
    """Files of `data/8` by name, and what they may include."""
    data: dict[str, File | Dropped] = {}
    includes: dict[str, bytes] = {}
    for file in layout.read():
        name = file.name if isinstance(file, File) else file.source
        if name.startswith("data/"):
            data[name] = file
        elif isinstance(file, File):
            includes[name.removeprefix("include/")] = file.data
    return data, Includes(includes)


def _lines_of(file: File, includes: Includes, options: Unipen) -> Iterator[Ink | Dropped]:
    missing = None
    try:
        recording = read_recording(file.data, includes)
    except MissingIncludeError as error:
        missing = str(error)
        recording = Recording(segments=[b for k, b in statements(file.data) if k == b"SEGMENT"])
    if not recording.segments:
        yield Dropped(file.name, NO_SEGMENT, missing or "")
    for number, body in enumerate(recording.segments):
        source = f"{file.name}, segment {number}"
        if missing is not None:
            yield Dropped(source, MISSING, missing)
            continue
        try:
            yield _line(_DataFile(file.name, recording), number, body, options)
        except _DroppedError as dropped:
            yield Dropped(source, dropped.reason, dropped.detail)


def _line(file: _DataFile, number: int, body: bytes, options: Unipen) -> Ink:
    text, delineation = _wanted(file, body, options)
    try:
        strokes = _strokes(file, delineation, options)
    except ValueError as error:
        raise _DroppedError(MALFORMED, str(error)) from error
    _check(strokes, text)
    writer = writer_of(file.contributor, file.recording.setting.writer_id)
    resampled = [stroke.resampled(options.points_per_second) for stroke in strokes]
    points = np.concatenate([_points(stroke, options.units_per_mm) for stroke in resampled])
    return Ink(
        points=points.astype(np.float32),
        times=np.concatenate([stroke.times for stroke in resampled]),
        text=text,
        writer=writer,
        id=file.id(number),
        split=split_of(writer),
    )


def _wanted(file: _DataFile, body: bytes, options: Unipen) -> tuple[str, str]:
    """Text and delineation of a segment that says it is a line."""
    segment = read_segment(body)
    if segment is None:
        raise _DroppedError(MALFORMED, body[:80].decode("iso-8859-1"))
    if segment.kind != "TEXT":
        raise _DroppedError(OTHER_KIND, segment.kind)
    if segment.quality == "BAD":
        raise _DroppedError(BAD)
    if segment.delineation is None or segment.text is None:
        raise _DroppedError(NO_TEXT)
    text = joined(segment.text, file.contributor) if options.joined else segment.text
    if len(text.split()) < options.words:
        raise _DroppedError(FEW_WORDS, text)
    return text, segment.delineation


def _check(strokes: Sequence[Stroke], text: str) -> None:
    """Raises _DroppedError for strokes that are not one line with this text."""
    boxes = boxes_of([stroke.xy for stroke in strokes])
    if not strokes or not np.ptp(boxes[:, 1::2], axis=1).any():
        raise _DroppedError(NO_INK)
    written = sum(float(np.ptp(stroke.times)) for stroke in strokes)
    if written < LEAST_SECONDS * len("".join(text.split())):
        raise _DroppedError(LITTLE_INK, text)
    if in_several_lines(boxes):
        raise _DroppedError(SEVERAL_LINES, text)
    if in_columns(boxes):
        raise _DroppedError(COLUMNS, text)


def _strokes(file: _DataFile, delineation: str, options: Unipen) -> list[Stroke]:
    units = units_of(file.recording.setting, file.contributor, corrected=options.corrected)
    return read_strokes(file.recording.components, pieces(delineation), units)


def _points(stroke: Stroke, units_per_mm: float) -> np.ndarray:
    """(points, 3): x, y, pen_up."""
    pen_up = np.zeros(len(stroke.xy))
    pen_up[-1] = 1
    return np.column_stack([stroke.xy * units_per_mm, pen_up])
