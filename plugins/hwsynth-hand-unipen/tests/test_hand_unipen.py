"""The hand that comes with the toolkit: whole, small, and legible without a training framework."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import hwsynth_hand_unipen
from hwsynth.cli import main
from hwsynth.hand_packing import MOST_BYTES
from hwsynth.hands import hand_of, installed_hands
from hwsynth.ink_file import read_page
from hwsynth.legible_writing import Manner
from hwsynth.opened_hands import open_hand
from hwsynth.plugins import load
from hwsynth.testing.fresh_process import frameworks_loaded_by

FOX = "The quick brown fox jumps over the lazy dog"
SENTENCES = Path(__file__).parents[1] / "sentences.txt"


def test_it_is_what_writes_where_nothing_else_is_asked_for(tmp_path):
    given = ["write", FOX, "--seed", "1", "--out", str(tmp_path / "fox.svg")]
    assert (
        frameworks_loaded_by(
            f"from hwsynth.cli import main; main({given!r}, standalone_mode=False)"
        )
        == []
    )
    assert "<svg" in (tmp_path / "fox.svg").read_text()


def test_it_is_small_and_says_what_it_learnt_from():
    (folder,) = hwsynth_hand_unipen.hwsynth_hands()
    assert sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) < MOST_BYTES
    (hand,) = (each for each in installed_hands(load()) if each.hand.name == "unipen")
    assert hand.package == "hwsynth-hand-unipen"
    assert all("CC BY 4.0" in terms for terms in hand.hand.terms)
    assert len(hand.hand.terms) == 1
    for word in ("UNIPEN", "hwsynth train", "seed", "CER", "styles"):
        assert word in (hand.hand.card or "")


def test_its_styles_are_many_and_differ():
    styles = hand_of(load(), name="unipen").styles
    assert len(styles) >= 8
    vectors = np.stack([style.vector for style in styles.values()])
    apart = np.linalg.norm(vectors[:, None] - vectors[None], axis=-1)
    assert apart[~np.eye(len(vectors), dtype=bool)].min() > 1


def test_what_it_writes_it_reads():
    hand = hand_of(load(), name="unipen")
    write, styles = open_hand(hand, load()), list(hand.styles.values())
    texts = SENTENCES.read_text("utf-8").splitlines()[: 2 * len(styles)]
    lines = write(texts, styles * 2, Manner(seed=2))
    errors = sum(sum(line.proof.errors) for line in lines)
    assert errors <= 0.08 * sum(map(len, texts)), [line.misread for line in lines]


def test_every_style_of_a_sheet_is_in_it(tmp_path):
    given = ["write", "So it goes", "--sheet", "styles", "--no-check", "--seed", "3"]
    result = CliRunner().invoke(main, [*given, "--out", str(tmp_path / "sheet.json")])
    assert result.exit_code == 0, result.output
    assert len(read_page(tmp_path / "sheet.json").lines) == len(
        hand_of(load(), name="unipen").styles
    )


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "folder"), [("unipen", "unipen"), ("iam", "iamondb")])
def test_the_sentences_that_it_is_judged_by_are_in_no_corpus(test_data, name, folder):
    from hwsynth.corpus import open_corpus

    corpus = open_corpus(load().component("dataset", name)(), test_data / folder)
    known = [_letters(text or "") for text in corpus.texts]
    sentences = SENTENCES.read_text("utf-8").splitlines()
    assert len(set(sentences)) == 100
    assert all(20 <= len(each) <= 40 for each in sentences)
    assert [each for each in sentences if any(_letters(each) in text for text in known)] == []


def _letters(text: str) -> str:
    return "".join(each for each in text.lower() if each.isalpha())
