"""Text on pages."""

from __future__ import annotations

import itertools
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsynth import DataError, Ink, Page, UsageError
from hwsynth.contracts import Paper
from hwsynth.exporters import Json, Svg
from hwsynth.ink_file import read_page
from hwsynth.letters import letters_of, spans
from hwsynth.settings import build_options
from hwsynth.text import Accent, Writable
from hwsynth.typesetting import (
    Layout,
    is_page_path,
    page_paths,
    trimmed,
    typeset,
    with_word_of,
    words_of,
)
from hwsynth.typesetting.breaking import break_lines
from hwsynth.typesetting.lines import Run, runs_of, text_lines
from hwsynth.typesetting.paper import length_mm, margins_mm, sheet_mm
from plain_hand import X_HEIGHT, plain_hand

STRAIGHT = {"drift": 0.0}
TEXT = "dear reader,\n\nthe mill by the river has been painted green. come and look at it\nann"


def set_text(text: str = TEXT, hand=plain_hand, seed: int = 0, **options: object) -> list[Page]:
    return typeset(Writable(text), hand, Layout(**options), seed=seed)


def texts(pages: list[Page]) -> list[str | None]:
    return [ink.text for page in pages for ink in page.lines]


# Paper


@pytest.mark.parametrize(
    ("text", "mm"), [("20mm", 20), ("2.5cm", 25), ("1 in", 25.4), ("72pt", 25.4), ("7", 7)]
)
def test_lengths_have_units(text, mm):
    assert length_mm(text) == pytest.approx(mm)


