"""`hwsynth data`, on small trees of IAM-OnDB's shape with invented strokes and texts."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from hwsynth.cli import main

KEYS = {"lines", "strokes", "points", "writers", "dropped", "splits", "characters", "licence"}


def xml(strokes: list[list[tuple[int, int]]]) -> str:
    written = "".join(
        "<Stroke>"
        + "".join(f'<Point x="{x}" y="{y}" time="{x / 100}"/>' for x, y in stroke)
        + "</Stroke>"
        for stroke in strokes
    )
    return f"<WhiteboardCaptureSession><StrokeSet>{written}</StrokeSet></WhiteboardCaptureSession>"


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HWSYNTH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def tree(tmp_path) -> Path:
    """Three good lines of two forms, a damaged one and a scribble."""
    root = tmp_path / "IAM"
    wave = [[(x, 40 * (x % 3)) for x in range(0, 200, 10)], [(90, 120)]]
    good = {"k01-000u-01": wave, "k01-000u-02": wave[:1], "k01-001-01": wave}
    files = {f"{form}.xml": xml(strokes) for form, strokes in good.items()}
    files |= {"k01-000u-03.xml": "<Stroke", "z00-000-01.xml": xml(wave)}
    for name, data in files.items():
        path = root / "lineStrokes" / name[:3] / name[:7] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(data)
    (root / "ascii").mkdir()
    (root / "ascii" / "k01-000u.txt").write_text("CSR:\n\nAn ox\nA <cow> & [b]\nlost\n")
    (root / "trainset.txt").write_text("k01-000u\n")
    (root / "testset_t.txt").write_text("k01-001\n")
    return root


def run(*arguments: object) -> Result:
    result = CliRunner(catch_exceptions=False).invoke(main, ["data", *map(str, arguments)])
    assert "Traceback" not in result.output
    return result


def test_json_accounts_for_every_stroke_file(tree, tmp_path):
    result = run("--dataset", "iam", "--data", tree, "--json", tmp_path / "figures.json")
    assert result.exit_code == 0, result.output
    figures = json.loads((tmp_path / "figures.json").read_text())
    assert figures.keys() >= KEYS
    assert figures["lines"] + sum(figures["dropped"].values()) == 5
    assert (figures["strokes"], figures["points"], figures["writers"]) == (5, 62, 0)
    assert figures["with_text"] == 2
    assert figures["splits"] == {
        "trainset": {"role": "train", "lines": 2},
        "testset_t": {"role": "test", "lines": 1},
    }
    assert figures["characters"]["o"] == 2
    assert figures["median_points"] == 21
    assert figures["median_height"] == 120
    assert sorted(figures["dropped"].values()) == [1, 1]
    assert any("k01-000u-03.xml" in example for example in figures["drop_examples"].values())


def test_the_table_names_what_was_dropped_and_the_licence(tree):
    result = run("--dataset", "iam", "--data", tree)
    for expected in ("3, 2 of them with text", "k01-000u-03.xml", "scribble", "non-commercial"):
        assert expected in result.output


def test_all_characters_are_shown_however_narrow_the_terminal(monkeypatch):
    from hwsynth.cli import options

    monkeypatch.setattr(options.console, "width", 40)
    lines = ("--set", "dataset.lines=60")
    characters = json.loads(run(*lines, "--json", "-").output)["characters"]
    assert len(characters) > 40
    shown = "".join(run(*lines).output.split())
    assert "".join(sorted(character for character in characters if character.isalpha())) in shown


def test_json_to_standard_output_comes_alone(tree):
    result = run("--dataset", "iam", "--data", tree, "--json", "-")
    assert json.loads(result.stdout)["lines"] == 3


def test_a_split_narrows_the_figures_to_its_lines(tree):
    result = run("--dataset", "iam", "--data", tree, "--split", "test", "--json", "-")
    figures = json.loads(result.stdout)
    assert (figures["lines"], figures["with_text"]) == (1, 0)


def test_a_sheet_shows_each_line_under_its_name_and_text(tree, tmp_path):
    out = tmp_path / "sheet.svg"
    assert run("--dataset", "iam", "--data", tree, "--out", out).exit_code == 0
    captions = ["".join(text.itertext()) for text in ElementTree.parse(out).findall(".//{*}text")]
    assert captions == ["k01-000u-01 · An ox", "k01-000u-02 · A <cow> & [b]", "k01-001-01"]


def test_the_seed_chooses_the_lines_of_a_sheet(tree, tmp_path):
    def sheet(seed: int) -> bytes:
        out = tmp_path / "sheet.svg"
        run("--dataset", "iam", "--data", tree, "--out", out, "--count", 1, "--seed", seed)
        return out.read_bytes()

    assert sheet(1) == sheet(1)
    assert len({sheet(seed) for seed in range(8)}) > 1


def test_exporter_options_reach_the_drawing(tree, tmp_path):
    out = tmp_path / "sheet.svg"
    run("--dataset", "iam", "--data", tree, "--out", out, "--set", "exporter.color=#ff0000")
    assert "#ff0000" in out.read_text()


def test_without_options_the_embedded_corpus_is_shown():
    result = run()
    assert result.exit_code == 0, result.output
    assert "synthetic" in result.output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--dataset", "iam"], 2, "--data"),
        (["--dataset", "iam", "--data", "nowhere"], 1, "no folder 'nowhere'"),
        (["--dataset", "iam", "--data", "."], 1, "no stroke files"),
        (["--dataset", "iamm", "--data", "."], 2, "Did you mean 'iam'"),
        (["--set", "core.units=3"], 2, "core.…: here there are"),
        (["--set", "exporter.color=red"], 2, "need a drawing"),
        (["--set", "dataset.nonsense=3"], 2, "nonsense"),
        (["--out", "sheet.doc"], 2, ".svg"),
        (["--count", "0"], 2, "count"),
    ],
)
def test_what_was_given_wrongly_is_said_in_one_line(
    tmp_path, monkeypatch, arguments, code, message
):
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == code
    assert message in result.output


def test_a_split_that_is_not_there_is_a_usage_error(tree):
    result = run("--dataset", "iam", "--data", tree, "--split", "validation")
    assert result.exit_code == 2
    assert "trainset (train, 2 lines)" in result.output


@pytest.mark.real_data
def test_the_real_set_is_accounted_for(test_data):
    result = run("--dataset", "iam", "--data", test_data / "iamondb", "--json", "-")
    figures = json.loads(result.stdout)
    assert figures["lines"] == 8320
    assert sum(figures["dropped"].values()) == 16
    assert figures["splits"]["trainset"] == {"role": "train", "lines": 5364}


def test_texts_are_written_as_lines_have_them(tree, tmp_path):
    texts = tmp_path / "texts.txt"
    given = ("--dataset", "iam", "--data", tree)
    result = run(*given, "--split", "train", "--texts", texts)
    assert result.exit_code == 0, result.output
    assert texts.read_text(encoding="utf-8") == "An ox\nA <cow> & [b]\n"
    result = run(*given, "--split", "testset_t", "--texts", tmp_path / "none.txt")
    assert result.exit_code == 2
    assert "none of these 1 lines of 'iam' has a text to write" in result.output
    assert not (tmp_path / "none.txt").exists()
