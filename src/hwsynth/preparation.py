"""Lines brought to a common form: level, in one unit of length, with points at equal spacing.

All that follows sees a corpus like any other. Drift is taken out by shearing, y − slope·x, not by
turning: in a line that drifts each letter stands upright, only higher or lower than the one before.
Shearing leaves x and all that is vertical as it is, where turning would slant the letters, and what
is sheared has a fitted slope of nought: to level twice is to level once.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hwsynth.contracts import Dropped
from hwsynth.corpus import Corpus, Progress, reported
from hwsynth.delayed_strokes import in_place
from hwsynth.errors import DataError, UsageError
from hwsynth.ink import Ink
from hwsynth.line_measure import LineMeasure, measure
from hwsynth.line_parts import parts
from hwsynth.recombined_lines import recombined
from hwsynth.resampling import Track, path_length, pen_time, resample
from hwsynth.run_options import PreparationOptions
from hwsynth.stroke_order import from_top
from hwsynth.transcripts import untokenised

if TYPE_CHECKING:
    import pyarrow as pa

    from hwsynth.alignment import Alignment

__all__ = [
    "PreparationOptions",
    "prepare",
    "prepare_line",
    "scaled",
    "trace_line",
    "with_origin",
    "without_origin",
    "writer_spreads",
]

VERSION = 4
"""Raise it when the same options give other lines: caches are then made anew."""
MOST_POINTS = 100_000
"""Of one line; a spacing that gives more is a mistake."""


def prepare(
    corpus: Corpus,
    options: PreparationOptions,
    *,
    cache_folder: Path | None = None,
    progress: Progress | None = None,
) -> Corpus:
    """The corpus with its lines prepared, from the cache or made and then cached; with the options
    by default the corpus itself.

    Lines that cannot be prepared, or that score less than `min_score`, are among its `drops`.
    `cache_folder` and `progress` are as for `open_corpus`. Raises DataError where no line is left,
    the cache cannot be written, or the alignment cannot be read or is another corpus's;
    UsageError where lines have no scores to choose by or no ends of characters to be taken apart
    at, or the spacing is too small.
    """
    if not options.given:
        return corpus
    from hwsynth import corpus_cache, corpus_table

    alignment, checksum = _alignment_of(corpus, options)
    _check_scores(corpus, alignment, options)
    _check_ends(corpus, alignment, options)
    about = options.model_copy(update={"alignment": None}).model_dump_json()
    parts = [corpus_table.FORMAT_VERSION, VERSION, corpus.about, about, checksum]
    file = corpus_cache.file_of(corpus.name, corpus_cache.checksum(parts), cache_folder)

    def make() -> pa.RecordBatch:
        measures = [measure(ink.points) for ink in corpus]
        scales = _scales(corpus, measures, options)
        inks = corpus if alignment is None else map(alignment.mark, corpus)
        prepared = _lines(inks, measures, scales, options)
        if options.recombined:
            prepared = _with_recombined(corpus, prepared, options.recombined)
        lines = reported(itertools.chain(corpus.drops, prepared), corpus.name, progress)
        known = [scale for scale in scales if scale is not None]
        pen_unit = float(1 / np.median(known)) if known else 1.0
        return corpus_table.build(corpus, lines, pen_unit=corpus.pen_unit * pen_unit)

    return Corpus(corpus_cache.kept(file, make))


def prepare_line(ink: Ink, options: PreparationOptions, writer_spread: float | None = None) -> Ink:
    """One line as `prepare` makes it, its score apart: ink that is to be read, or gone on from.

    `writer_spread`: the unit of `unit=writer`, in the ink's own; None: the line's own spread.
    Raises DataError where the line cannot be prepared, UsageError where the spacing is too small.
    """
    measured = measure(ink.points)
    scale = _scale(measured, options, writer_spread)
    line = _prepared(_ordered(ink, measured, options), measured, scale, options)
    if isinstance(line, Dropped):
        raise DataError(f"{line.source} cannot be prepared: {line.reason} ({line.detail})")
    return line


def trace_line(
    ink: Ink, options: PreparationOptions, writer_spread: float | None = None
) -> tuple[Ink, NDArray[np.float64]] | Dropped:
    """As `prepare_line`, strokes in the order that they have, and (points,) where each point lies
    among those of `ink`, as fractions of one; or why the line cannot be prepared."""
    measured = measure(ink.points)
    track = _track(ink, measured, _scale(measured, options, writer_spread), options)
    if isinstance(track, Dropped):
        return track
    return _of_track(_retold(ink, options), track), track.index


def writer_spreads(corpus: Corpus) -> dict[str, float]:
    """Writer -> median vertical spread of the writer's lines, in corpus units; writers none of
    whose lines has one are left out."""
    return _writer_spreads(corpus.writers, (measure(ink.points) for ink in corpus))


def scaled(ink: Ink, scale: float) -> Ink:
    """The line so many times as large."""
    return dataclasses.replace(ink, points=ink.points * np.array([scale, scale, 1], np.float32))


def without_origin(ink: Ink) -> Ink:
    """The line less the first point that `origin` added, to be drawn."""
    fields = {
        name: None if values is None else values[1:]
        for name in ("times", "char_end")
        for values in [getattr(ink, name)]
    }
    return dataclasses.replace(ink, points=ink.points[1:], **fields)


def with_origin(ink: Ink) -> Ink:
    """The line from (0, 0) on, with that as its first point, as `origin` gives lines to learn
    from: inverse of `without_origin` for lines that a model wrote."""
    times, ends = ink.times, ink.char_end
    return dataclasses.replace(
        ink,
        points=np.concatenate([np.array([[0, 0, 1]], np.float32), ink.points]),
        times=None if times is None else np.concatenate([times[:1], times]),
        char_end=None if ends is None else np.concatenate([[False], ends]),
    )


def _alignment_of(
    corpus: Corpus, options: PreparationOptions
) -> tuple[Alignment, str] | tuple[None, None]:
    """The alignment that the lines are to have, and its file's checksum."""
    if options.alignment is None:
        return None, None
    from hwsynth.alignment_file import read_alignment

    alignment, checksum = read_alignment(options.alignment)
    alignment.check_corpus(corpus, options.alignment)
    return alignment, checksum


