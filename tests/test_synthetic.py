"""Simulated writers: the same every time, unlike each other, and moving as hands do."""

from __future__ import annotations

import math
import string
import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hwsynth import DataError, Ink, UsageError
from hwsynth.datasets.synthetic import Synthetic, glyphs, kinematics
from hwsynth.datasets.synthetic.arcs import cut, turning
from hwsynth.datasets.synthetic.collection import split_of
from hwsynth.datasets.synthetic.forms import forms
from hwsynth.datasets.synthetic.lines import write
from hwsynth.datasets.synthetic.recipes import RECIPES
from hwsynth.datasets.synthetic.sentences import LONGEST, SHORTEST, make_sentence
from hwsynth.datasets.synthetic.writers import Writer, make_writer
from hwsynth.settings import build_options
from hwsynth.testing import check_dataset

RATE = Synthetic().rate
PRINTABLE = string.ascii_letters + string.digits + string.punctuation


def lines_of(**options: int | float) -> list[Ink]:
    return [line for line in Synthetic(**options).read(None) if isinstance(line, Ink)]


def written(text: str, writer: int = 0, line: int = 0, rate: float = RATE) -> Ink:
    return write(text, make_writer(0, writer), np.random.default_rng([9, line]), rate=rate)


@pytest.fixture(scope="module")
def some_lines() -> list[Ink]:
    return lines_of(lines=160, writers=40)


# The dataset


def test_the_dataset_keeps_the_contract() -> None:
    check_dataset(Synthetic(lines=12, writers=4))


def test_lines_are_those_that_they_have_always_been() -> None:
    """Fails when the lines change: then raise `reader_version`, or caches keep the old ones."""
    lines = lines_of(lines=3, writers=3)
    assert Synthetic.reader_version == 4
    assert [line.text for line in lines] == FIRST_TEXTS
    assert [len(line) for line in lines] == FIRST_LENGTHS
    assert [line.points[:, :2].sum(axis=0, dtype=np.int64).tolist() for line in lines] == FIRST_SUMS


FIRST_TEXTS = [
    "because the hedgehog was happy again",
    "Please send 83 keys to Station Road.",
    "52% of the lemons were just right.",
]
FIRST_LENGTHS = [640, 947, 605]
FIRST_SUMS = [[1875364, -41537], [2709151, -103612], [807619, -45933]]


def test_another_seed_gives_other_writers_and_other_texts() -> None:
    first, second = lines_of(lines=9, writers=3), lines_of(lines=9, writers=3, seed=1)
    assert {line.text for line in first} != {line.text for line in second}
    assert make_writer(0, 0).slant != make_writer(1, 0).slant


def test_more_lines_leave_the_first_ones_of_each_writer_as_they_are() -> None:
    few = {line.id: line for line in lines_of(lines=6, writers=3)}
    many = {line.id: line for line in lines_of(lines=15, writers=3)}
    for name, line in few.items():
        np.testing.assert_array_equal(line.points, many[name].points)


def test_lines_are_shared_out_evenly_and_named_by_writer_and_number() -> None:
    lines = lines_of(lines=11, writers=4)
    assert Counter(line.writer for line in lines) == {
        "s0-w00": 3,
        "s0-w01": 3,
        "s0-w02": 3,
        "s0-w03": 2,
    }
    assert lines[3].id == "s0-w01-0000"
    assert len({line.id for line in lines}) == 11


@pytest.mark.parametrize("writers", [3, 4, 10, 25, 40])
def test_each_split_has_writers_of_its_own(writers: int) -> None:
    splits = [split_of(number, writers) for number in range(writers)]
    assert set(splits) == set(Synthetic.splits)
    assert splits == sorted(splits, key=["train", "validation", "test"].index)


def test_a_tenth_of_forty_writers_validates_and_a_tenth_tests(some_lines: list[Ink]) -> None:
    assert Counter(line.split for line in some_lines) == {
        "train": 128,
        "validation": 16,
        "test": 16,
    }


def test_it_needs_no_path_and_opens_no_file() -> None:
    assert not Synthetic.needs_path
    assert Synthetic().sources(None) == ()


def test_fewer_lines_than_writers_are_refused() -> None:
    with pytest.raises(UsageError, match="lines=10 is less than writers=20"):
        build_options(Synthetic, {"lines": "10", "writers": "20"}, section="dataset")


