"""hwsynth write, hands and hand pack, and evaluate --text: with models that learnt nothing."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

import hwsynth.plugins as plugins_module
from hwsynth.cli import main
from hwsynth.conditions import Conditions
from hwsynth.exported_step import exported_step
from hwsynth.hands import packed_hand
from hwsynth.ink_file import read_page
from hwsynth.plugins import load
from hwsynth.run_folder import RunFolder
from hwsynth.step_export import can_export
from hwsynth.styles import Style, write_style
from hwsynth.testing.fresh_process import frameworks_loaded_by
from hwsynth.writing import Line, TextWriter
from small_corpus import plugins
from text_runs import make_runs, make_window_run

if not can_export():
    pytest.skip(
        "what exporting needs is not installed, or not on this backend", allow_module_level=True
    )

TEXT = "so it goes"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("text")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        return make_runs(folder)


@pytest.fixture(scope="module")
def hand(made: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A packed hand; not to be changed."""
    folder = tmp_path_factory.mktemp("hands") / "hand"
    card = folder.parent / "card.md"
    card.write_text("# A hand that learnt nothing\n")
    result = pack(made, folder, "--card", card, "--style", "ann=1", "--style", "mixed=1,2")
    assert result.exit_code == 0, result.output
    return folder


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def no_other_hand(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hands that come with the toolkit are not there."""
    found = plugins_module._installed
    monkeypatch.setattr(
        plugins_module,
        "_installed",
        lambda: [each for each in found() if not each.package.startswith("hwsynth-hand-")],
    )
    load.cache_clear()
    yield
    load.cache_clear()


@pytest.fixture
def installed(hand: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that gives the hand; its own copy of it."""
    folder = tmp_path / "site"
    shutil.copytree(hand, folder / "hand")
    about = folder / "hwsynth_scrawl-1.2.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: hwsynth-scrawl\nVersion: 1.2\n")
    (about / "entry_points.txt").write_text("[hwsynth]\nscrawl = scrawl_of_tests\n")
    (folder / "scrawl_of_tests.py").write_text(
        "from pathlib import Path\nfrom hwsynth import hookimpl\n"
        "@hookimpl\ndef hwsynth_hands():\n    return [Path(__file__).parent / 'hand']\n"
    )
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "scrawl_of_tests", raising=False)
    load.cache_clear()
    yield folder / "hand"
    load.cache_clear()


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output
    return result


def pack(made: tuple[Path, Path], out: Path, *more: object) -> Result:
    writer, reader = made
    return run(
        "hand", "pack", "--run", writer, "--reader", reader, "--name", "scrawl", "--out", out, *more
    )


def write(*arguments: object) -> str:
    result = run("write", *arguments)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_text_is_written_and_read_back_without_a_training_framework(hand):
    given = ["write", TEXT, "--run", str(hand), "--out", "x.svg"]
    loaded = frameworks_loaded_by(
        f"from hwsynth.cli import main; main({given!r}, standalone_mode=False)"
    )
    assert loaded == []
    assert "<svg" in Path("x.svg").read_text()


def test_its_reader_is_what_reads_where_no_other_is_asked_for(installed, tmp_path):
    write(TEXT, "--no-check", "--out", "x.json")
    by_default, by_name = (run("read", "x.json", *given, "--json", "-") for given in (
        (), ("--run", installed / "reader"),
    ))  # fmt: skip
    assert by_default.exit_code == 0, by_default.output
    assert by_default.stdout == by_name.stdout
    shutil.rmtree(installed / "reader")
    load.cache_clear()
    result = run("read", "x.json")
    assert result.exit_code == 2
    assert "the hand 'scrawl' has no reader; give a run that reads: --run DIR" in result.output


def test_without_a_hand_nothing_reads_and_it_is_said_what_to_do():
    result = run("read", "--dataset", "synthetic")
    assert result.exit_code == 2
    assert "no hand is installed" in result.output
    assert "--run DIR" in result.output


def test_a_hand_that_a_package_gives_is_the_one_that_writes(installed):
    output = write(TEXT, "--no-check")
    assert "writing.svg: written by scrawl, style ann" in output
    assert "Trained on: " in output
    assert "written by scrawl" in write(TEXT, "--hand", "scrawl", "--no-check")