def _check_scores(corpus: Corpus, alignment: Alignment | None, options: PreparationOptions) -> None:
    scored = any(s is not None for s in corpus.scores) if alignment is None else alignment.lines
    if options.min_score is not None and not scored:
        raise UsageError(
            f"preparation.min_score={options.min_score:g} chooses lines by the score of their "
            f"alignment, and no line of '{corpus.name}' is aligned; leave it out, or align first"
        )


def _check_ends(corpus: Corpus, alignment: Alignment | None, options: PreparationOptions) -> None:
    if options.recombined and alignment is None and corpus.char_end is None:
        raise UsageError(
            f"preparation.recombined={options.recombined} takes lines apart where characters end, "
            f"and of no line of '{corpus.name}' is that known; leave it out, or find the ends with "
            "hwsynth align and give them with preparation.alignment"
        )


def _scales(
    corpus: Corpus, measures: list[LineMeasure], options: PreparationOptions
) -> list[float | None]:
    """(lines,) what lengths are divided by; None where that is not known."""
    spreads = _writer_spreads(corpus.writers, measures) if options.unit == "writer" else {}
    return [
        _scale(line, options, None if writer is None else spreads.get(writer))
        for line, writer in zip(measures, corpus.writers, strict=True)
    ]


def _scale(
    line: LineMeasure, options: PreparationOptions, writer_spread: float | None
) -> float | None:
    if options.unit == "corpus":
        return 1.0
    if options.unit == "writer" and writer_spread is not None:
        return writer_spread
    return line.spread


def _writer_spreads(
    writers: Iterable[str | None], measures: Iterable[LineMeasure]
) -> dict[str, float]:
    spreads: Mapping[str, list[float]] = defaultdict(list)
    for writer, line in zip(writers, measures, strict=True):
        if writer is not None and line.spread is not None:
            spreads[writer].append(line.spread)
    return {writer: float(np.median(own)) for writer, own in spreads.items()}