def test_naming_the_dataset_imports_no_glyphs() -> None:
    code = "import sys, hwsynth.datasets.synthetic; print('HersheyFonts' in sys.modules)"
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


# The lines


def test_every_written_character_ends_once_and_no_space_does(some_lines: list[Ink]) -> None:
    for line in some_lines:
        assert line.text is not None
        assert line.char_end is not None
        assert line.char_end.sum() == len(line.text.replace(" ", ""))
        assert line.char_end[-1]


def test_times_ascend_in_whole_samples(some_lines: list[Ink]) -> None:
    for line in some_lines:
        steps = np.diff(line.times) * RATE
        assert steps.min() > 0.99
        np.testing.assert_allclose(steps, np.rint(steps), atol=1e-6)


def test_the_pen_reports_every_sample_while_it_is_down(some_lines: list[Ink]) -> None:
    for line in some_lines:
        steps = np.diff(line.times) * RATE
        np.testing.assert_array_equal(np.rint(steps) > 1, line.points[:-1, 2] == 1)


def test_coordinates_are_whole_pen_units_of_a_tablets_size(some_lines: list[Ink]) -> None:
    for line in some_lines:
        np.testing.assert_array_equal(line.points, np.rint(line.points))
    assert 400 < np.median([line.height for line in some_lines]) < 800
    assert 8 < sum(map(len, some_lines)) / sum(len(line.text or "") for line in some_lines) < 25


def test_no_offset_is_longer_than_a_move_along_the_line(some_lines: list[Ink]) -> None:
    for line in some_lines:
        offsets = np.abs(line.offsets()[:, :2])
        assert offsets[:, 0].max() < 0.5 * line.width
        assert offsets[:, 1].max() <= line.height
        inside = offsets[1:][line.points[:-1, 2] == 0]
        assert inside.max() < 0.6 * line.height


@pytest.mark.parametrize("character", PRINTABLE)
def test_every_printable_character_can_be_written(character: str) -> None:
    for writer in (0, 1, 4):
        ink = written(f"{character}a{character}", writer)
        assert ink.char_end is not None
        assert ink.char_end.sum() == 3


@pytest.mark.parametrize("character", sorted(RECIPES))
def test_every_form_of_a_character_stays_near_its_place_on_the_line(character: str) -> None:
    for _, _, form in forms(character):
        for trace in (form.body, *form.marks):
            assert len(trace.nodes) == 2 * len(trace.down) + 1
            assert -2.3 < trace.nodes.imag.min() <= trace.nodes.imag.max() < 1.6
            assert np.ptp(trace.nodes.real) < 3.1


@pytest.mark.parametrize("character", "acegijmnopqrsuvwxyz")
def test_no_form_of_a_letter_without_ascender_rises_above_the_others(character: str) -> None:
    for _, _, form in forms(character):
        assert form.body.nodes.imag.min() > -1.35


def test_refused_characters_are_named() -> None:
    with pytest.raises(DataError, match="'ß' 'é'"):
        written("Straße, café")


@pytest.mark.parametrize("text", ["", "   "])
def test_a_text_without_a_character_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="no character to write"):
        written(text)


@settings(max_examples=40, deadline=None)
@given(
    text=st.text(PRINTABLE + " ", min_size=1, max_size=20).filter(str.strip),
    writer=st.integers(0, 200),
    rate=st.floats(50, 500),
)
def test_any_text_is_written_whole_at_any_rate(text: str, writer: int, rate: float) -> None:
    ink = written(text, writer, rate=rate)
    assert ink.text == text
    assert ink.char_end is not None
    assert ink.char_end.sum() == len(text.replace(" ", ""))


STEADY = {"size_wobble": 0.0, "wobble": 0.0, "aim": 0.0, "second_form": 0.0, "overlap": 0.0}


@pytest.mark.parametrize("source", ["size_wobble", "wobble", "aim"])
def test_no_two_letters_of_a_line_are_equal_for_each_reason_they_vary(source: str) -> None:
    hand = replace(make_writer(0, 1), **STEADY, joining=0.0)
    steady = _sizes(write("eeeeeeee", hand, np.random.default_rng(0)))
    varied = _sizes(write("eeeeeeee", replace(hand, **{source: 0.1}), np.random.default_rng(0)))
    assert varied.std() > 2 * steady.std()


