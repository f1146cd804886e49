"""How likely characters are after others, as the equations have it."""

from __future__ import annotations

import pytest

from hwsynth import DataError, UsageError
from hwsynth.language import BREAK, ORDER, Language, read_language

CHARSET = "abc d."
TEXT = "abc abd\nbad cab.\nabc\nab abc ab abd ab abc"


def reference(text: str, context: str, character: str, characters: int) -> float:
    """Witten and Bell's estimate, from the definition: by looking through the text."""
    lower = reference(text, context[1:], character, characters) if context else 1 / characters
    padded = [BREAK + line + BREAK for line in text.split("\n")]
    after = [
        line[place]
        for line in padded
        for place in range(1, len(line))
        if line[:place].endswith(context) and len(context) <= place
    ]
    kinds = len(set(after))
    if not after:
        return lower
    return (after.count(character) + kinds * lower) / (len(after) + kinds)


@pytest.mark.parametrize("before", ["", "a", "ab", "abc ab", "c.", "dddddddd", "abc abd abc ab"])
def test_likelihoods_are_those_of_the_definition_and_of_a_law(before: str) -> None:
    language = Language.of(TEXT, CHARSET)
    found = {each: language.likelihood(before, each) for each in CHARSET + BREAK}
    assert sum(found.values()) == pytest.approx(1)
    context = (BREAK + before)[1 - ORDER :]
    for each, likelihood in found.items():
        assert likelihood == pytest.approx(reference(TEXT, context, each, 1 + len(CHARSET)))


def test_what_stood_together_is_likelier() -> None:
    language = Language.of(TEXT, CHARSET)
    assert language.likelihood("ab abc a", "b") > 0.9
    assert language.likelihood("ab", "a") < 0.05


def test_a_file_is_brought_to_the_characters_and_the_form_that_a_reader_knows(tmp_path) -> None:
    file = tmp_path / "like.txt"
    file.write_text("\ufeffdon\u2019t \u4e2d stop , now\n\nwow\n", encoding="utf-8")
    charset = " 'dnopstw,"
    assert read_language(file, charset, tokenised=True) == Language.of(
        "don't stop , now\nwow", charset
    )
    assert read_language(file, charset, tokenised=False) == Language.of(
        "don't stop, now\nwow", charset
    )


def test_a_file_of_which_the_reader_knows_nothing_is_refused(tmp_path) -> None:
    file = tmp_path / "like.txt"
    file.write_text("123\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"like\.txt holds no character that the reader knows"):
        read_language(file, "abc", tokenised=True)
    with pytest.raises(DataError, match="cannot read the text"):
        read_language(tmp_path / "absent.txt", "abc", tokenised=True)
