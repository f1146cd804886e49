"""hwsynth demo: what the README's first command makes."""

from __future__ import annotations

from xml.etree import ElementTree

from click.testing import CliRunner

from hwsynth.cli import main
from hwsynth.run_folder import RunFolder
from small_corpus import contents


def test_the_demo_leaves_samples_corpus_plot_and_run_and_overwrites_nothing(formula, tmp_path):
    given = ["demo", "--minutes", "0.0001", "--out", "demo"]
    result = CliRunner().invoke(main, given)
    assert result.exit_code == 0, result.output
    out = tmp_path / "demo"
    for name in ("samples.svg", "corpus.svg"):
        assert name in result.output
        strokes = ElementTree.parse(out / name).findall(".//{*}g[@id]")
        assert len(strokes) == 8, name
    assert (out / "loss.png").read_bytes().startswith(b"\x89PNG")
    run = RunFolder(out / "run")
    assert run.record().dataset.name == "synthetic"
    assert run.weights()
    before = contents(out)
    again = CliRunner().invoke(main, given)
    assert again.exit_code == 1
    assert "nothing of it is overwritten" in again.stderr
    assert contents(out) == before