def _sizes(ink: Ink) -> np.ndarray:
    """How far each character extends, height and width together."""
    assert ink.char_end is not None
    ends = np.flatnonzero(ink.char_end) + 1
    parts = np.split(ink.points[:, :2], ends[:-1])
    return np.array([np.ptp(part, axis=0).sum() for part in parts])


def test_letters_differ_more_between_writers_than_within_one() -> None:
    shapes = np.array(
        [
            [_outline(written(letter, writer, line)) for line in range(4)]
            for writer in range(15)
            for letter in "anghe"
        ]
    ).reshape(15, 5, 4, -1)
    within = shapes.std(axis=2).mean()
    between = shapes.mean(axis=2).std(axis=0).mean()
    assert 0.02 < within < 0.5 * between


def _outline(ink: Ink) -> np.ndarray:
    """The line's way in 32 points evenly apart, about its middle and of height 1."""
    xy = ink.points[:, :2].astype(float)
    way = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    at = np.linspace(0, way[-1], 32)
    outline = np.stack([np.interp(at, way, axis) for axis in xy.T])
    return (outline - outline.mean(axis=1, keepdims=True)) / np.ptp(outline[1])


def test_a_hand_likes_the_forms_that_its_style_says() -> None:
    for style, fields in {
        "print": {"script": 0.0, "quick": 0.0},
        "quick": {"script": 0.0, "quick": 1.0},
        "script": {"script": 1.0, "quick": 0.0},
    }.items():
        hand = replace(make_writer(0, 1), **fields)
        wanted = [form for name, _, form in forms("n") if name == style]
        assert all(form in wanted for form in hand.forms_of("n"))


def test_a_landing_pen_starts_from_rest_and_a_lifted_one_leaves_in_flight(
    some_lines: list[Ink],
) -> None:
    strokes = [stroke for line in some_lines for stroke in line.strokes() if len(stroke) > 8]
    speeds = [np.hypot(*np.diff(stroke.astype(float), axis=0).T) for stroke in strokes]
    typical = np.array([np.median(speed) for speed in speeds])
    assert np.median([speed[0] for speed in speeds] / typical) < 0.4
    assert np.median([speed[-1] for speed in speeds] / typical) > 0.55


def test_tremor_roughens_the_pens_way_and_leaves_where_it_goes() -> None:
    hand = make_writer(0, 1)
    calm, shaky = (
        write("hill", replace(hand, tremor=tremor), np.random.default_rng(0)).points[:, :2]
        for tremor in (0.0, 0.03)
    )
    assert _roughness(shaky) > 2 * _roughness(calm)
    np.testing.assert_allclose(shaky, calm, atol=0.2 * hand.x_height)


def _roughness(points: np.ndarray) -> float:
    return float(np.median(np.abs(np.diff(points, 4, axis=0))))


def test_characters_end_where_the_next_one_begins_further_right() -> None:
    hand = replace(make_writer(0, 1), marks_late=False, joining=0.5)
    ink = write("mountain", hand, np.random.default_rng(0))
    assert ink.char_end is not None
    letters = np.split(ink.points[:, 0], np.flatnonzero(ink.char_end)[:-1] + 1)
    assert len(letters) == len("mountain")
    assert np.all(np.diff([letter.mean() for letter in letters]) > 0)


def test_a_joining_hand_goes_from_letter_to_letter_with_the_pen_down() -> None:
    hand = replace(make_writer(0, 1), script=0.0, quick=1.0)
    apart, joined = (
        _strokes(write("nunu", replace(hand, joining=joining), np.random.default_rng(0)))
        for joining in (0.0, 1.0)
    )
    assert (apart, joined) == (4, 1)


def test_a_hand_made_from_another_has_its_own_letter_shapes() -> None:
    hand = make_writer(0, 1)
    narrow = write("mmmm", hand, np.random.default_rng(0))
    wide = write("mmmm", replace(hand, aspect=2 * hand.aspect), np.random.default_rng(0))
    assert wide.width > 1.5 * narrow.width


def test_slant_shears_the_line_by_what_it_says() -> None:
    hand = replace(make_writer(0, 1), slant=0.0)
    leans = [
        _slant(write("Hill till dull fill", replace(hand, slant=slant), np.random.default_rng(0)))
        for slant in (-0.2, 0.1, 0.4)
    ]
    np.testing.assert_allclose(np.diff(leans), 0.3, atol=0.05)