def test_the_seed_that_is_told_writes_the_same_page_again(hand):
    output = write(TEXT, "--run", hand, "--out", "a.svg", "--tries", 1)
    (seed,) = re.findall(r"--seed (\d+)", output)
    for name in ("b.svg", "c.svg"):
        more = () if name == "c.svg" else ("--seed", seed)
        write(TEXT, "--run", hand, "--out", name, "--tries", 1, *more)
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    assert Path("a.svg").read_bytes() != Path("c.svg").read_bytes()


def test_styles_and_bias_change_what_is_written(hand):
    ways = ((), ("--style", "mixed"), ("--style", "ann:0.5,mixed:0.5"), ("--bias", 3))
    written = set()
    for i, way in enumerate(ways):
        write(TEXT, "--run", hand, "--out", f"{i}.json", "--seed", 1, "--no-check", *way)
        written.add(Path(f"{i}.json").read_bytes())
    assert len(written) == len(ways)


def test_a_style_file_of_this_hand_is_written_in(hand):
    write_style(Path("my.style"), Style(np.ones(2, np.float32)), packed_hand(hand).checksum)
    assert "style my.style" in write(TEXT, "--run", hand, "--style", "my.style", "--no-check")


def test_a_file_becomes_pages_with_numbers(hand):
    Path("letter.txt").write_text("so it goes\n" * 5)
    given = ("--run", hand, "--no-check", "--page", "100x40mm", "--margin", "5mm")
    output = write("--file", "letter.txt", "--out", "letter.json", *given)
    assert "letter-1.json, letter-2.json" in output
    assert [line.text for line in read_page(Path("letter-1.json")).lines][:1] == ["so it goes"]


def test_standard_input_is_read(hand):
    result = CliRunner().invoke(
        main, ["write", "--file", "-", "--run", str(hand), "--no-check"], input=b"so\xff it goes"
    )
    assert result.exit_code == 0, result.output
    assert "left out" in result.output


@pytest.mark.parametrize(
    ("sheet", "captions"), [("styles", ["ann", "mixed"]), ("bias", ["bias 4"])]
)
def test_a_sheet_shows_one_sentence_in_many_ways(hand, sheet, captions):
    write(TEXT, "--run", hand, "--sheet", sheet, "--no-check", "--out", "sheet.svg")
    drawn = Path("sheet.svg").read_text()
    assert all(f">{caption}</text>" in drawn for caption in captions)


def test_what_cannot_be_written_is_named_and_strictly_refused(hand):
    assert "left out: '漢'" in write(
        "so 漢 it goes", "--run", hand, "--no-check", "--out", "other.svg"
    )
    refused(("so 漢", "--run", hand, "--strict"), 2, "not all of the text can be written")


def test_words_that_stay_misread_are_named(hand):
    assert "all but 3 of 3 words: so, it, goes" in write(TEXT, "--run", hand, "--tries", 1)


def refused(arguments: tuple[object, ...], code: int, *words: str) -> None:
    result = run("write", *arguments)
    assert result.exit_code == code, result.output
    assert result.output.startswith("error: ")
    for word in words:
        assert word in result.output
    assert not Path("writing.svg").exists()


