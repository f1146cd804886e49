"""The pages are those of the code, and the code in them runs."""

from __future__ import annotations

import importlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from hwsynth import Ink, Page
from hwsynth.cli import COMMANDS
from hwsynth.plugins import KINDS
from hwsynth.testing import check_dataset, check_exporter

DOCS = Path(__file__).parents[1] / "docs"
PAGES = ("cli.md", "components.md", "hooks.md", "python.md")


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    """docs/reference.py, which writes the pages."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.syspath_prepend(DOCS)
        return importlib.import_module("reference")


@pytest.fixture(scope="module")
def pages(reference: ModuleType) -> dict[str, str]:
    """What must stand in each page."""
    written: dict[str, str] = reference.pages()
    return written


def blocks(page: str) -> list[str]:
    """The Python code of a page."""
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)


def run(page: str) -> dict[str, Any]:
    """What is defined after all blocks of a page ran, one after the other."""
    names: dict[str, Any] = {"__name__": "page"}
    for number, block in enumerate(blocks(page)):
        exec(compile(block, f"{page}, block {number + 1}", "exec"), names)
    return names


@pytest.fixture
def module(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Imports a page's code as the file that it tells to write: options are documented there."""

    def module(page: str) -> ModuleType:
        file = tmp_path_factory.mktemp("plugin") / "of_a_page.py"
        file.write_text("\n".join(blocks(page)), encoding="utf-8")
        monkeypatch.syspath_prepend(file.parent)
        monkeypatch.delitem(sys.modules, file.stem, raising=False)
        return importlib.import_module(file.stem)

    return module


@pytest.mark.parametrize("page", PAGES)
def test_the_reference_pages_are_those_of_the_code(pages: dict[str, str], page: str) -> None:
    committed = (DOCS / "reference" / page).read_text("utf-8")

    assert committed == pages[page], (
        f"docs/reference/{page} does not fit the code; write it anew with: python docs/reference.py"
    )


def test_the_figures_of_the_page_on_speed_are_those_that_were_measured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(DOCS)
    speed = importlib.import_module("speed")
    committed = speed.PAGE.read_text("utf-8")

    assert "<!-- figures: table -->" in committed
    assert speed.page(committed) == committed, (
        "docs/speed.md does not fit docs/speed/; write it anew with: python docs/speed.py"
    )
    assert speed.page(committed.replace("| `cwrnn-train` |", "| ")) == committed


def test_every_command_hook_and_public_name_is_in_the_reference(
    pages: dict[str, str], reference: ModuleType
) -> None:
    import hwsynth

    assert not [name for name in COMMANDS if f"## hwsynth {name}\n" not in pages["cli.md"]]
    assert not [name for name in hwsynth.__all__ if f"### {name}\n" not in pages["python.md"]]
    hooks = [name for name in vars(hwsynth.hookspecs) if name.startswith("hwsynth_")]
    assert len(hooks) >= len(KINDS)
    assert not [name for name in hooks if f"## {name}\n" not in pages["hooks.md"]]


def test_every_option_of_a_component_is_in_the_reference(
    pages: dict[str, str], reference: ModuleType
) -> None:
    keys = [
        f"`{found.section}.{option}`"
        for found in reference.first_party()
        for option in found.component.model_fields
    ]

    assert "`core.units`" in keys
    assert not [key for key in keys if key not in pages["components.md"]]


def test_a_new_option_makes_the_page_of_commands_stale(
    reference: ModuleType, pages: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import click

    from hwsynth.cli import demo

    new = click.Option(["--louder"], help="Not there yet.")
    monkeypatch.setattr(demo.command, "params", [*demo.command.params, new])

    assert "| `--louder TEXT` | Not there yet. |" in "\n".join(reference.cli_page())
    assert "--louder" not in pages["cli.md"]


def test_every_public_name_says_what_it_is(reference: ModuleType) -> None:
    import hwsynth

    docs = {name: reference.definition("hwsynth", name).docs for name in hwsynth.__all__}

    assert not [name for name, text in docs.items() if not text]


def test_the_reference_is_written_without_a_training_framework() -> None:
    code = (
        "import sys, reference; reference.pages();"
        "print([m for m in ('keras', 'tensorflow', 'jax', 'torch') if m in sys.modules])"
    )
    paths = os.pathsep.join([str(DOCS), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


def test_every_page_with_code_is_tried() -> None:
    # read.md by test_reading.py, which has a reader.
    tried = {"dataset-plugin.md", "exporter.md", "run-folder.md", "hand.md", "read.md", "write.md"}
    with_code = {page.name for page in (DOCS / "how-to").iterdir() if blocks(f"how-to/{page.name}")}

    assert with_code == tried


def test_the_dataset_of_the_page_reads_a_folder_of_text_files(tmp_path: Path, module: Any) -> None:
    from hwsynth import Dropped

    plain = module("how-to/dataset-plugin.md").hwsynth_datasets()[0](check_every=2)
    for number in range(3):
        np.savetxt(tmp_path / f"{number}.txt", [[0, 0, 0], [number, 1, 0]][: number + 1])

    check_dataset(plain, tmp_path)
    lines = list(plain.read(tmp_path))

    assert isinstance(lines[0], Dropped)
    assert [line.split for line in lines[1:]] == ["learn", "check"]
    np.testing.assert_array_equal(lines[2].points, [[0, 0, 0], [2, 1, 1]])


def test_the_exporter_of_the_page_writes_millimetres(tmp_path: Path, module: Any) -> None:
    csv = module("how-to/exporter.md").hwsynth_exporters()[0](line_height_mm=10)
    ink = Ink(np.array([[0, 0, 0], [50, 100, 1], [20, 0, 1]], np.float32))

    check_exporter(csv)
    csv.write(Page([ink], line_height=100), tmp_path / "a.csv")

    assert (tmp_path / "a.csv").read_text().splitlines() == [
        "line,stroke,x_mm,y_mm",
        "0,0,0.000,0.000",
        "0,0,5.000,10.000",
        "0,1,2.000,0.000",
    ]
    assert list(tmp_path.iterdir()) == [tmp_path / "a.csv"]


def test_the_page_on_text_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    run("text.md")

    assert capsys.readouterr().out in (DOCS / "text.md").read_text("utf-8")


def test_the_page_on_pages_writes_a_letter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    run("pages.md")

    assert 'width="148mm"' in (tmp_path / "letter.svg").read_text("utf-8")


def test_the_page_on_run_folders_reads_one_and_writes_with_it(
    trained_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained_run, tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    from hwsynth import experiment
    from small_corpus import plugins

    monkeypatch.setattr("hwsynth.plugins.load", plugins)
    assert experiment is not None

    names = run("how-to/run-folder.md")

    assert [len(line) for line in names["lines"]] == [61, 61, 61]
    assert "<svg" in (tmp_path / "three.svg").read_text()


def test_the_page_on_hands_gives_the_folder_beside_its_module() -> None:
    names = run("how-to/hand.md")
    names["__file__"] = "package/__init__.py"

    assert names["hwsynth_hands"]() == [Path("package/hand")]


def test_the_page_on_the_clockwork_core_draws_its_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    run("explanation/clockwork.md")

    drawn = (tmp_path / "clockwork-ticks.svg").read_text()
    assert drawn == (DOCS / "images" / "clockwork-ticks.svg").read_text()
