"""hwsynth write --attention and --density: with models that learnt nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth import Ink
from hwsynth.cli import inside as inside_module
from hwsynth.cli import main
from hwsynth.hand_packing import pack_hand
from hwsynth.hands import packed_hand
from hwsynth.legible_writing import Manner
from hwsynth.opened_hands import open_hand
from hwsynth.step_export import can_export
from hwsynth.styles import Style
from hwsynth.testing.fresh_process import frameworks_loaded_by
from small_corpus import plugins
from text_runs import make_runs, make_window_run

if not can_export():
    pytest.skip(
        "what exporting needs is not installed, or not on this backend", allow_module_level=True
    )

TEXT = "so it goes"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("inside")


@pytest.fixture(scope="module")
def hand(folder: Path) -> Path:
    """A packed hand, its weights in half precision; not to be changed."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        writer, reader = make_runs(folder)
    styles = {"ann": Style(np.array([0.5, -0.5], np.float32))}
    pack_hand(folder / "hand", name="scrawl", generator=writer, reader=reader, styles=styles)
    return folder / "hand"


@pytest.fixture(scope="module")
def window_run(folder: Path) -> Path:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("HWSYNTH_CACHE", str(folder / "cache"))
        make_window_run(folder / "window")
    return folder / "window"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What pictures are made of, instead of pictures."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(
        inside_module,
        "attention_plot",
        lambda inks, seen, path: found.update(inks=inks, seen=seen),
    )
    monkeypatch.setattr(
        inside_module,
        "draw_density_maps",
        lambda maps, path, inks: found.update(maps=maps, over=inks),
    )
    return found


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(main, ["write", *map(str, arguments)])
    assert "Traceback" not in result.output
    return result


def write(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code in (1, 2), result.output
    assert result.output.startswith("error: ")
    assert not list(Path().glob("*.*")), "something was written"
    return result.output


def test_pictures_are_drawn_and_the_page_is_the_same_as_without_them(hand):
    given = (TEXT, "--run", hand, "--seed", 3, "--no-check")
    write(*given, "--out", "a.svg")
    output = write(*given, "--out", "b.svg", "--attention", "seen.svg", "--density", "expected.png")
    assert Path("a.svg").read_bytes() == Path("b.svg").read_bytes()
    assert "seen.svg: what was seen of the text\n" in output
    assert "expected.png: where the pen was expected\n" in output
    assert "<svg" in Path("seen.svg").read_text()
    assert Path("expected.png").read_bytes().startswith(b"\x89PNG")


def test_what_was_seen_is_drawn_without_a_training_framework(hand):
    given = ["write", TEXT, "--run", str(hand), "--no-check", "--attention", "seen.png"]
    loaded = frameworks_loaded_by(
        f"from hwsynth.cli import main; main({given!r}, standalone_mode=False)"
    )
    assert loaded == []
    assert Path("seen.png").is_file()


def test_pictures_show_the_ink_as_it_is_after_words_were_drawn_anew(hand, drawn):
    write(
        TEXT, "--run", hand, "--seed", 3, "--tries", 1,
        "--attention", "a.png", "--density", "d.png",
    )  # fmt: skip
    found = packed_hand(hand)
    legible = open_hand(found, plugins())
    (line,) = legible([TEXT], [found.styles["ann"]], Manner(seed=3, tries=1))
    assert line.first is not None
    (shown,), (over,) = drawn["inks"], drawn["over"]
    np.testing.assert_array_equal(shown.points, line.ink.points)
    np.testing.assert_array_equal(over.points, line.ink.points)
    (seen,), (density,) = drawn["seen"], drawn["maps"]
    assert seen.shape == (len(shown), len(TEXT) + 1)
    assert density.values.sum() * density.pixel**2 == pytest.approx(len(shown), rel=0.02)


def test_a_window_shows_its_weights(window_run, drawn):
    write("so it", "--run", window_run, "--attention", "a.png", "--density", "d.png")
    (shown,), (seen,) = drawn["inks"], drawn["seen"]
    assert seen.shape == (len(shown), len("so it") + 1)
    assert (np.count_nonzero(seen > 1e-3, axis=1) > 1).all()
    assert len(drawn["maps"]) == 1


def test_of_many_lines_the_first_are_shown_and_that_is_said(hand, drawn, monkeypatch):
    monkeypatch.setattr(inside_module, "MOST_LINES", 2)
    Path("letter.txt").write_text("so\nit\ngoes\n")
    output = write(
        "--file", "letter.txt", "--run", hand, "--no-check",
        "--attention", "a.png", "--density", "d.png",
    )  # fmt: skip
    assert output.count("in the first 2 of 3 lines") == 2
    assert [ink.text for ink in drawn["inks"]] == ["so", "it"]
    assert len(drawn["maps"]) == len(drawn["over"]) == 2


def test_lines_that_were_drawn_far_off_are_shown_coarser(hand):
    far = Ink(np.array([[0, 0, 0], [1e7, 10, 1]], np.float32))
    pixel = inside_module._pixel(packed_hand(hand), [far])
    assert 1e7 / pixel == pytest.approx(inside_module.MOST_PIXELS)


BAD = {
    "ending_of_attention": (("--attention", "seen.pdf"), "a plot is a .png or an .svg file"),
    "ending_of_density": (("--density", "expected.svg"), "a heat map is a .png file"),
    "no_folder": (("--density", "nowhere/d.png"), "Make the folder"),
    "no_folder_of_attention": (("--attention", "nowhere/a.png"), "Make the folder"),
    "sheet": (("--sheet", "bias", "--attention", "a.png"), "--attention show"),
    "sheet_of_styles": (("--sheet", "styles", "--density", "d.png"), "--density show"),
    "one_file": (("--attention", "a.png", "--density", "./a.png"), "both name"),
    "another_page": (("--out", "a.svg", "--attention", "./a-12.svg"), "which is a page's"),
    "the_page_itself": (("--out", "a.svg", "--attention", "a.svg"), "--out and --attention"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_before_anything_is_written(name, hand):
    arguments, words = BAD[name]
    assert words in refused(TEXT, "--run", hand, *arguments)


def test_an_empty_text_is_refused_before_the_hand_is_opened(hand, monkeypatch):
    monkeypatch.delattr("hwsynth.cli.write.open_hand")
    given = ("--run", hand, "--attention", "a.png", "--density", "d.png")
    assert "the text is empty" in refused(" ", *given)


def test_a_framework_that_is_missing_is_named_before_anything_is_written(hand, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "abacus")
    assert "KERAS_BACKEND is 'abacus'" in refused(TEXT, "--run", hand, "--density", "d.png")


def test_a_head_without_density_is_named_before_anything_is_written(hand, monkeypatch):
    from hwsynth.layers import OutputHead
    from hwsynth_mdn.layer import MixtureDensityHead

    monkeypatch.setattr(MixtureDensityHead, "density", OutputHead.density)
    assert "gives no density" in refused(TEXT, "--run", hand, "--density", "d.png")
