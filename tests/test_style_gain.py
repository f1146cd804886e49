"""What fitting a style gains: judged by lines that nothing was fitted to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from click.testing import CliRunner

from hwsynth import Ink, UsageError, style_gain
from hwsynth.cli import main
from hwsynth.corpus import Corpus
from hwsynth.style_fitting import FittedStyle
from small_corpus import corpus_of, ink_of
from test_style_fitting import lines, sequences_of


class Nats:
    """Stands in for those of a model: tells the lines and the style apart."""

    def __init__(self, model, sequences, lines):
        self.lines = lines

    def of(self, style):
        return float(1000 * sum(self.lines) + style.sum())


def fitted(model, sequences, chosen, styles, *, steps, progress):
    """A style that tells how many lines it was fitted to, the second being the nearest."""
    return FittedStyle(np.full(2, len(chosen), np.float32), 0.0, 0.0, 0.0, nearest=1)


def test_styles_are_judged_by_the_lines_after_those_that_they_were_fitted_to(monkeypatch):
    monkeypatch.setattr(style_gain, "Nats", Nats)
    monkeypatch.setattr(style_gain, "fit_style", fitted)
    styles = np.array([[0.1, 0.2], [0.3, 0.4]], np.float32)
    found = style_gain.gain_of(None, sequences_of(lines(5)), styles, (3, 1, 3))
    lines_3_and_4 = 1000 * (3 + 4)
    assert found.held == 2
    assert [(fit.lines, fit.nats) for fit in found.fits] == [
        (1, lines_3_and_4 + 2), (3, lines_3_and_4 + 6),
    ]  # fmt: skip
    assert found.nobody == pytest.approx(lines_3_and_4 + 0.3)
    assert found.nearest == pytest.approx(lines_3_and_4 + 0.7)


def test_where_no_line_is_left_to_judge_by_nothing_is_fitted():
    with pytest.raises(UsageError, match="of 5 lines that can be used none is left beside 5"):
        style_gain.gain_of(None, sequences_of(lines(5)), np.zeros((1, 2), np.float32), [5])


def written(writers: str) -> Corpus:
    """A line by each of them; nobody is -."""
    return corpus_of(
        Ink.from_offsets(
            np.ones((2, 3)), id=str(i), text="a", writer=None if writer == "-" else writer
        )
        for i, writer in enumerate(writers)
    )


def test_writers_with_lines_enough_are_taken_and_who_has_the_most_comes_first():
    corpus = written("abbcb-a")
    found = style_gain.lines_by_writer(corpus, np.array([0, 1, 2, 4, 5, 6]), 2)
    assert {writer: own.tolist() for writer, own in found.items()} == {"b": [1, 2, 4], "a": [0, 6]}
    assert list(found) == ["b", "a"]
    untold = corpus_of(
        dataclasses.replace(ink_of([[1, 1]], id=str(i), writer="a"), text=None) for i in range(3)
    )
    with pytest.raises(
        UsageError, match=r"no writer of these 3 lines .* the most that one has is 0"
    ):
        style_gain.lines_by_writer(untold, np.arange(3), 1)


@pytest.mark.usefixtures("formula")
def test_a_corpus_without_writers_is_refused():
    given = ["style", "gain", "--dataset", "formula", "--lines", "2", "--split", "test"]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 2
    assert "of 'formula' has 7 with a text, of which 5 are kept from fitting" in result.stderr
