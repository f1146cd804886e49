"""Aligning the synthetic corpus, which knows its ends, with readers that are faked from them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from faked_reader import FakedReader
from hwsynth import Ink
from hwsynth.aligning import align
from hwsynth.alignment import Alignment, ReaderRecord
from hwsynth.corpus import Corpus
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.known_ends import compare
from small_corpus import corpus_of

RECORD = ReaderRecord(name="faked", weights="ab12", licences=("for all",))


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    dataset = Synthetic(lines=60, writers=20)
    return corpus_of(dataset.read(None), dataset)


def aligned(corpus: Corpus, reader: FakedReader, **options: object) -> Alignment:
    return align(corpus, np.arange(len(corpus)), reader, RECORD, **options)


def test_a_sure_reader_finds_nearly_all_lifts_and_comes_near_elsewhere(corpus):
    alignment = aligned(corpus, FakedReader(corpus, corpus.charset, spread=0.1))
    errors = compare(alignment, corpus)
    assert len(alignment.lines) == len(corpus)
    assert errors.same_lift > 0.95
    assert errors.exact > 0.75
    assert errors.points["0.9"] <= 5


def test_a_reader_that_misses_the_middles_still_finds_most_lifts(corpus):
    errors = compare(aligned(corpus, FakedReader(corpus, corpus.charset, spread=0.25)), corpus)
    assert errors.same_lift > 0.85
    assert errors.points["0.9"] <= 10


def test_ends_are_points_of_the_corpus_one_for_each_character_that_is_no_space(corpus):
    alignment = aligned(corpus, FakedReader(corpus, corpus.charset))
    for ink in corpus:
        marked = alignment.mark(ink)
        assert len(marked) == len(ink)
        assert marked.char_end.sum() == ink.char_end.sum()
        assert marked.score <= 0


def test_lines_are_left_out_with_their_reasons():
    dot = Ink(np.array([[0, 0, 1]], np.float32), id="dot", text="a")
    t = np.arange(60)
    rows = np.stack([5 * t, 40 * np.sin(t / 3), t == 59], axis=1).astype(np.float32)
    line = Ink(rows, id="line", text="ab", char_end=np.isin(t, [20, 59]))
    lines = [
        dataclasses.replace(line, id="silent", text=None, char_end=None),
        dataclasses.replace(line, id="blank", text="  ", char_end=None),
        dataclasses.replace(line, id="strange", text="aéü", char_end=None),
        dataclasses.replace(line, id="crowded", text=30 * "ab"),
        dataclasses.replace(line, id="full", text=61 * "a"),
        dot,
        line,
    ]
    corpus = corpus_of(lines)
    reader = FakedReader(corpus, "ab ")
    alignment = align(corpus, np.arange(len(corpus)), reader, RECORD)
    assert list(alignment.lines) == ["line"]
    reasons = {line.source: line.reason for line in alignment.left_out}
    assert reasons == {
        "silent": "no text",
        "blank": "no text",
        "strange": "the reader lacks 'é' (U+00E9 LATIN SMALL LETTER E WITH ACUTE)",
        "crowded": "fewer frames than its text takes",
        "full": "fewer points than characters",
        "dot": "no height to measure",
    }


def test_lines_below_the_lowest_score_are_left_out(corpus):
    reader = FakedReader(corpus, corpus.charset)
    scores = {id: line.score for id, line in aligned(corpus, reader).lines.items()}
    bound = float(np.median(list(scores.values())))
    alignment = aligned(corpus, reader, min_score=bound)
    assert set(alignment.lines) == {id for id, score in scores.items() if score >= bound}
    assert alignment.reasons == {f"a score below {bound:g}": len(corpus) - len(alignment.lines)}


def test_progress_counts_all_lines_asked_for(corpus):
    told = []
    aligned(corpus, FakedReader(corpus, corpus.charset), progress=lambda *done: told.append(done))
    assert told[-1] == (60, 60)
