"""Transcripts brought to the form that a person writes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hwsynth.transcripts import untokenised

TOKENISED = {
    "Mrs . Ember left , then came back .": "Mrs. Ember left, then came back.",
    "Who ? Me ! No : you ;": "Who? Me! No: you;",
    "Dr . A . B . Sorrel": "Dr. A. B. Sorrel",
    "It didn ' t . That ' s all .": "It didn't. That's all.",
    "He 'll say it 's ours , we 've won": "He'll say it's ours, we've won",
    "seven o ' clock at O ' Malley ' s": "seven o'clock at O'Malley's",
    "( see the map ) , and": "(see the map), and",
    "paid 3 , 250 , 000 crowns": "paid 3,250,000 crowns",
    'she said : " Come in . "': 'she said: "Come in."',
    'a " moot " point': 'a " moot " point',
    'a " moot " , then a " fair " point': 'a "moot", then a "fair" point',
    '" Yes . " " No . "': '"Yes." "No."',
    'gone . "" But why': 'gone." "But why',
    '" Stay , " he said . " We': '"Stay," he said. "We',
}

WRITTEN = [
    "",
    "Mrs. Ember left, then came back.",
    "It didn't; that's all (or nearly).",
    'She said: "Come in," and "sit down".',
    "well - kept and 2 1 0 - 5",
    "wait ... then . . . go ....",
    "a ratio of 3 : 4, at 5 . 5",
    "in 1, 200, 300 and 1999, 200 came",
    "the dogs' kennels, 'round back",
    "letters 's' and 't'",
    '. , ; : ? " ( ) - !',
    'a Du"rer, 5" wide',
    "rows  of   spaces",
]


@pytest.mark.parametrize(("tokenised", "written"), TOKENISED.items())
def test_a_tokenised_text_becomes_what_is_written(tokenised, written):
    assert untokenised(tokenised) == written


@pytest.mark.parametrize("text", [*WRITTEN, *TOKENISED.values()])
def test_what_is_written_stays_as_it_is(text):
    assert untokenised(text) == text


def test_quotes_that_disagree_stay_as_they_are():
    assert untokenised('so "it and "so " on') == 'so "it and "so " on'


pieces = st.sampled_from([*" .,;:?!'\"()[]-", "it", "s", "n", "t", "250", "3"])
texts = st.lists(pieces, max_size=25).map("".join)


@given(texts)
def test_nothing_but_spaces_changes(text):
    assert re.sub(" ", "", untokenised(text)) == re.sub(" ", "", text)


@given(st.lists(st.sampled_from(["it", "is", "250", "far-off", "don't"]), max_size=9))
def test_plain_words_never_change(words):
    assert untokenised(" ".join(words)) == " ".join(words)


@pytest.mark.real_data
def test_few_lines_of_iam_are_tokenised(test_data):
    from hwsynth.datasets.iam.transcripts import read_transcripts

    forms = read_transcripts(test_data / "iamondb" / "ascii-all.tar.gz")
    lines = [line for texts in forms.values() for line in texts if line]
    changed = sum(untokenised(line) != line for line in lines)
    assert 0.07 < changed / len(lines) < 0.1