BAD = {
    "nothing": ((), "there is no text"),
    "empty": (("",), "the text is empty"),
    "spaces": (("  \n",), "the text is empty"),
    "emoji": (("🙂",), "nothing of the text can be written"),
    "right_to_left": (("שלום",), "left to right"),
    "too_long": (("word " * 30_000,), "at most 100,000"),
    "twice": ((TEXT, "--file", "x.txt"), "given twice"),
    "no_such_file": (("--file", "x.txt"), "cannot read the text x.txt"),
    "wide_word": (("w" * 400,), "400 characters without a place to break"),
    "margin": ((TEXT, "--page", "A6", "--margin", "60mm"), "leave nothing"),
    "paper": ((TEXT, "--page", "A44"), "no paper that is known"),
    "rules_on_none": ((TEXT, "--ruled"), "--page A4"),
    "bias_below_0": ((TEXT, "--bias", "-1"), "--bias is -1.0; it must be a number, 0 or more"),
    "bias_nan": ((TEXT, "--bias", "nan"), "--bias is nan"),
    "bias_inf": ((TEXT, "--bias", "inf"), "--bias is inf"),
    "style": ((TEXT, "--style", "anne"), "Did you mean 'ann'?"),
    "style_file": ((TEXT, "--style", "no.style"), "cannot read the style file"),
    "hand_and_run": ((TEXT, "--hand", "scrawl"), "--hand and --run"),
    "set": ((TEXT, "--set", "head.x=1"), "no section of --set named 'head'"),
    "out": ((TEXT, "--out", "letter.doc"), "nothing writes files such as 'letter.doc'"),
    "sheet": ((TEXT * 9, "--sheet", "styles"), "at most 60 characters"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_a_message_that_helps(name, hand):
    arguments, words = BAD[name]
    code = 1 if name in ("no_such_file", "style_file") else 2
    refused((*arguments, "--run", hand), code, words)


def test_a_run_that_learnt_no_text_is_refused(trained_run):
    refused((TEXT, "--run", trained_run), 2, "learnt no text", "--text", "hwsynth sample")


def test_without_any_hand_a_user_is_told_what_to_do():
    refused((TEXT,), 2, "no hand is installed", "--run DIR")


def test_a_style_of_another_hand_is_refused(hand):
    write_style(Path("my.style"), Style(np.ones(2, np.float32)), "of another")
    refused((TEXT, "--run", hand, "--style", "my.style"), 1, "was fitted for another hand")


def test_a_run_that_writes_texts_is_not_sampled_from(made):
    result = run("sample", "--run", made[0])
    assert result.exit_code == 2
    assert "hwsynth write" in result.output


def test_a_packed_hand_has_half_of_the_weights_bytes_and_no_paths(made, hand):
    own, packed = (RunFolder(path) for path in (made[0], hand))
    for name, array in own.weights().items():
        np.testing.assert_allclose(packed.weights()[name], array, atol=1e-3, rtol=1e-3)
    assert packed.weights_file.stat().st_size < 0.7 * own.weights_file.stat().st_size
    assert str(made[0].parent) not in (hand / "run.json").read_text()
    assert sorted(file.name for file in hand.iterdir()) == [
        "card.md", "hand.json", "reader", "run.json", "step.onnx", "weights.safetensors",
    ]  # fmt: skip


def test_a_packed_hand_does_not_say_where_its_alignment_lay(made, tmp_path):
    writer = tmp_path / "writer"
    shutil.copytree(made[0], writer)
    record = json.loads((writer / "run.json").read_text())
    record["preparation"]["alignment"] = str(tmp_path / "lines.align")
    (writer / "run.json").write_text(json.dumps(record))
    result = pack((writer, made[1]), tmp_path / "hand", "--style", "ann=1")
    assert result.exit_code == 0, result.output
    assert str(tmp_path) not in (tmp_path / "hand" / "run.json").read_text()


def test_a_packed_hand_writes_whatever_version_made_it(hand, monkeypatch):
    monkeypatch.setattr("hwsynth.exported_step._installed", lambda package: "9.9")
    folder = RunFolder(hand)
    assert exported_step(folder, folder.record()) is not None


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ((), "a hand has a style at least"),
        (("--style", "ann"), "must be NAME=STYLE"),
        (("--style", "ann=1", "--style", "ann=2"), "given twice"),
        (("--style", "ann=99"), "no style named '99'"),
        (("--style", "Ann B=1"), "small letters"),
    ],
)
def test_what_makes_no_hand_is_refused(made, more, words):
    result = pack(made, Path("hand"), *more)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert not Path("hand").exists()


def test_a_reader_is_not_packed_as_a_writer(made):
    result = pack((made[1], made[0]), Path("hand"), "--style", "ann=1")
    assert "learnt no text" in result.output


def test_installed_hands_are_listed_with_all_that_is_said_of_them(installed):
    result = run("hands")
    for words in ("scrawl", "hwsynth-scrawl 1.2", "styles: ann, mixed", "learnt nothing"):
        assert words in result.output
    (about,) = json.loads(run("hands", "--json", "-").output)
    assert (about["name"], about["styles"], about["reads_back"]) == (
        "scrawl", ["ann", "mixed"], True,
    )  # fmt: skip


def test_a_damaged_hand_is_left_out_and_named(installed, caplog):
    (installed / "hand.json").write_text("{")
    assert "No hand is installed" in run("hands").output
    assert "a hand of hwsynth-scrawl is left out" in caplog.text


