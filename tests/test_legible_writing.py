"""Reading back, and writing anew what was misread, by stand-ins for the models."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from font_loop import FontReader, font_writer
from hwsynth.legible_writing import DOUBTED, LegibleWriter, Manner
from hwsynth.proofreading import NOTHING_READ, Proof, Proofreader
from hwsynth.styles import Style
from hwsynth.words import points_of_words

TEXTS = ["the cat sat on a mat", "so it goes, and goes on", "in the end"]
STYLES = [Style(np.zeros(2, np.float32))] * len(TEXTS)


def writer(spoilt: float = 0.12, reader: FontReader | None = None) -> LegibleWriter:
    return LegibleWriter(font_writer(spoilt=spoilt), Proofreader(reader or FontReader()))


def broken(lines: list) -> list[int]:
    return [len(line.misread) for line in lines]


def test_misread_words_are_written_anew_until_they_are_read_as_they_are():
    untouched = writer()(TEXTS, STYLES, Manner(seed=1, tries=0))
    mended = writer()(TEXTS, STYLES, Manner(seed=1, tries=9))
    assert sum(broken(untouched)) >= 4
    assert broken(mended) == [0, 0, 0]
    assert [read.text for read in FontReader().read([each.ink for each in mended])] == TEXTS
    assert [each.first_proof for each in mended] == [each.proof for each in untouched]


def test_words_that_are_read_as_they_are_stay_as_they_were():
    untouched = writer()(TEXTS, STYLES, Manner(seed=1, tries=0))
    mended = writer()(TEXTS, STYLES, Manner(seed=1, tries=9))
    for before, after in zip(untouched, mended, strict=True):
        pairs = zip(points_of_words(before.ink), points_of_words(after.ink), strict=True)
        for errors, (old, new) in zip(before.proof.errors, pairs, strict=True):
            if not errors:
                a, b = before.ink.points[old], after.ink.points[new]
                np.testing.assert_allclose(a[:, 1:], b[:, 1:], atol=1e-4)
                np.testing.assert_allclose(np.diff(a[:, 0]), np.diff(b[:, 0]), atol=1e-4)


def test_more_tries_leave_no_more_words_misread():
    left = [sum(broken(writer(0.3)(TEXTS, STYLES, Manner(seed=2, tries=n)))) for n in (0, 1, 4)]
    assert left == sorted(left, reverse=True)
    assert left[0] > left[2]


def test_the_same_seed_writes_the_same_lines_again():
    pages = [writer(0.3)(TEXTS, STYLES, Manner(seed=seed, versions=2)) for seed in (4, 4, 5)]
    points = [[line.ink.points.tobytes() for line in page] for page in pages]
    assert points[0] == points[1]
    assert points[0] != points[2]


def test_of_several_versions_of_a_line_the_one_that_is_read_best_is_taken():
    one, many = (writer(0.2)(TEXTS, STYLES, Manner(seed=3, tries=0, versions=n)) for n in (1, 8))
    assert all(a <= b for a, b in zip(broken(many), broken(one), strict=True))
    assert sum(broken(many)) < sum(broken(one))


class Spy(Proofreader):
    """Remembers what it found, by a reader that is as sure as told, or the less so the taller a
    line is."""

    def __init__(self, sure: float | None = None) -> None:
        class Unsure(FontReader):
            def read(self, lines):
                heights = [np.ptp(line.points[:, 1]) for line in lines]
                return [
                    dataclasses.replace(read, sure=sure or 0.2 + 0.7 / height)
                    for read, height in zip(super().read(lines), heights, strict=True)
                ]

        super().__init__(Unsure())
        self.found: list[list[Proof]] = []

    def __call__(self, *arguments):
        self.found.append(super().__call__(*arguments))
        return self.found[-1]


@pytest.mark.parametrize("seed", range(4))
def test_of_versions_that_are_read_alike_the_least_doubted_is_taken(seed):
    """Of whole lines first, then of the word that was misread in the best."""
    spy = Spy()
    write = LegibleWriter(font_writer(spoilt=0.6), spy)
    (line,) = write(["abcdef"], STYLES[:1], Manner(seed=seed, tries=20, versions=5))
    whole, anew = spy.found[:2]
    assert line.first_proof == min(whole, key=lambda each: (each.errors, each.doubts))
    assert line.first_proof.errors > (0,)
    found = [line.first_proof, *anew]
    assert line.proof == min(found, key=lambda each: (each.errors, each.doubts))


@pytest.mark.parametrize("seed", range(4))
def test_a_word_that_is_read_with_doubts_is_written_anew_too(seed):
    spy = Spy()
    write = LegibleWriter(font_writer(), spy)
    (line,) = write(["abcdef"], STYLES[:1], Manner(seed=seed, tries=20))
    assert line.first_proof.errors == (0,)
    assert line.first_proof.doubts > (DOUBTED,)
    assert line.tried_anew == 1
    assert line.proof.doubts == min(each.doubts for each in [line.first_proof, *spy.found[1]])
    assert line.proof.doubts < line.first_proof.doubts


def test_a_word_that_the_reader_is_sure_of_is_not_written_anew():
    spy = Spy(sure=0.999)
    write = LegibleWriter(font_writer(), spy)
    (line,) = write(["abcdef"], STYLES[:1], Manner(tries=20))
    assert (line.tried_anew, spy.found[1]) == (0, [])


def test_without_a_reader_lines_are_as_they_come():
    lines = LegibleWriter(font_writer(spoilt=1.0), None)(TEXTS, STYLES, Manner(versions=3))
    assert [line.proof for line in lines] == [NOTHING_READ] * 3
    assert [line.misread for line in lines] == [[], [], []]


def test_words_with_characters_that_the_reader_lacks_are_taken_as_they_are():
    reader = FontReader(charset=" acemnostz")
    (line,) = writer(1.0, reader)(["the cat"], STYLES[:1], Manner(tries=1))
    assert line.first_proof.errors[0] == 0
    assert line.first_proof.errors[1] > 0


def test_a_word_that_does_not_end_when_tried_again_is_left_as_it_was():
    read = Proofreader(FontReader())
    write = LegibleWriter(font_writer(spoilt=0.5, never_ends="b", good_for=1), read)
    (line,) = write(["a cab"], STYLES[:1], Manner(seed=1, tries=2))
    assert line.first_proof.errors[1] > 0
    assert line.proof.errors[1] == line.first_proof.errors[1]


def test_what_is_done_is_told_as_it_goes():
    heard: list[str] = []
    writer(0.3)(TEXTS, STYLES, Manner(seed=2), lambda what, done, of: heard.append(what))
    assert list(dict.fromkeys(heard)) == ["writing", "reading", "writing anew", "reading again"]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_errors_at_last_are_those_of_the_ink_that_is_given(seed):
    lines = writer(0.3)(TEXTS, STYLES, Manner(seed=seed))
    assert Proofreader(FontReader())([line.ink for line in lines]) == [line.proof for line in lines]