@pytest.mark.parametrize("text", ["", "mm", "-3mm", "20px", "1e9mm", "nan", "20mm20"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(ValueError, match="is no length; give a number with mm, cm, in or pt"):
        length_mm(text)


@pytest.mark.parametrize(
    ("text", "mm"),
    [
        ("A4", (210, 297)),
        ("a5-landscape", (210, 148)),
        ("letter landscape", (279.4, 215.9)),
        ("148x210mm", (148, 210)),
        ("8.5 × 11in", (215.9, 279.4)),
        ("10cm x 80mm", (100, 80)),
    ],
)
def test_paper_has_names_and_sizes(text, mm):
    assert sheet_mm(text) == pytest.approx(mm)


@pytest.mark.parametrize("text", ["A9", "A4-sideways", "0x10mm", "3000x10mm", "10x", ""])
def test_what_is_no_paper_is_refused(text):
    with pytest.raises(ValueError, match=r"is no paper|each side must be|is no length"):
        sheet_mm(text)


def test_margins_are_one_or_four():
    assert margins_mm("2cm") == (20, 20, 20, 20)
    assert margins_mm("10mm,20mm,30mm,4cm") == (10, 20, 30, 40)
    with pytest.raises(ValueError, match="gives 2 margins; give one, or top, right"):
        margins_mm("1mm,2mm")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": "105mm"}, "leave nothing of 210 mm of paper"),
        ({"margin": "140mm,0,150mm,0"}, "leave no line of 9 mm on 297 mm of paper"),
        ({"paper": "A4x"}, "is no paper that is known"),
        ({"line_spacing": "0.2mm"}, "it must be 1 to 200 mm"),
        ({"drift": "nan"}, "drift"),
        ({"align": "middle"}, "left|right|centre|justified"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(options, message):
    with pytest.raises(UsageError) as error:
        build_options(Layout, options, section="page")
    assert message in str(error.value)


# Lines


def test_a_text_has_its_lines():
    lines = list(text_lines("one\ntwo\n\n\nthree", join=False))
    assert [(line.text, line.place, line.empty_before, line.begins) for line in lines] == [
        ("one", 0, 0, True),
        ("two", 4, 0, False),
        ("three", 10, 2, True),
    ]
    joined = [line.text for line in text_lines("one\ntwo\n\n\nthree", join=True)]
    assert joined == ["one two", "three"]


words = st.lists(st.text("abgl", min_size=1, max_size=9), min_size=1, max_size=40)


@given(words, st.integers(1, 30))
def test_runs_hold_all_words_and_are_no_longer_than_they_may_be(words, longest):
    line = Run(" ".join(words), place=7)
    runs = list(runs_of(line, longest))
    assert " ".join(run.text for run in runs) == line.text
    assert all(line.text[run.place - 7 :].startswith(run.text) for run in runs)
    assert all(len(run.text) <= longest or " " not in run.text for run in runs)


lengths = st.lists(st.floats(0.1, 10), min_size=1, max_size=9)


@given(lengths, st.data())
def test_lines_break_where_they_are_most_even(widths, data):
    widths = np.array(widths)
    gaps = np.array(
        data.draw(st.lists(st.floats(0, 2), min_size=len(widths), max_size=len(widths)))
    )
    measures = (data.draw(st.floats(10, 20)), data.draw(st.floats(10, 20)))
    found = _unevenness(break_lines(widths, gaps, measures), widths, gaps, measures)
    places = range(1, len(widths))
    ways = [[0, *way] for n in range(len(widths)) for way in itertools.combinations(places, n)]
    assert found == pytest.approx(
        min(_unevenness(way, widths, gaps, measures) for way in ways), abs=1e-6
    )


def _unevenness(firsts, widths, gaps, measures):
    total = 0.0
    for first, stop in itertools.pairwise([*firsts, len(widths)]):
        width = widths[first:stop].sum() + gaps[first : stop - 1].sum()
        left = measures[first > 0] - width
        if left < -1e-9:
            return np.inf
        total += left**2 if stop < len(widths) else 0.0
    return total


# Pages

layouts = st.fixed_dictionaries(
    {
        "paper": st.sampled_from(["A6", "A5-landscape", "90x60mm"]),
        "margin": st.sampled_from(["0", "5mm", "3mm,9mm,0,12mm"]),
        "align": st.sampled_from(["left", "right", "centre", "justified"]),
        "paragraphs": st.sampled_from(["blank", "indent"]),
        "breaks": st.sampled_from(["keep", "join"]),
        "drift": st.sampled_from([0.0, 1.0, 5.0]),
        "line_spacing": st.sampled_from(["6mm", "9mm"]),
        "ruled": st.booleans(),
    }
)
paragraphs = st.lists(st.one_of(words.map(" ".join), st.just("")), min_size=1, max_size=5)


@settings(max_examples=50, deadline=None)
@given(paragraphs.map("\n".join).map(str.strip).filter(bool), layouts, st.integers(0, 9))
def test_no_word_is_lost_and_no_line_is_over_the_measure(text, options, seed):
    pages = set_text(text, seed=seed, **options)
    layout = Layout(**options)
    assert " ".join(texts(pages)).split() == text.split()
    left = layout.margins_mm[3]
    for page in pages:
        assert 1 <= len(page.lines) <= layout.lines_a_page
        for ink in page.lines:
            assert len(spans(ink)) == len(ink.text.replace(" ", ""))
            assert ink.points[:, 0].min() >= left - 1e-3
            assert ink.points[:, 0].max() <= left + layout.measure_mm + 1e-3
    assert options["breaks"] == "join" or len(texts(pages)) >= len(text.split("\n\n"))


def test_letters_stand_on_the_lines_at_the_height_asked_for():
    def climbing(runs):
        return plain_hand(runs, climb=-0.05, below=70.0)

    pages = set_text(hand=climbing, line_spacing="10mm", letter_size=0.3, drift=0)
    layout = Layout(line_spacing="10mm")
    inks = pages[0].lines
    places = [0, 2, 3, 4] if len(inks) == 4 else [0, 2, 3]
    letters = letters_of(inks)
    assert letters.x_height == pytest.approx(3.0, rel=0.05)
    for ink, line, place in zip(inks, letters.baselines, places, strict=True):
        middle = ink.points[:, 0].mean(keepdims=True)
        assert line.at(middle)[0] == pytest.approx(layout.baseline_mm(place), abs=0.1)


def test_the_hand_may_write_at_any_size_and_place():
    def elsewhere(runs):
        return [
            Ink(
                ink.points * np.array([7, 7, 1], np.float32) + np.array([300, -900, 0], np.float32),
                char_end=ink.char_end,
            )
            for ink in plain_hand(runs)
        ]

    for one, other in zip(set_text()[0].lines, set_text(hand=elsewhere)[0].lines, strict=True):
        np.testing.assert_allclose(one.points, other.points, atol=2e-3)


def test_alignment():
    text = "aaaa aaa aaaaa aa aaaa aaa aaaaa aaaaaa aaa aaaa aaaaa aa aaa"

    def edges(align):
        lines = set_text(text, paper="A6", margin="10mm", align=align, drift=0)[0].lines
        assert len(lines) > 2
        return np.array([[ink.points[:, 0].min(), ink.points[:, 0].max()] for ink in lines])

    assert edges("left")[:, 0] == pytest.approx(10, abs=1e-3)
    assert edges("right")[:, 1] == pytest.approx(95, abs=1e-3)
    assert edges("centre").mean(axis=1) == pytest.approx(52.5, abs=1e-3)
    justified = edges("justified")
    assert justified[:, 0] == pytest.approx(10, abs=1e-3)
    assert justified[:-1, 1] == pytest.approx(95, abs=1e-3)
    assert justified[-1, 1] < 94


def test_paragraphs_are_parted_by_empty_lines_or_indents():
    text = "aaa\n\naaa\naaa"
    parted = set_text(text, **STRAIGHT)[0].lines
    tops = np.array([ink.points[:, 1].max() for ink in parted])
    assert np.diff(tops) == pytest.approx([18, 9], abs=1e-3)
    indented = set_text(text, paragraphs="indent", **STRAIGHT)[0].lines
    lefts = [ink.points[:, 0].min() for ink in indented]
    assert lefts == pytest.approx([20, 33.5, 20], abs=1e-3)


def test_pages_follow_each_other_and_begin_with_text():
    pages = set_text("aaa\n" * 3 + "\n" * 9 + "aaa\n" * 5, paper="A6", line_spacing="20mm")
    assert [len(page.lines) for page in pages] == [3, 5]
    assert pages[1].lines[0].points[:, 1].max() < 60


def test_a_far_off_place_may_break_at_its_hyphen_where_the_pen_is_lifted():
    text = "aaaaaaaaa-aaaaaaaaaa"
    assert texts(set_text(text, paper="60x60mm", margin="5mm")) == ["aaaaaaaaa-", "aaaaaaaaaa"]
    assert texts(set_text(text)) == [text]
    with pytest.raises(UsageError, match="mm wide, and the lines are 50 mm long"):
        set_text(
            text, hand=lambda runs: plain_hand(runs, joins=True), paper="60x60mm", margin="5mm"
        )


def test_a_word_wider_than_the_lines_is_refused():
    with pytest.raises(UsageError, match=r"'a{30}' is 88 mm wide.*line spacing of at most 5\.1 mm"):
        set_text("a" * 30, paper="60x60mm", margin="5mm")
    assert set_text("a" * 30, paper="60x60mm", margin="5mm", line_spacing="4.4mm")


def test_what_can_never_fit_is_refused_before_it_is_drawn():
    def never(runs):
        raise AssertionError("nothing was to be drawn")

    with pytest.raises(UsageError, match=r"has 10000 characters without a place to break"):
        set_text("short " + "a" * 10_000, hand=never)


def test_a_long_text_is_set():
    pages = set_text(("aaaa bbb aa ccccc " * 200).strip())
    assert sum(len(text.split()) for text in texts(pages)) == 4 * 200
    assert len(pages) > 1


@pytest.mark.parametrize("text", ["a", ".", "g", "-", "gy", "A", "1", "ii"])
def test_one_character_is_a_page(text):
    [page] = set_text(text)
    assert texts([page]) == [text]


def test_a_text_of_capitals_is_no_larger_than_others():
    mixed, capitals = set_text("aaaa BBBB")[0].lines[0], set_text("BBBB")[0].lines[0]
    assert capitals.height == pytest.approx(mixed.height, rel=0.15)


def test_marks_alone_are_as_large_as_the_hand_writes_them():
    [page] = typeset(Writable("- -"), plain_hand, Layout(), x_height=X_HEIGHT)
    assert words_of(page.lines[0])[0].width == pytest.approx(0.8 * Layout().x_height_mm, rel=0.01)


def test_a_seed_repeats_a_page():
    one, same, other = (set_text(seed=seed)[0].lines for seed in (1, 1, 2))
    assert all((a.points == b.points).all() for a, b in zip(one, same, strict=True))
    assert any((a.points != b.points).any() for a, b in zip(one, other, strict=True))


def test_a_hand_must_say_where_characters_end():
    def silent(runs):
        return [Ink(ink.points) for ink in plain_hand(runs)]

    def short(runs):
        return [Ink(ink.points, char_end=ink.char_end) for ink in plain_hand(["a"] * len(runs))]

    with pytest.raises(DataError, match="does not say where its characters end"):
        set_text(hand=silent)
    with pytest.raises(DataError, match="has 1 ends of characters"):
        set_text(hand=short)
    with pytest.raises(DataError, match="runs of words were to be written and 1 were"):
        set_text(hand=lambda runs: plain_hand(runs[:1]))


def test_accents_stand_on_their_letters():
    text = "see the cafe and the cafe"
    accents = (Accent(11, "\u0301"), Accent(24, "\u0301"))
    plain = typeset(Writable(text), plain_hand, Layout(**STRAIGHT))[0].lines[0]
    [page] = typeset(Writable(text, accents), plain_hand, Layout(**STRAIGHT))
    ink = page.lines[0]
    assert ink.text == text
    assert len(spans(ink)) == len(spans(plain))
    for letter in (9, 19):
        start, stop = spans(ink)[letter]
        before, end = spans(plain)[letter]
        letter_points, mark = np.split(ink.points[start:stop], [end - before])
        assert mark[:, 1].max() < letter_points[:, 1].min()
        middle = (letter_points[:, 0].min() + letter_points[:, 0].max()) / 2
        assert abs(mark[:, 0].mean() - middle) < 1.5


# Words


def test_ink_is_cut_into_words():
    [ink] = plain_hand(["to be, or"])
    assert [word.text for word in words_of(ink)] == ["to", "be,", "or"]
    assert sum(len(word) for word in words_of(ink)) == len(ink)
    assert all(len(spans(word)) == len(word.text) for word in words_of(ink))


def test_a_word_takes_the_place_of_another():
    [ink] = plain_hand(["aaa bbb ccc"])
    [other] = plain_hand(["aaa bbb ccc"], below=500.0)
    other = Ink(
        other.points * np.array([1.5, 1, 1], np.float32), char_end=other.char_end, text=ink.text
    )
    result = with_word_of(ink, other, 1)
    old, new = words_of(ink), words_of(result)
    assert result.text == ink.text
    assert (new[0].points == old[0].points).all()
    assert new[1].points[:, 0].min() == pytest.approx(old[1].points[:, 0].min())
    assert new[1].points[:, 1].max() == pytest.approx(old[1].points[:, 1].max())
    assert new[1].width == pytest.approx(1.5 * old[1].width)
    gap = [words[2].points[0, 0] - words[1].points[:, 0].max() for words in (old, new)]
    assert gap[0] == pytest.approx(gap[1])


def test_a_stray_letter_does_not_move_the_baseline():
    [ink] = plain_hand(["aaaa aaaa aaaa"], climb=0.1, below=0)
    points = np.array(ink.points)
    points[slice(*spans(ink)[5]), 1] += 900
    letters = letters_of([Ink(points, char_end=ink.char_end, text=ink.text)])
    assert letters.x_height == pytest.approx(X_HEIGHT, rel=0.05)
    assert letters.baselines[0].climb == pytest.approx(0.1, abs=0.01)


# Files


def test_one_page_keeps_its_name_and_several_are_numbered():
    path = Path("to/letter.svg")
    assert page_paths(path, 1) == [path]
    assert [each.name for each in page_paths(path, 2)] == ["letter-1.svg", "letter-2.svg"]
    assert page_paths(path, 10)[0].name == "letter-01.svg"
    assert all(is_page_path(page, path) for page in page_paths(path, 10))
    for other in ("letter.svg", "letter-1.png", "letter-x.svg", "other-1.svg", "a/letter-1.svg"):
        assert not is_page_path(path.parent / other, path)


def test_a_page_is_drawn_at_its_real_size(tmp_path):
    [page] = set_text(ruled=True, paper="A5", **STRAIGHT)
    drawing = _drawn(page, tmp_path, smooth=False)
    assert (drawing.attrib["width"], drawing.attrib["height"]) == ("148mm", "210mm")
    assert drawing.attrib["viewBox"] == "0 0 148 210"
    rules = drawing.findall(".//{*}g[@id='rules']/{*}line")
    assert len(rules) == Layout(paper="A5").lines_a_page
    assert [float(rules[0].attrib[key]) for key in ("x1", "x2")] == [20, 128]
    baseline = page.lines[0].points[: spans(page.lines[0])[3, 1], 1].max()
    assert float(rules[0].attrib["y1"]) == pytest.approx(baseline, abs=1e-3)
    first = drawing.find(".//{*}g[@id='line-1']/{*}path").attrib["d"]
    x, y = (float(number) for number in first[1:].split("l")[0].split())
    assert (x, y) == pytest.approx(tuple(page.lines[0].points[0, :2]), abs=2e-3)


def test_a_page_that_is_not_ruled_has_no_rules(tmp_path):
    assert _drawn(set_text()[0], tmp_path).find(".//{*}g[@id='rules']") is None


def test_strokes_are_drawn_as_they_were_written(tmp_path):
    [page] = set_text()
    drawing = _drawn(page, tmp_path, smooth=False)
    starts = [path.attrib["d"][1:].split("l")[0].split() for path in drawing.iter(f"{SVG}path")]
    written = [stroke[0] for ink in page.lines for stroke in ink.strokes()]
    np.testing.assert_allclose(np.array(starts, float), written, atol=2e-3)


SVG = "{http://www.w3.org/2000/svg}"


def _drawn(page: Page, folder: Path, **options: object) -> ElementTree.Element:
    path = folder / "page.svg"
    Svg(**options).write(page, path)
    return ElementTree.parse(path).getroot()


def test_a_page_is_kept_as_ink(tmp_path):
    [page] = set_text()
    Json().write(page, tmp_path / "page.json")
    kept = read_page(tmp_path / "page.json")
    assert [ink.text for ink in kept.lines] == texts([page])
    assert (kept.lines[0].points == page.lines[0].points).all()


def test_a_page_is_trimmed_to_what_is_written(tmp_path):
    page = trimmed(set_text("a few words", ruled=True)[0], 3)
    points = page.lines[0].points
    assert points[:, :2].min(axis=0) == pytest.approx([3, 3], abs=1e-3)
    assert page.paper.width_mm == pytest.approx(points[:, 0].max() + 3, abs=1e-3)
    assert page.paper.rules_mm == ()
    with pytest.raises(DataError, match="without paper"):
        trimmed(Page(page.lines, 1.0))


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ({"paper": Paper(0, 10)}, "the paper is 0 × 10 mm"),
        ({"paper": Paper(10, float("inf"))}, "above 0 and finite"),
        ({"paper": Paper(9, 9), "captions": ["a"]}, "no place for captions"),
    ],
)
def test_paper_must_have_a_size_and_no_captions(page, message, tmp_path):
    with pytest.raises(DataError, match=message):
        Svg().write(Page(plain_hand(["a"]), 100.0, **page), tmp_path / "page.svg")