def test_sentences_are_scored_in_all_styles_in_turn(hand):
    Path("sentences.txt").write_text("so it goes\nand goes on\n\nin the end\n")
    result = run(
        "evaluate",
        "--text",
        "sentences.txt",
        "--run",
        hand,
        "--json",
        "-",
        "--seed",
        1,
        "--tries",
        1,
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.output)
    assert (found["sentences"], found["characters"], found["seed"]) == (3, 31, 1)
    assert found["by_style"].keys() == {"ann", "mixed"}
    assert found["broken"] == found["broken_at_first"] == 1.0
    assert found["character_error_rate"] > 0
    assert 0 < found["words_written_anew"] <= 1


def test_styles_are_ranked_by_how_legible_they_are(hand):
    Path("sentences.txt").write_text("so it goes\nand goes on\n")
    given = ("style", "rank", "--text", "sentences.txt", "--run", hand, "--seed", 1)
    found = json.loads(run(*given, "--json", "-").output)
    assert (found["seed"], found["bias"]) == (1, 1.5)
    assert found["styles"].keys() == {"ann", "mixed"}
    # A reader that learnt nothing finds no way to read the text.
    assert all(each["doubt"] is None for each in found["styles"].values())
    assert all(each["character_error_rate"] > 0 for each in found["styles"].values())
    some = json.loads(
        run(*given, "--style", "ann:3,mixed:1", "--style", "ann", "--json", "-").output
    )
    assert some["styles"].keys() == {"ann:3,mixed:1", "ann"}
    assert some["styles"]["ann"] == found["styles"]["ann"]
    result = run(*given)
    assert result.exit_code == 0, result.output
    assert "nats doubted a character" in result.output


def test_what_cannot_be_ranked_is_refused(hand, made):
    Path("sentences.txt").write_text("so it goes\n")
    given = ("style", "rank", "--text", "sentences.txt", "--run")
    result = run(*given, hand, "--style", "bob")
    assert result.exit_code == 2
    assert "no style named 'bob'; there are: ann, mixed" in result.output
    result = run(*given, made[0])
    assert result.exit_code == 2
    assert "name a run that reads with --reader DIR" in result.output
    result = run("style", "rank", "--text", "absent.txt", "--run", hand)
    assert result.exit_code != 0
    assert "absent.txt" in result.output


def test_letters_are_borrowed_into_a_style_file_and_a_hand(hand, made):
    Path("lines.txt").write_text("so it goes\nand goes on\n")
    given = ("style", "letters", "ann:2,mixed:1", "--text", "lines.txt", "--run", hand, "--seed", 1)
    result = run(*given, "--judge", made[1], "--lender", "mixed", "--out", "better.style")
    assert result.exit_code == 0, result.output
    # A reader that learnt nothing doubts all alike.
    assert "better.style: ann:2,mixed:1 as it was" in result.output.replace("\n", " ")
    assert f'"Quick Jacks" --run {hand} --style better.style' in result.output.replace("\n", " ")
    mended = Style(np.ones(2, np.float32), {"o": np.array([3.0, -3.0], np.float32)})
    write_style(Path("mended.style"), mended, packed_hand(hand).checksum)
    packed = pack(made, Path("packed"), "--style", "bob=mended.style", "--style", "ann=1")
    assert packed.exit_code == 0, packed.output
    styles = packed_hand(Path("packed")).styles
    np.testing.assert_array_equal(styles["bob"].of("o"), [3, -3])
    assert (list(styles), styles["ann"].letters) == (["bob", "ann"], {})
    drawn = {}
    for name, style in (("with", mended), ("without", Style(mended.vector))):
        write_style(Path(f"{name}.style"), style, packed_hand(hand).checksum)
        for text in ("so", "it"):
            given = ("--style", f"{name}.style", "--no-check", "--seed", 1, "--out", "a.json")
            write(text, "--run", hand, *given)
            drawn[name, text] = Path("a.json").read_bytes()
    assert drawn["with", "so"] != drawn["without", "so"]
    assert drawn["with", "it"] == drawn["without", "it"]