def test_a_careful_hand_writes_taller_stems_than_a_careless_one() -> None:
    hand = replace(make_writer(0, 1), wave=0.0, bounce=0.0, climb=0.0)
    inks = [
        write("hill hill hill", replace(hand, care=care), np.random.default_rng(0))
        for care in (0.0, 0.5, 1.0)
    ]
    heights = [ink.height for ink in inks]
    assert heights[0] < heights[1] < heights[2]
    # Aiming beyond one target takes nothing from where the next one lies.
    for ink in inks:
        np.testing.assert_allclose(ink.points[-1], inks[0].points[-1], atol=2)


def test_a_cursive_writer_lifts_the_pen_less_often_than_a_printing_one() -> None:
    everyone = sorted((make_writer(0, number) for number in range(40)), key=_cursive)
    few, many = everyone[-1], everyone[0]
    rng = np.random.default_rng(0)
    text = "minimum and maximum"
    assert _strokes(write(text, few, rng)) < 0.6 * _strokes(write(text, many, rng))


def _cursive(writer: Writer) -> float:
    return writer.joining * writer.script + writer.marks_late


def _strokes(ink: Ink) -> float:
    return float(ink.points[:, 2].sum())


def test_writers_differ_in_slant_and_size_more_than_their_own_lines_do() -> None:
    text = "Hill till dull fill"
    for measure in (_slant, _size):
        values = np.array(
            [[measure(written(text, writer, line)) for line in range(3)] for writer in range(12)]
        )
        assert values.mean(axis=1).std() > 2 * values.std(axis=1).mean()


def _slant(ink: Ink) -> float:
    """How far strokes lean to the right, by their long steps."""
    steps = ink.offsets()[1:][ink.points[:-1, 2] == 0][:, :2]
    down = steps[steps[:, 1] > 0]
    return float(-(down[:, 0] * down[:, 1]).sum() / (down[:, 1] ** 2).sum())


def _size(ink: Ink) -> float:
    return float(np.std(ink.points[:, 1]))


def test_dots_that_wait_count_to_the_last_letter_of_the_word() -> None:
    late = next(w for w in (make_writer(0, n) for n in range(40)) if w.marks_late)
    ink = write("ilk", late, np.random.default_rng(0))
    assert ink.char_end is not None
    last = ink.points[np.flatnonzero(ink.char_end)[1] + 1 :]
    # The k is written to the right of the i, its dot after it: the pen comes back.
    assert last[:, 0].min() < ink.points[: np.flatnonzero(ink.char_end)[0], 0].max() + 60
    assert last[-1, 0] < last[:, 0].max()


def test_dots_that_do_not_wait_are_written_before_the_next_letter() -> None:
    hand = replace(make_writer(0, 1), marks_late=False)
    ink = write("iw", hand, np.random.default_rng(0))
    assert ink.char_end is not None
    first = ink.points[: int(np.argmax(ink.char_end)) + 1]
    stem, dot = np.split(first, [int(np.argmax(first[:, 2])) + 1])
    assert dot[:, 1].max() < stem[:, 1].min()


# The sentences


def test_sentences_are_of_a_lines_length_and_varied() -> None:
    rng = np.random.default_rng(0)
    sentences = [make_sentence(rng) for _ in range(1000)]
    assert all(SHORTEST <= len(sentence) <= LONGEST for sentence in sentences)
    assert not any(mark in sentence for sentence in sentences for mark in "{}|")
    assert len(set(sentences)) > 950


def test_sentences_cover_letters_figures_and_punctuation() -> None:
    rng = np.random.default_rng(0)
    seen = set("".join(make_sentence(rng) for _ in range(2000)))
    assert set(string.ascii_letters + string.digits + ".,:;!?'\"()-/&%+$ ") <= seen


# The kinematics


def test_a_single_strokes_speed_is_lognormal() -> None:
    """Against the formula of Plamondon 1995, written out."""
    rate, length, start, duration, sigma = 500.0, 300.0, 0.1, 0.25, 0.3
    when = kinematics.timing(np.array([start]), np.array([duration]), sigma)
    path = kinematics.trajectory(
        0j, np.array([length + 0j]), np.array([0.0]), when, rate, points=300
    )
    t0, mu = float(when.onset[0]), float(when.mu[0])
    middles = [(k + 0.5) / rate for k in range(299)]
    expected = [
        length
        / (sigma * math.sqrt(2 * math.pi) * (t - t0))
        * math.exp(-((math.log(t - t0) - mu) ** 2) / (2 * sigma**2))
        if t > t0
        else 0.0
        for t in middles
    ]
    speed = np.abs(np.diff(path)) * rate
    assert np.abs(speed - expected).max() < 0.01 * max(expected)
    assert path[-1] == pytest.approx(length)
    # The mode of a lognormal: exp(mu - sigma²) after t0.
    assert speed.argmax() / rate == pytest.approx(t0 + math.exp(mu - sigma**2), abs=2 / rate)


