"""hwsynth new-plugin: a package to begin from, under a name of one's own."""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from packaging.requirements import Requirement
from packaging.version import Version

import hwsynth
from hwsynth import skeletons
from hwsynth.cli import main
from hwsynth.plugins import find
from hwsynth.run_folder import RunFolder
from hwsynth.skeletons import KINDS
from hwsynth.testing import check_readme
from small_corpus import SETTINGS, contents
from test_atomic import files_no_larger_than

pytestmark = pytest.mark.usefixtures("formula")
every_kind = pytest.mark.parametrize("kind", KINDS)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, list(map(str, arguments)), prog_name="hwsynth")


def done(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


@every_kind
def test_the_package_is_the_skeleton_under_a_name_of_its_own(kind):
    done("new-plugin", kind, f"my-some-{kind}_2")
    files = contents(Path(f"hwsynth-my-some-{kind}_2"))
    module = f"my_some_{kind}_2"
    assert {f"src/hwsynth_{module}/__init__.py", f"tests/test_{module}.py"} <= files.keys()
    whole = b"".join(files.values()).decode()
    assert f"class MySome{kind.capitalize()}2(" in whole
    assert f'"my-some-{kind}_2"' in whole
    # Nothing of the skeleton's own name is left, beside the new one that holds it.
    rest = re.sub(f"my[-_]?some[-_]?{kind}", "", "".join([whole, *files]), flags=re.IGNORECASE)
    assert not re.search(f"some[-_]?{kind}", rest, re.IGNORECASE)


@every_kind
def test_the_package_needs_this_version_and_none_that_may_break_it(kind):
    done("new-plugin", kind, "mine")
    project = tomllib.loads(Path("hwsynth-mine/pyproject.toml").read_text("utf-8"))["project"]
    (needed,) = map(Requirement, project["dependencies"])
    assert needed.name == "hwsynth"
    assert needed.specifier.contains(hwsynth.__version__)
    this = Version(hwsynth.__version__)
    assert not needed.specifier.contains(f"{this.major}.{this.minor + 1}")


def test_a_package_made_by_a_version_in_the_making_can_be_installed_with_it(monkeypatch):
    monkeypatch.setattr(hwsynth, "__version__", "0.3.0.dev2")
    done("new-plugin", "core", "mine")
    assert '"hwsynth>=0.3.0.dev2,<0.4"' in Path("hwsynth-mine/pyproject.toml").read_text("utf-8")


@every_kind
def test_what_is_made_is_a_plugin_whose_readme_has_its_options(pip, kind):
    done("new-plugin", kind, "mine")
    pip.install(Path("hwsynth-mine"))
    plugins = find()
    assert plugins.provider(kind, "mine") == ("hwsynth-mine", "0.1.0")
    check_readme(plugins.component(kind, "mine"), Path("hwsynth-mine/README.md"))


def test_a_new_core_is_trained_resumed_evaluated_and_written_with(pip):
    done("new-plugin", "core", "mine")
    pip.install(Path("hwsynth-mine"))
    chosen = [word for setting in SETTINGS for word in ("--set", setting)]
    done("train", "--core", "mine", "--dataset", "formula", "--run", "r", "--steps", 2, *chosen)
    done("train", "--run", "r", "--resume", "--steps", 4)
    assert [row["step"] for row in RunFolder(Path("r")).history()] == [1, 2, 3, 4]
    done("evaluate", "--run", "r", "--json", "figures.json")
    assert json.loads(Path("figures.json").read_text())["nats_per_point"] < 10
    done("sample", "--run", "r", "--count", 2, "--steps", 30, "--out", "lines.svg")
    assert len(ET.parse("lines.svg").findall(".//{*}g[@id]")) == 2


@every_kind
def test_it_ends_with_what_to_type_next(kind):
    said = done("new-plugin", kind, "mine").splitlines()
    install, test, use = (shlex.split(line) for line in said[1:])
    assert install == ["pip", "install", "-e", "./hwsynth-mine", "pytest"]
    assert test == ["pytest", "./hwsynth-mine"]
    assert use[0] == "hwsynth"
    assert "mine" in " ".join(use)


@pytest.mark.parametrize("folder", ["my plugins", "{here}/elsewhere", "../{name}/up"])
def test_the_folder_can_be_chosen_and_what_to_type_names_it(folder, tmp_path):
    folder = folder.format(here=tmp_path, name=tmp_path.name)
    said = done("new-plugin", "core", "mine", "--folder", folder).splitlines()
    assert (tmp_path / folder / "pyproject.toml").is_file()
    test = shlex.split(said[2])
    assert os.path.samefile(test[1], folder)
    assert test[1].startswith((".", "/"))


@pytest.mark.parametrize(
    "name", ["Mine", "2nd", "my--core", "-mine_", "my.core", "../mine", "", " mine", "é", "a" * 41]
)
def test_a_name_that_cannot_be_one_is_refused_with_its_form(name, tmp_path):
    before = contents(tmp_path)
    result = run("new-plugin", "core", "--", name)
    assert result.exit_code == 2
    assert f"'{name}' cannot be a core's name: it must be a small letter, then" in result.stderr
    assert "such as my-core" in result.stderr
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["class", "none", "async"])
def test_a_word_of_pythons_own_is_refused(name):
    result = run("new-plugin", "core", name)
    assert result.exit_code == 2
    assert f"'{name}' is a word of Python's own; choose another name" in result.stderr