NOT_MENDED = {
    "ending": (("ann", "--out", "a.json"), "must end in .style"),
    "no_style": (("bob", "--out", "a.style"), "no style named 'bob'; there are: ann, mixed"),
    "no_lender": (("ann", "--lender", "x", "--out", "a.style"), "no style named 'x'"),
    "only": (("ann", "--only", "a€", "--out", "a.style"), "--only: scrawl does not write '€'"),
    "no_judge": (("ann", "--judge", "nowhere", "--out", "a.style"), "nowhere"),
}


@pytest.mark.parametrize("name", NOT_MENDED)
def test_what_cannot_be_mended_is_refused(name, hand):
    Path("lines.txt").write_text("so it goes\n")
    arguments, words = NOT_MENDED[name]
    result = run("style", "letters", *arguments, "--text", "lines.txt", "--run", hand)
    assert result.exit_code != 0
    assert words in result.output
    assert not Path("a.style").exists()


def test_letters_follow_a_text_that_is_data_and_no_window(tmp_path):
    run_folder = make_window_run(tmp_path / "window")
    result = run("style", "letters", "1", "--run", run_folder, "--out", "a.style")
    assert result.exit_code == 2
    assert "follows its text by a window" in result.output


def test_letters_of_a_hand_without_a_reader_are_not_mended(made):
    Path("lines.txt").write_text("so it goes\n")
    given = ("style", "letters", "1", "--text", "lines.txt", "--out", "a.style", "--run")
    result = run(*given, made[0])
    assert result.exit_code == 2
    assert "name a run that reads with --reader DIR" in result.output


def test_a_language_is_the_judges_and_not_the_proofreaders(hand):
    Path("sentences.txt").write_text("so it goes\nand goes on\nin the end\n")
    given = ("evaluate", "--text", "sentences.txt", "--run", hand, "--seed", 1, "--json", "-")
    alone, with_language = (
        json.loads(run(*given, *more).output) for more in ((), ("--language", "sentences.txt"))
    )
    assert with_language["character_error_rate"] != alone["character_error_rate"]
    for figure in ("broken_by_own_reader", "words_written_anew"):
        assert with_language[figure] == alone[figure]
    result = run(*given, "--language", "absent.txt")
    assert result.exit_code == 1
    assert "absent.txt" in result.output


def test_the_pages_on_writing_and_reading_write_lines_and_read_them(made):
    from test_docs import run as run_page

    texts = ["so it goes", "on"]
    inks = run_page("how-to/write.md")["lines"](*made, texts)
    assert [ink.text for ink in inks] == texts
    read = run_page("how-to/read.md")["texts"](made[1], inks)
    assert [type(text) for text in read] == [str, str]


def test_watchers_are_shown_a_text_in_two_styles(made):
    from hwsynth.callbacks.drawing import Drawing, DrawingCallback, short_text
    from hwsynth.experiment import load as load_run
    from hwsynth.watching import WatchedRun

    class Watching(DrawingCallback):
        """For this test."""

        name = "watching"

    record, model = load_run(made[0], plugins())
    page = Drawing(Watching(lines=3), WatchedRun(RunFolder(made[0]), record, model)).page()
    assert [line.text for line in page.lines] == [short_text(record.data.charset)] * 3


def test_both_loops_hold_the_pen_and_draw_alike(made):
    from hwsynth.experiment import load as load_run

    record, model = load_run(made[0], plugins())
    conditions = Conditions("aligned", record.data.charset, record.writers)
    step = exported_step(RunFolder(made[0]), record)
    writers = [TextWriter(each, record.normalisation, conditions) for each in (model, step)]
    own, other = (np.array(each, np.float32) for each in ([0.5, -0.5], [2.0, 1.0]))
    style = Style(own, {"o": other})
    (first,) = writers[1].draw([Line(TEXT, style, (0,))], bias=1, seed=1)
    held = first.up_to(np.flatnonzero(first.rows[:, 3])[1] + 1)
    lines = [
        Line(TEXT, style, (0, 1, 1), held, stop=4),
        Line("goes", Style(own), (1,)),
    ]
    drawn = [writer.draw(lines, bias=1, seed=1) for writer in writers]
    for a, b in zip(*drawn, strict=True):
        np.testing.assert_allclose(a.rows, b.rows, rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(drawn[0][0].rows[: len(held)], held.rows)
