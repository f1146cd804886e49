"""Styles by name, mixed, and from files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hwsynth import DataError, UsageError
from hwsynth.styles import Style, checksum, read_style, style_of, write_style


def style(*vector: float, **letters: list[float]) -> Style:
    others = {letter: np.array(other, np.float32) for letter, other in letters.items()}
    return Style(np.array(vector, np.float32), others)


STYLES = {"ann": style(1, 0, 0), "ben": style(0, 2, 0), "cleo": style(0, 0, 4)}


@pytest.mark.parametrize(
    ("given", "vector"),
    [
        ("ben", [0, 2, 0]),
        ("2", [0, 2, 0]),
        ("ann:0.5,ben:0.5", [0.5, 1, 0]),
        ("ann:1, ben:3", [0.25, 1.5, 0]),
        ("ann,cleo", [0.5, 0, 2]),
        ("cleo:7", [0, 0, 4]),
    ],
)
def test_names_numbers_and_mixtures_are_vectors(given, vector):
    np.testing.assert_allclose(style_of(given, STYLES, "m").vector, vector)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("anne", "no style named 'anne'; there are: ann, ben, cleo. Did you mean 'ann'?"),
        ("0", "no style named '0'"),
        ("4", "no style named '4'"),
        ("", "no style named ''"),
        ("ann:0,ben:1", "'0' in the style 'ann:0,ben:1' is no weight; give numbers above 0"),
        ("ann:-1", "'-1'"),
        ("ann:nan", "'nan'"),
        ("ann:inf", "'inf'"),
        ("ann:x", "'x'"),
        ("ann:", "''"),
    ],
)
def test_what_is_no_style_is_refused(given, words):
    with pytest.raises(UsageError) as error:
        style_of(given, STYLES, "m")
    assert words in str(error.value)


def test_a_model_without_styles_says_so():
    with pytest.raises(UsageError, match="learnt no styles; leave --style out"):
        style_of("ann", {}, "m")


def test_of_hundreds_of_names_few_are_listed():
    many = {f"w{i:03}": style(0) for i in range(200)}
    with pytest.raises(UsageError, match=r"w000, .* … \(200 in all\)\. Did you mean 'w"):
        style_of("w14", many, "m")


def test_a_style_file_is_read_as_it_was_written(tmp_path):
    file = tmp_path / "my.style"
    write_style(file, style(0.1, -2, 3, J=[1, 2, 0.3]), "m")
    found = style_of(str(file), STYLES, "m")
    np.testing.assert_array_equal(found.vector, np.array([0.1, -2, 3], np.float32))
    assert found.letters.keys() == {"J"}
    np.testing.assert_array_equal(found.letters["J"], np.array([1, 2, 0.3], np.float32))


def test_each_character_that_owns_ink_is_written_in_its_own_vector():
    found = style(1, 0, J=[0, 2]).along("a Jay J")
    np.testing.assert_array_equal(found, [[1, 0], [0, 2], [1, 0], [1, 0], [0, 2]])


def test_mixtures_mix_letters_with_what_the_others_write_them_in():
    styles = {"ann": style(1, 0, J=[0, 8]), "ben": style(3, 0), "cleo": style(5, 0, Q=[0, 4])}
    found = style_of("ann:1,ben:3", styles, "m")
    assert found.letters.keys() == {"J"}
    np.testing.assert_allclose(found.vector, [2.5, 0])
    np.testing.assert_allclose(found.of("J"), [2.25, 2])
    np.testing.assert_allclose(style_of("ann,cleo", styles, "m").of("Q"), [0.5, 2])


BROKEN = {
    "empty": "",
    "no_json": "my style",
    "other_json": '{"format": "hwsynth-ink"}',
    "newer": '{"format": "hwsynth-style", "version": 2, "model": "m", "vector": [1, 2, 3]}',
    "text_in_it": '{"format": "hwsynth-style", "version": 1, "model": "m", "vector": ["1"]}',
    "nan": '{"format": "hwsynth-style", "version": 1, "model": "m", "vector": [NaN, 0, 0]}',
    "more": '{"format": "hwsynth-style", "version": 1, "model": "m", "vector": [1], "x": 1}',
    "letters": '{"format": "hwsynth-style", "version": 1, "model": "m", "vector": [1, 2, 3], '
    '"letters": {"IJ": [1, 2, 3]}}',
    "large": " " * 1_000_001,
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_style_file_is_refused(content, tmp_path):
    file = tmp_path / "my.style"
    file.write_text(content)
    with pytest.raises(DataError, match=r"my\.style is no style file"):
        read_style(file, "m", 3)


def test_a_style_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"cannot read the style file .*: No such file"):
        style_of(str(tmp_path / "no.style"), STYLES, "m")


def test_a_style_of_another_hand_is_refused(tmp_path):
    file = tmp_path / "my.style"
    write_style(file, STYLES["ann"], "other")
    with pytest.raises(DataError, match="was fitted for another hand"):
        style_of(str(file), STYLES, "m")


@pytest.mark.parametrize("wrong", [{"vector": [1.0]}, {"letters": {"J": [1.0]}}])
def test_a_style_of_another_width_is_refused(tmp_path, wrong):
    file = tmp_path / "my.style"
    right = {"format": "hwsynth-style", "version": 1, "model": "m", "vector": [1.0, 2.0, 3.0]}
    file.write_text(json.dumps({**right, **wrong}))
    with pytest.raises(DataError, match="was fitted for another hand"):
        style_of(str(file), STYLES, "m")


def test_the_checksum_is_that_of_half_precision_whatever_the_order():
    weights = {"a": np.array([1 / 3, 2], np.float32), "b": np.arange(3, dtype=np.uint32)}
    packed = {"b": weights["b"], "a": weights["a"].astype(np.float16)}
    assert checksum(weights) == checksum(packed)
    assert checksum(weights) != checksum({**weights, "a": weights["a"] * 2})
