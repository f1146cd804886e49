"""hwsynth write --prime: in the manner of a real line, with models that learnt nothing."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth import Ink, Page
from hwsynth.cli import main
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.exporters import Svg
from hwsynth.hands import hand_of
from hwsynth.ink_file import read_page, write_ink
from hwsynth.opened_hands import open_hand
from hwsynth.preparation import scaled
from hwsynth.step_export import can_export
from hwsynth.testing.fresh_process import frameworks_loaded_by
from hwsynth.tracks import Track
from small_corpus import plugins
from text_runs import make_runs, make_window_run

if not can_export():
    pytest.skip(
        "what exporting needs is not installed, or not on this backend", allow_module_level=True
    )

TEXT = "so it goes"
WRITE = ("--seed", 1, "--no-check", "--out", "x.json")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """What writes with styles, what reads, what writes by a window and has none of either."""
    folder = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        return *make_runs(folder), make_window_run(folder / "window")


@pytest.fixture
def hand(made: tuple[Path, Path, Path]) -> tuple[object, ...]:
    """Of the two that know where characters end."""
    return ("--run", made[0], "--reader", made[1])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one.json of a line, three.json of three, and bare.svg of one without its text."""
    monkeypatch.chdir(tmp_path)
    write_ink(Page(lines()[:1], 100), Path("one.json"))
    write_ink(Page(lines(), 100), Path("three.json"))
    bare = dataclasses.replace(lines()[0], text=None, char_end=None)
    write_ink(Page([bare], 100), Path("bare.json"))
    Svg().write(Page([bare], 100), Path("bare.svg"))


def lines() -> list[Ink]:
    """Short ones: three words each."""
    found = []
    for line in Synthetic(lines=3, writers=3).read(None):
        assert isinstance(line, Ink)
        words = (line.text or "").split()[:3]
        stop = int(np.flatnonzero(line.char_end)[sum(map(len, words)) - 1]) + 1  # type: ignore[arg-type]
        points = line.points[:stop].copy()
        points[-1, 2] = 1
        found.append(Ink(points, text=" ".join(words), id=line.id))
    return found


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["write", *map(str, arguments)])
    assert "Traceback" not in result.output
    return result


def written(*arguments: object) -> bytes:
    result = run(TEXT, *arguments, *WRITE)
    assert result.exit_code == 0, result.output
    assert [line.text for line in read_page(Path("x.json")).lines] == [TEXT]
    return Path("x.json").read_bytes()


def test_the_line_and_the_seed_decide_what_is_written(hand):
    first = written(*hand, "--prime", "one.json")
    assert written(*hand, "--prime", "three.json", "--prime-line", 1) == first
    assert written(*hand, "--prime", "three.json", "--prime-line", 2) != first
    assert written(*hand) != first


def test_it_is_said_in_whose_manner(hand):
    assert "style" in (output := run(TEXT, *hand, "--prime", "one.json", *WRITE).output)
    assert ", in the manner of one.json" in output


def test_what_is_written_so_is_read_back_and_words_are_written_anew(hand):
    result = run(TEXT, *hand, "--prime", "one.json", "--seed", 1, "--tries", 1, "--best-of", 2)
    assert result.exit_code == 0, result.output
    assert "Read back: all but 3 of 3 words: so, it, goes" in result.output


def test_of_a_drawing_it_is_told_what_is_written(hand):
    written(*hand, "--prime", "bare.svg", "--prime-text", lines()[0].text)


def test_how_large_the_line_is_in_its_file_does_not_count(made):
    """As its lines are high, and those of the corpus, so it is scaled."""
    larger = [scaled(line, 4) for line in lines()[:1]]
    write_ink(Page(larger, 400), Path("larger.json"))
    hand = ("--run", made[2])
    assert written(*hand, "--prime", "larger.json") == written(*hand, "--prime", "one.json")


def test_a_model_with_a_window_needs_neither_reader_nor_styles(made):
    given = ("--run", made[2], "--prime", "one.json", *WRITE)
    assert "no style, in the manner of one.json" in run(TEXT, *given).output


def test_every_line_of_a_page_goes_on_from_it(made):
    hand = hand_of(plugins(), run=made[0], reader=made[1])
    write = open_hand(hand, plugins(), check=False, prime=lines()[0])
    drawn: list[Track] = []
    draw = write.writer.draw
    object.__setattr__(
        write.writer, "draw", lambda *a, **b: drawn.extend(rows := draw(*a, **b)) or rows
    )
    from hwsynth.legible_writing import Manner

    style = hand.styles[hand.default_style]
    found = write(["so it goes", "and on"], [style] * 2, Manner(seed=1))
    assert [each.ink.text for each in found] == ["so it goes", "and on"]
    before = [len(rows) - len(each.ink) for rows, each in zip(drawn, found, strict=True)]
    assert before[0] == before[1] > 0
    np.testing.assert_array_equal(drawn[0].rows[: before[0]], drawn[1].rows[: before[0]])


def test_no_training_framework_is_started_for_it(made):
    given = [TEXT, "--run", made[0], "--reader", made[1], "--prime", "one.json", "--out", "x.svg"]
    words = ["write", *map(str, given)]
    loaded = frameworks_loaded_by(
        f"from hwsynth.cli import main; main({words!r}, standalone_mode=False)"
    )
    assert loaded == []
    assert Path("x.svg").is_file()


BAD = {
    "text_without_line": (("--prime-text", "so"), 2, "--prime-text is of the line that --prime"),
    "number_without_line": (("--prime-line", 1), 2, "--prime-line is of the line that --prime"),
    "sheet": (("--prime", "one.json", "--sheet", "styles"), 2, "--sheet styles shows one sentence"),
    "no_such_file": (("--prime", "no.json"), 1, "cannot read the ink file no.json"),
    "no_ink_file": (("--prime", "one.txt"), 2, "no file with ink by its name"),
    "empty_drawing": (("--prime", "empty.svg"), 1, "has no strokes"),
    "no_json": (("--prime", "damaged.json"), 1, "is not an ink file"),
    "which_line": (("--prime", "three.json"), 2, "three.json has 3 lines; choose one with --prime"),
    "beyond": (
        ("--prime", "three.json", "--prime-line", 4),
        2,
        "--prime-line is 4, and three",
    ),
    "no_text": (("--prime", "bare.svg"), 2, "give it with --prime-text"),
    "blank_text": (("--prime", "bare.json", "--prime-text", " "), 2, "give it with --prime-text"),
    "strangers": (("--prime", "bare.json", "--prime-text", "5 €"), 1, "EURO SIGN"),
    "flat": (("--prime", "flat.svg", "--prime-text", "so"), 2, "flat.svg has no height"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_message_that_helps(name, hand):
    Path("empty.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    Path("flat.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 5 L9 5 L20 5"/></svg>'
    )
    Path("damaged.json").write_text("{")
    more, code, words = BAD[name]
    result = run(TEXT, *hand, *more)
    assert result.exit_code == code, result.output
    assert result.output.startswith("error: ")
    assert words in result.output
    assert not Path("writing.svg").exists()


def test_without_a_reader_the_characters_of_the_line_are_not_found(made):
    result = run(TEXT, "--run", made[0], "--prime", "one.json")
    assert result.exit_code == 2
    assert "give a run that reads with --reader" in result.output
