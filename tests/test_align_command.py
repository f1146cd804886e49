"""`hwsynth align`, with a reader that is faked in the place of a run's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from faked_reader import FakedReader
from hwsynth.alignment import Alignment
from hwsynth.alignment_file import read_alignment, write_alignment
from hwsynth.cli import main
from hwsynth.corpus import open_corpus
from hwsynth.datasets.synthetic import Synthetic
from hwsynth.run_folder import RunFolder

SMALL = ("--set", "dataset.lines=12", "--set", "dataset.writers=12")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("HWSYNTH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def faked(monkeypatch) -> None:
    """Every run reads as one that knows the synthetic corpus."""
    corpus = open_corpus(Synthetic(lines=12, writers=12), None)
    reader = FakedReader(corpus, corpus.charset)
    monkeypatch.setattr("hwsynth.reading.reader_of", lambda *_: reader)


def run(command: str, *arguments: object, code: int = 0) -> Result:
    result = CliRunner(catch_exceptions=False).invoke(main, [command, *map(str, arguments)])
    assert "Traceback" not in result.output
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def made(faked, trained_run, tmp_path) -> Path:
    run("align", *SMALL, "--run", trained_run, "--out", "a.align")
    return tmp_path / "a.align"


def test_it_says_how_many_lines_how_well_and_how_far_from_known_ends(faked, trained_run):
    result = run("align", *SMALL, "--run", trained_run, "--out", "a.align")
    for expected in ("12  lines aligned", "score at most", "at that lift", "written: a.align"):
        assert expected in result.output


def test_the_file_names_corpus_and_reader_with_their_terms(made, trained_run):
    about = read_alignment(made)[0].about
    corpus = open_corpus(Synthetic(lines=12, writers=12), None)
    assert (about.dataset, about.fingerprint) == ("synthetic", corpus.fingerprint)
    assert about.licence == corpus.licence
    assert about.reader.name == trained_run.name
    assert about.reader.licences == ("made by a formula, free for all",)
    assert len(about.reader.weights) == 64


def test_json_has_the_same_figures(faked, trained_run, tmp_path):
    arguments = ("--run", trained_run, "--out", "a.align", "--json", "-", "--split", "test")
    figures = json.loads(run("align", *SMALL, *arguments).output)
    assert figures["aligned"] == 1
    assert figures["scores"]["0"] == figures["scores"]["1"]
    assert figures["known_ends"]["points"].keys() == {"0.5", "0.9", "0.99"}


def test_where_no_line_can_be_aligned_nothing_is_written(faked, trained_run, tmp_path):
    arguments = ("--run", trained_run, "--out", "a.align", "--min-score", "1")
    result = run("align", *SMALL, *arguments, code=1)
    assert "none of the 12 lines could be aligned" in result.output
    assert "12: a score below 1" in result.output
    assert not (tmp_path / "a.align").exists()


def test_a_run_that_writes_is_refused(trained_run, tmp_path):
    result = run("align", *SMALL, "--run", trained_run, "--out", "a.align", code=2)
    assert "writes and does not read" in result.output


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_read(trained_run):
    result = run("align", "--run", trained_run, "--out", "missing/a.align", code=1)
    assert "Make the folder" in result.output


def test_lines_are_brought_to_the_readers_form_and_to_no_other(trained_run):
    arguments = ("--run", trained_run, "--out", "a.align", "--set", "preparation.unit=line")
    result = run("align", *SMALL, *arguments, code=2)
    assert "here there is dataset.… alone" in result.output


def test_a_sheet_is_drawn_in_the_colours_of_an_alignment(made, tmp_path):
    drawn = ("--color", "character", "--out")
    run("data", *SMALL, *drawn, "own.svg")
    run("data", *SMALL, "--alignment", made, *drawn, "found.svg")
    own, found = ((tmp_path / name).read_text() for name in ("own.svg", "found.svg"))
    assert own != found
    assert own.count('stroke="#ea580c"') > 12


def test_colours_of_characters_need_ends_that_are_known(formula):
    result = run("data", "--dataset", "formula", "--color", "character", "--out", "a.svg", code=2)
    assert "no line of 'formula' has ends of characters" in result.output


def test_a_short_option_and_what_it_is_short_for_are_not_both_taken(made):
    both = ("--alignment", made, "--set", f"preparation.alignment={made}")
    assert "say the same" in run("data", *SMALL, *both, code=2).output


def trained(made: Path) -> Path:
    """A run on lines that are marked by the alignment; an untrained one."""
    from hwsynth.experiment import start
    from hwsynth.run_options import PreparationOptions
    from small_corpus import experiment, plugins

    dataset = Synthetic(lines=12, writers=12)
    options = PreparationOptions(alignment=made)
    start(experiment(dataset=dataset, preparation=options), Path("run"), plugins())
    return Path("run")


def test_a_run_keeps_which_alignment_it_was_trained_with_and_the_terms_of_its_reader(made):
    record = RunFolder(trained(made)).record()
    assert record.preparation.alignment == made
    assert record.data.alignment.checksum == read_alignment(made)[1]
    assert record.licences[-1] == "made by a formula, free for all"


def test_a_run_goes_on_with_its_alignment_where_that_has_moved(made):
    folder = trained(made)
    alignment, _ = read_alignment(made)
    before = RunFolder(folder).record()
    write_alignment(Alignment(alignment.about, {}), Path("other.align"))
    moved = made.rename("moved.align")
    assert "a.align" in run("train", "--run", folder, "--resume", code=1).output
    given = ("train", "--run", folder, "--resume", "--steps", 1)
    other = run(*given, "--set", "preparation.alignment=other.align", code=1).output
    assert "not the alignment that the run was trained with" in other
    assert RunFolder(folder).record() == before
    run(*given, "--set", f"preparation.alignment={moved}")
    assert RunFolder(folder).record().preparation.alignment == moved.absolute()
    assert RunFolder(folder).checkpoint()[1].step == 1


def test_a_run_is_not_gone_on_with_after_its_alignment_has_changed(made):
    folder = trained(made)
    alignment, _ = read_alignment(made)
    few = dict(list(alignment.lines.items())[:-1])
    write_alignment(Alignment(alignment.about, few), made)
    message = "not the alignment that the run was trained with"
    assert message in run("train", "--run", folder, "--resume", code=1).output