def _lines(
    inks: Iterable[Ink],
    measures: list[LineMeasure],
    scales: list[float | None],
    options: PreparationOptions,
) -> Iterator[Ink | Dropped]:
    for ink, line, scale in zip(inks, measures, scales, strict=True):
        if (dropped := _too_low(ink, options.min_score)) is not None:
            yield dropped
            continue
        whole = _ordered(ink, line, options)
        for part in parts(whole, options.characters) if options.characters else [whole]:
            yield _prepared(part, line, scale, options)


def _with_recombined(
    corpus: Corpus, lines: Iterable[Ink | Dropped], times: int
) -> Iterator[Ink | Dropped]:
    learnt = []
    for line in lines:
        yield line
        if isinstance(line, Ink) and corpus.splits.get(line.split or "") == "train":
            learnt.append(line)
    yield from recombined(learnt, times)


def _ordered(ink: Ink, line: LineMeasure, options: PreparationOptions) -> Ink:
    """With its strokes in the order that the options ask for."""
    if options.delayed == "in_place" and line.spread is not None:
        ink = in_place(ink, line.spread)
    return from_top(ink) if options.strokes == "from_top" else ink


def _too_low(ink: Ink, min_score: float | None) -> Dropped | None:
    if min_score is None or (ink.score is not None and ink.score >= min_score):
        return None
    if ink.score is None:
        return Dropped(str(ink.id), "not aligned", "it has no score to choose it by")
    return Dropped(str(ink.id), f"aligned with a score below {min_score:g}", f"{ink.score:.3g}")


def _prepared(
    ink: Ink, line: LineMeasure, scale: float | None, options: PreparationOptions
) -> Ink | Dropped:
    track = _track(ink, line, scale, options)
    return track if isinstance(track, Dropped) else _of_track(_retold(ink, options), track)


def _retold(ink: Ink, options: PreparationOptions) -> Ink:
    """With its text as the options have it."""
    if ink.text is None or options.text == "as_is":
        return ink
    return dataclasses.replace(ink, text=untokenised(ink.text))


def _of_track(ink: Ink, track: Track) -> Ink:
    points = np.column_stack([track.xy, track.pen_up]).astype(np.float32)
    return dataclasses.replace(ink, points=points, times=track.times, char_end=track.char_end)


def _track(
    ink: Ink, line: LineMeasure, scale: float | None, options: PreparationOptions
) -> Track | Dropped:
    name = ink.id or "the line"
    if scale is None:
        return Dropped(name, "no height to measure", "its points lie on one line, or are one")
    xy = ink.points[:, :2].astype(np.float64)
    origin = [xy[0, 0], line.middle_at(xy[0, 0])]
    if options.level:
        xy[:, 1] -= line.slope * (xy[:, 0] - line.centre)
        origin[1] = line.middle
    index = np.arange(len(ink), dtype=np.float64)
    track = Track(xy / scale, ink.points[:, 2] == 1, ink.times, ink.char_end, index)
    if options.spacing is not None:
        along = path_length(track) if options.resample == "arc" else pen_time(track)
        if along is None:
            return Dropped(name, "no time to resample by", "unknown, or running back in a stroke")
        _check_spacing(options.spacing, along[-1], name)
        track = resample(track, along, options.spacing)
    if options.origin:
        track = _from(np.array(origin) / scale, track)
    return track


def _check_spacing(spacing: float, length: float, name: str) -> None:
    """Raises UsageError where it gives more points than a line may have."""
    if length > MOST_POINTS * spacing:
        raise UsageError(
            f"preparation.spacing={spacing:g} cuts {name}, {length:g} long, into more than "
            f"{MOST_POINTS:,} points; give a wider one"
        )


def _from(origin: np.ndarray, track: Track) -> Track:
    """The track with a first point, a stroke of its own since nothing is drawn from there."""
    times, ends = track.times, track.char_end
    return Track(
        xy=np.concatenate([origin[None], track.xy]),
        pen_up=np.concatenate([[True], track.pen_up]),
        times=None if times is None else np.concatenate([times[:1], times]),
        char_end=None if ends is None else np.concatenate([[False], ends]),
        index=np.concatenate([[0.0], track.index]),
    )
