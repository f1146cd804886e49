"""Writing by a window: trained by the command, where a line ends, by framework and exported."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from hwsynth import DataError, Task, UsageError
from hwsynth.alphabet import Alphabet
from hwsynth.cli import main
from hwsynth.conditions import Conditions
from hwsynth.exported_step import ExportedStep, StepMark
from hwsynth.normalisation import Normalisation
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import ModelOptions
from hwsynth.styles import Style
from hwsynth.text_guides import AlignedGuide, WindowGuide, guide_of, log_window
from hwsynth.writing import TextWriter
from hwsynth_lstm import LSTM
from hwsynth_mdn import MDN
from small_corpus import SETTINGS

CHARSET = " .abeln"
CONDITIONS = Conditions("window", CHARSET, ("ann", "ben"))
NORMALISATION = Normalisation(mean=(8.0, 0.0), sd=(42.0, 36.0))
TEXTS = ("an eel", "b.")
STYLES = [Style(np.array(each, np.float32)) for each in ((1, 0), (0, 1))]


def model_of(**options: Any) -> Any:
    from hwsynth.model import build_model

    given = {"window_components": 3, "window_step": 0.1, "writer": 2, "layers": 2, **options}
    return build_model(
        LSTM(units=8),
        MDN(mixtures=3),
        ModelOptions(text="window", **given),
        task=Task(NORMALISATION.unit, charset=CHARSET),
        writers=2,
        seed=3,
    )


def bells(*kappas: float, width: float = 1.0) -> np.ndarray:
    """(steps, 3) of a window of one bell that stands there in turn."""
    return np.array([[1.0, 1 / width**2, kappa] for kappa in kappas], np.float32)


def ends(text: str, *kappas: float, before: int = 0) -> list[int]:
    guide, places = WindowGuide(Alphabet(CHARSET)), bells(*kappas)[:, None]
    rows = np.zeros((len(kappas), 1, 3))
    return guide.ends([text], rows, places, np.array([before]))[:, 0].tolist()


def test_a_line_ends_where_more_is_seen_of_what_is_after_it_than_of_any_character():
    # Half-way between the last character, 2, and what is after it, 3.
    assert ends("an", 0.1, 1.0, 1.6, 2.4) == [0, 0, 1, 0]
    assert ends("an", 0.1, 1.0, 1.6, 2.6) == [0, 0, 1, 1]


def test_a_character_has_ended_once_and_spaces_own_no_ink():
    assert ends("a n", 1.6, 1.2, 2.0, 2.6, 3.6) == [1, 0, 0, 0, 1]
    assert ends("an", 1.2, 2.6, before=1) == [0, 1]


def test_a_window_that_passes_over_characters_has_ended_them_all():
    assert ends("anb", 1.0, 9.0) == [0, 3]


def test_the_nearest_character_is_known_when_all_are_out_of_sight():
    far = bells(40.0, width=0.1)
    assert not np.exp(log_window(far, 3)).any()
    assert np.argmax(log_window(far, 3)) == 2


def test_attention_of_a_window_is_the_sum_of_its_bells():
    places = np.array([[2.0, 0.5, 1.0, 4.0, 1.5, 0.5]], np.float32)
    seen = WindowGuide(Alphabet(CHARSET)).attention("an", np.zeros((1, 3)), places)
    u = np.arange(1, 4)
    wanted = 2 * np.exp(-((1.5 - u) ** 2)) + 0.5 * np.exp(-4 * (0.5 - u) ** 2)
    np.testing.assert_allclose(seen[0], wanted, rtol=1e-6)


def test_attention_of_aligned_text_is_on_the_character_that_is_written():
    rows = np.zeros((4, 4))
    rows[[1, 3], 3] = 1
    seen = AlignedGuide(Alphabet(CHARSET)).attention("a n", rows, np.zeros((4, 5)))
    assert seen.argmax(axis=1).tolist() == [0, 0, 2, 2]
    assert seen.sum(axis=1).tolist() == [1, 1, 1, 1]


def test_a_run_that_learnt_no_text_cannot_be_told_any():
    with pytest.raises(UsageError, match="this run learnt no text"):
        guide_of(Conditions())


@pytest.fixture(scope="module")
def writer() -> TextWriter:
    return TextWriter(model_of(), NORMALISATION, CONDITIONS)


def test_each_character_that_owns_ink_ends_once_in_what_is_written(writer):
    lines = writer(TEXTS, STYLES, seed=4)
    for ink, text in zip(lines, TEXTS, strict=True):
        assert ink.text == text
        assert ink.char_end.sum() == len(text.replace(" ", ""))
        assert ink.char_end[-1]
        assert ink.points[-1, 2] == 1


def test_what_a_line_becomes_does_not_hang_on_those_beside_it(writer):
    together = writer(TEXTS, STYLES, seed=4)
    alone = writer(TEXTS[:1], STYLES[:1], seed=4)
    np.testing.assert_allclose(alone[0].points, together[0].points, rtol=1e-4, atol=0.02)


def test_attention_over_what_was_written_comes_to_the_end_with_it(writer):
    lines = writer(TEXTS, STYLES, seed=4)
    for ink, seen in zip(lines, writer.attention(lines, STYLES), strict=True):
        assert seen.shape == (len(ink), len(ink.text) + 1)
        at = seen.argmax(axis=1)
        assert at[-1] == len(ink.text)
        assert (at[:-1] < len(ink.text)).all()


def test_a_line_whose_window_never_comes_to_its_end_is_given_up():
    slow = TextWriter(model_of(window_step=1e-4), NORMALISATION, CONDITIONS)
    with pytest.raises(DataError, match=r"after 100 points the model is at character 1 of the 1"):
        slow(["b"], STYLES[:1])


def test_an_exported_step_writes_the_same():
    from hwsynth.step_export import can_export, step_graph
    from hwsynth.training import model_arrays

    if not can_export():
        pytest.skip("what exporting needs is not installed, or not on this backend")
    model = model_of()
    step = ExportedStep(step_graph(model, StepMark(model="", versions={})), model_arrays(model))
    by_both = [TextWriter(each, NORMALISATION, CONDITIONS) for each in (model, step)]
    lines = [write(TEXTS, STYLES, seed=4) for write in by_both]
    for one, other in zip(*lines, strict=True):
        np.testing.assert_allclose(one.points, other.points, rtol=1e-4, atol=0.02)
    seen = [write.attention(lines[0], STYLES) for write in by_both]
    for one, other in zip(*seen, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.usefixtures("formula")
def test_a_run_is_trained_validated_and_exported_by_the_command():
    from hwsynth.step_export import can_export

    settings = [word for each in SETTINGS if "crop" not in each for word in ("--set", each)]
    given = ("--dataset", "formula", "--core", "lstm", "--text", "window", "--callback", "none")
    done = CliRunner().invoke(main, ["train", *given, *settings, "--run", "new", "--steps", "2"])
    assert done.exit_code == 0, done.output
    run = RunFolder(Path("new"))
    assert (run.record().model.text, run.record().batches.crop) == ("window", 0)
    assert np.isfinite(run.history()[-1]["validation_nats_per_point"])
    assert run.step_file.is_file() == can_export()


@pytest.mark.usefixtures("formula")
def test_a_window_is_trained_on_whole_lines():
    refused = CliRunner().invoke(
        main, ["train", "--dataset", "formula", "--set", "model.text=window", "--run", "new"]
    )
    assert refused.exit_code == 2, refused.output
    assert "trained on whole lines" in refused.output