@pytest.mark.parametrize("name", ["core", "recurrent-core", "any", "field", "tensor"])
def test_a_name_whose_class_the_package_needs_for_something_else_is_refused(name):
    result = run("new-plugin", "core", name)
    assert result.exit_code == 2
    assert f"'{name}' would be the class" in result.stderr
    assert f"such as my-{name}" in result.stderr
    assert not Path(f"hwsynth-{name}").exists()


def test_the_name_of_an_installed_component_is_refused_with_its_package():
    result = run("new-plugin", "core", "gru")
    assert result.exit_code == 2
    assert "there is a core 'gru' already, from hwsynth-lstm" in result.stderr


def test_the_name_of_an_installed_package_is_refused():
    result = run("new-plugin", "core", "mdn")
    assert result.exit_code == 2
    assert "a package hwsynth_mdn is installed already" in result.stderr


def test_an_unknown_kind_is_refused_with_those_there_are():
    result = run("new-plugin", "kernel", "mine")
    assert result.exit_code == 2
    for kind in KINDS:
        assert kind in result.stderr


def test_what_is_there_already_is_left_as_it_is(tmp_path):
    done("new-plugin", "core", "mine")
    Path("hwsynth-mine/README.md").write_text("my own words")
    before = contents(tmp_path)
    result = run("new-plugin", "core", "mine")
    assert result.exit_code == 1
    assert "hwsynth-mine is there already, and nothing of it is overwritten" in result.stderr
    assert contents(tmp_path) == before


def test_a_disk_that_is_full_leaves_no_half_of_a_package(tmp_path):
    before = contents(tmp_path)
    with files_no_larger_than(1000):
        result = run("new-plugin", "core", "mine")
    assert result.exit_code == 1
    assert "hwsynth-mine cannot be made: File too large" in result.stderr
    assert contents(tmp_path) == before
    assert not Path("hwsynth-mine").exists()


def test_a_folder_within_one_that_is_missing_is_refused():
    result = run("new-plugin", "core", "mine", "--folder", "missing/mine")
    assert result.exit_code == 1
    assert "Make the folder" in result.stderr


def test_modules_that_python_compiled_are_not_part_of_a_package(monkeypatch, tmp_path):
    compiled = tmp_path / "skeletons/core/src/__pycache__/layer.cpython-313.pyc"
    compiled.parent.mkdir(parents=True)
    compiled.write_bytes(b"\xff\x00")
    (compiled.parents[1] / "layer.py").write_text("x = 1\n")
    monkeypatch.setattr(skeletons, "FOLDER", tmp_path / "skeletons")
    done("new-plugin", "core", "mine")
    assert contents(Path("hwsynth-mine")) == {"src/layer.py": b"x = 1\n"}