def test_one_and_ninety_nine_hundredths_are_covered_at_the_ends_of_the_duration() -> None:
    when = kinematics.timing(np.array([2.0]), np.array([0.5]), 0.4)
    fractions = kinematics.covered(np.array([2.0, 2.5]), when.onset, when.mu, when.sigma)
    np.testing.assert_allclose(fractions, [0.01, 0.99], atol=1e-5)


def test_covered_is_the_integral_of_the_speed() -> None:
    one = np.array([1.0])
    times = np.linspace(1.0, 2.0, 20001)
    speed = kinematics.lognormal_speed(times, one, -1.5 * one, 0.35 * one)
    integral = np.concatenate([[0], np.cumsum((speed[1:] + speed[:-1]) / 2 * np.diff(times))])
    fraction = kinematics.covered(times, one, -1.5 * one, 0.35 * one)
    np.testing.assert_allclose(fraction, integral, atol=1e-5)


@pytest.mark.parametrize("turn", [-2.5, -0.3, 0.0, 1e-9, 0.8, 3.0])
def test_an_arc_turns_its_direction_evenly(turn: float) -> None:
    """Against the direction θs + (θe − θs)·fraction, integrated numerically."""
    chord = 3 - 2j
    fraction = np.linspace(0, 1, 4001)
    way = kinematics.along_arc(np.array([chord]), np.array([turn]), fraction)
    length = kinematics.arc_length(np.array([chord]), np.array([turn]))[0]
    middle = (fraction[1:] + fraction[:-1]) / 2
    direction = np.angle(chord) + turn * (middle - 0.5)
    steps = length * np.exp(1j * direction) * np.diff(fraction)
    np.testing.assert_allclose(way, np.concatenate([[0], np.cumsum(steps)]), atol=1e-5)


def test_overlapping_strokes_add_up_and_cut_the_corner() -> None:
    chords, turns = np.array([100 + 0j, 100j]), np.zeros(2)

    def path(second_begins: float) -> np.ndarray:
        when = kinematics.timing(np.array([0.1, second_begins]), np.array([0.2, 0.2]), 0.3)
        return kinematics.trajectory(0j, chords, turns, when, 1000.0, 900)

    apart, overlapped = path(0.4), path(0.2)
    assert apart[-1] == pytest.approx(100 + 100j)
    assert overlapped[-1] == pytest.approx(100 + 100j)
    assert np.abs(apart - 100).min() < 1
    assert np.abs(overlapped - 100).min() > 5


@settings(max_examples=50, deadline=None)
@given(st.floats(-3.0, 3.0), st.floats(-3, 3), st.floats(0.1, 10))
def test_turning_is_found_again_from_three_points_of_an_arc(
    turn: float, heading: float, size: float
) -> None:
    chord = np.array([size * np.exp(1j * heading)])
    middle = kinematics.along_arc(chord, np.array([turn]), np.array([0.5]))
    assert turning(np.zeros(1, complex), middle, chord)[0] == pytest.approx(turn, abs=1e-6)


def test_a_corner_is_where_a_movement_ends() -> None:
    nodes = cut(np.array([0, 1j, 2j, 2j + 1, 2j + 2]), 0.05)
    np.testing.assert_allclose(nodes, [0, 1j, 2j, 1 + 2j, 2 + 2j])


def test_a_circle_takes_three_movements_along_its_line() -> None:
    circle = np.exp(2j * np.pi * np.arange(25) / 24)
    nodes = cut(circle, 0.05)
    assert len(nodes) == 7
    np.testing.assert_allclose(np.abs(nodes), 1, atol=0.01)


def test_a_glyph_that_a_face_lacks_is_refused() -> None:
    with pytest.raises(DataError, match="no Hershey glyph for 'é' in face 'script'"):
        glyphs.strokes("script", "é")
