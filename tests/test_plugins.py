from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import hwsynth
from hwsynth import UsageError
from hwsynth.plugin_loading import EXTRA
from hwsynth.plugins import Plugins, find, load
from hwsynth.testing import check_exporter

Install = Callable[..., None]

CORE = """
    from hwsynth import Core, hookimpl

    class Clock(Core):
        name = "{name}"
        units: int = 3

    @hookimpl
    def hwsynth_cores():
        return [Clock]
"""

EXPORTER = """
    from hwsynth import Exporter, hookimpl

    class Plot(Exporter):
        name = "{name}"
        suffix = "{suffix}"

    @hookimpl
    def hwsynth_exporters():
        return [Plot]
"""


def write_package(folder: Path, plugin: str, code: str, requires: str | None = None) -> None:
    """What pip leaves of a package `hwsynth-PLUGIN` 1.2: a module and its metadata."""
    lines = code.strip("\n").splitlines()
    indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
    (folder / f"{plugin}.py").write_text("\n".join(line[indent:] for line in lines))
    metadata = folder / f"hwsynth_{plugin}-1.2.dist-info"
    metadata.mkdir()
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: hwsynth-{plugin}\nVersion: 1.2\n{needs}"
    )
    (metadata / "entry_points.txt").write_text(f"[hwsynth]\n{plugin} = {plugin}\n")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Installs a package for one test; its name must be no other module's."""
    before = set(sys.modules)

    def add(plugin: str, code: str, requires: str | None = None) -> None:
        write_package(tmp_path, plugin, code, requires)
        monkeypatch.syspath_prepend(tmp_path)

    yield add
    for name in set(sys.modules) - before:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    load.cache_clear()


def problem(plugins: Plugins, plugin: str) -> str:
    (message,) = [each.message for each in plugins.problems if each.plugin == plugin]
    return message


def test_the_built_in_components_come_through_the_hooks_without_a_problem():
    plugins = find()
    assert {"iam", "synthetic"} <= set(plugins.names("dataset"))
    assert {"json", "svg"} <= set(plugins.names("exporter"))
    assert plugins.provider("exporter", "svg") == ("hwsynth", hwsynth.__version__)
    assert [each for each in plugins.problems if each.plugin.startswith("hwsynth")] == []


def test_an_installed_plugin_is_found_with_its_package(install):
    install("blue_clock", CORE.format(name="blue-clock"))
    plugins = find()
    assert "blue-clock" in plugins.names("core")
    assert plugins.component("core", "blue-clock")().units == 3
    assert plugins.provider("core", "blue-clock") == ("hwsynth-blue_clock", "1.2")


BROKEN = {
    "misses_a_library": (
        "import no_such_library",
        r"left out: it cannot be imported: ModuleNotFoundError: No module named "
        r"'no_such_library' \(.*/misses_a_library\.py, line 1\)",
    ),
    "exits": ("raise SystemExit(3)", "it cannot be imported: SystemExit: 3"),
    "does_not_parse": ("def (", "it cannot be imported: SyntaxError: .*does_not_parse.py, line 1"),
    "gives_a_hand_that_is_no_list": (
        "import pathlib, hwsynth\n@hwsynth.hookimpl\ndef hwsynth_hands():\n"
        "    return pathlib.Path('.')",
        r"hwsynth_hands\(\) must return a list of folders, got",
    ),
    "gives_a_hand_that_is_not_there": (
        "import pathlib, hwsynth\n@hwsynth.hookimpl\ndef hwsynth_hands():\n"
        "    return [pathlib.Path('no/hand')]",
        r"hwsynth_hands\(\) must return paths of folders that are there, got .*no/hand",
    ),
    "is_empty": ("", "it implements no hook; there are: hwsynth_datasets, hwsynth_cores"),
    "misspells": (
        CORE.replace("hwsynth_cores", "hwsynth_core"),
        "no hook named 'hwsynth_core'; there are: .* Did you mean 'hwsynth_cores'",
    ),
    "misspells_unmarked": (
        CORE.replace("hwsynth_cores", "hwsynth_corse").replace("@hookimpl", ""),
        "no hook named 'hwsynth_corse'; .* Did you mean 'hwsynth_cores'",
    ),
    "forgets_the_marker": (
        CORE.replace("@hookimpl", ""),
        r"hwsynth_cores\(\) is not marked; write @hwsynth.hookimpl above it",
    ),
    "asks_for_arguments": (
        CORE.replace("hwsynth_cores()", "hwsynth_cores(colour)"),
        "its hooks are not right: .*colour",
    ),
    "fails_when_asked": (
        CORE.replace("return [Clock]", "return 1 / 0"),
        r"hwsynth_cores\(\) fails: ZeroDivisionError: .*/fails_when_asked\.py, line 9\)",
    ),
    "forgets_to_return": (
        CORE.replace("return [Clock]", "[Clock]"),
        r"hwsynth_cores\(\) must return a list of classes, got None",
    ),
    "returns_instances": (
        CORE.replace("[Clock]", "[Clock()]"),
        r"must return classes derived from hwsynth\.Core, got Clock\(units=3\)",
    ),
    "returns_another_kind": (
        CORE.replace("hwsynth_cores", "hwsynth_heads"),
        r"hwsynth_heads\(\) must return classes derived from hwsynth\.Head",
    ),
    "has_no_name": (CORE.replace('name = "{name}"', ""), "Clock lacks the class attribute name"),
    "has_a_name_no_one_can_type": (
        CORE.replace("{name}", "My Clock"),
        "Clock.name must be small letters, digits, - and _, got 'My Clock'",
    ),
    "has_an_option_without_default": (
        CORE.replace("int = 3", "int"),
        "Clock has no default for units; give one",
    ),
    "has_an_option_of_no_kind": (
        CORE.replace("int = 3", "type = object").replace("{name}", "x"),
        "the options of Clock cannot be described",
    ),
    "has_a_suffix_that_is_no_text": (
        EXPORTER.format(name="strange", suffix="").replace('""', "7"),
        "it cannot be used: TypeError",
    ),
    "has_a_strange_suffix": (
        EXPORTER.format(name="strange", suffix="svg"),
        r"Plot.suffix must be like '\.svg', got 'svg'",
    ),
}


@pytest.mark.parametrize("plugin", BROKEN)
def test_a_broken_plugin_is_named_with_the_reason_and_the_others_work(install, plugin):
    code, reason = BROKEN[plugin]
    install(plugin, code.replace("{name}", "broken"))
    install("works_well", CORE.format(name="works-well"))
    plugins = find()
    assert re.search(reason, problem(plugins, plugin))
    assert "works-well" in plugins.names("core")
    assert "broken" not in plugins.names("core")


def test_a_plugin_for_another_version_is_not_even_imported(install):
    install("too_new", "raise AssertionError('imported')", requires="hwsynth>=7")
    message = problem(find(), "too_new")
    assert f"hwsynth-too_new 1.2 needs hwsynth>=7, and this is {hwsynth.__version__}" in message
    assert "Try: pip install --upgrade hwsynth hwsynth-too_new" in message


@pytest.mark.parametrize(
    "requires", ["hwsynth>=0.1", "hwsynth>=7 ; extra == 'later'", "numpy>=0.1"]
)
def test_a_plugin_for_this_version_is_taken(install, requires):
    install("fits", CORE.format(name="fits"), requires=requires)
    assert "fits" in find().names("core")


def test_a_plugin_that_is_too_old_for_this_version_is_not_even_imported(install, monkeypatch):
    wanted = {"hwsynth-too-old": SpecifierSet(">=2,<3")}
    monkeypatch.setattr("hwsynth.plugin_loading.wanted_plugins", lambda: wanted)
    install("too_old", "raise AssertionError('imported')")
    message = problem(find(), "too_old")
    assert f"hwsynth {hwsynth.__version__} needs hwsynth-too_old<3,>=2, and this is 1.2" in message
    assert "Try: pip install 'hwsynth-too_old<3,>=2'" in message


def test_this_version_says_which_first_party_plugins_it_works_with(monkeypatch):
    from hwsynth import plugin_loading

    requires = [
        "numpy>=1",
        "hwsynth-lstm<0.2,>=0.1; extra == 'plugins'",
        "jax; extra == 'jax'",
        "tomli; python_version < '3'",
    ]
    monkeypatch.setattr("importlib.metadata.requires", lambda name: requires)
    plugin_loading.wanted_plugins.cache_clear()
    wanted = plugin_loading.wanted_plugins()
    plugin_loading.wanted_plugins.cache_clear()
    assert wanted == {"hwsynth-lstm": SpecifierSet(">=0.1,<0.2")}


def test_a_plugin_works_with_a_version_in_the_making(install, monkeypatch):
    monkeypatch.setattr(hwsynth, "__version__", "0.2.0.dev1")
    install("fits", CORE.format(name="fits"), requires="hwsynth>=0.1")
    assert "fits" in find().names("core")


def test_a_requirement_that_cannot_be_read_is_a_problem(install):
    install("unreadable", CORE.format(name="unreadable"), requires="hwsynth ><7")
    assert "a requirement that cannot be read, 'hwsynth ><7'" in problem(find(), "unreadable")


def test_what_an_interrupted_installation_leaves_takes_nothing_down(install, tmp_path):
    install("half_there", "import no_such_library")
    (tmp_path / "hwsynth_half_there-1.2.dist-info" / "METADATA").unlink()
    install("works_well", CORE.format(name="works-well"))
    plugins = find()
    assert "cannot be imported" in problem(plugins, "half_there")
    assert "works-well" in plugins.names("core")


def test_of_two_components_of_one_name_the_first_plugin_keeps_it(install):
    install("zz_second", CORE.format(name="twice"))
    install("aa_first", CORE.format(name="twice"))
    plugins = find()
    assert plugins.provider("core", "twice")[0] == "hwsynth-aa_first"
    assert problem(plugins, "zz_second").startswith(
        "its core 'twice' is left out: hwsynth-aa_first has a core of that name"
    )


def test_a_built_in_component_keeps_its_name(install):
    install("aa_svg", EXPORTER.format(name="svg", suffix=".other"))
    plugins = find()
    assert plugins.provider("exporter", "svg")[0] == "hwsynth"
    assert "its exporter 'svg' is left out" in problem(plugins, "aa_svg")


def test_a_name_is_taken_within_a_kind_only(install):
    install("svg_core", CORE.format(name="svg"))
    assert "svg" in find().names("core")


def test_two_exporters_of_one_ending_collide_since_the_ending_chooses(install):
    install("aa_svg", EXPORTER.format(name="other", suffix=".svg"))
    assert "its exporter '.svg' is left out" in problem(find(), "aa_svg")


def test_a_plugins_other_components_stay_where_one_collides(install):
    install(
        "half_taken",
        EXPORTER.format(name="svg", suffix=".svg") + CORE.format(name="half-free").strip("\n"),
    )
    plugins = find()
    assert "half-free" in plugins.names("core")
    assert "svg" in problem(plugins, "half_taken")


def test_an_unknown_name_is_refused_with_what_there_is_and_what_to_install():
    with pytest.raises(UsageError, match=r"no exporter named 'qqq'; there are: .*json, .*svg"):
        find().component("exporter", "qqq")
    with pytest.raises(UsageError, match="Try: pip install hwsynth-qqq"):
        find().provider("exporter", "qqq")


def test_an_unknown_name_near_another_is_refused_with_the_other():
    with pytest.raises(UsageError, match="Did you mean 'synthetic'"):
        find().component("dataset", "syntetic")


@pytest.mark.parametrize("name", ["a.svg", "A.SVG", "a.b.svg"])
def test_the_ending_of_a_file_chooses_the_exporter(name):
    assert find().exporter_for(Path(name)).name == "svg"


def test_the_longest_ending_that_fits_chooses(install):
    install("packed", EXPORTER.format(name="packed", suffix=".packed.svg"))
    assert find().exporter_for(Path("a.packed.svg")).name == "packed"


@pytest.mark.parametrize("name", ["a.bmp", "a", "svg"])
def test_an_ending_that_nothing_writes_is_refused_with_those_there_are(name):
    with pytest.raises(
        UsageError, match=rf"such as '{name}'; endings there are: .*\.json, .*\.svg"
    ):
        find().exporter_for(Path(name))


def test_problems_are_warned_of_once(install, caplog):
    install("misses_a_library", "import no_such_library")
    load.cache_clear()
    with caplog.at_level(logging.WARNING, "hwsynth"):
        load()
        load()
    (message,) = [text for text in caplog.messages if "misses_a_library" in text]
    assert message.startswith("plugin 'misses_a_library': left out: it cannot be imported")
    assert message.endswith("; see: hwsynth plugins")


def test_the_example_for_contributors_is_a_plugin_that_works(install, tmp_path):
    guide = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text("utf-8")
    (code,) = re.findall("```python\n(.*?)```", guide, re.DOTALL)
    install("hwsynth_tally", code)
    exporter = find().exporter_for(Path("a.txt"))
    check_exporter(exporter(unit="dots"))
    ink = hwsynth.Ink([[0, 0, 0], [1, 1, 1]])
    exporter(unit="dots").write(hwsynth.Page([ink], line_height=1), tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text() == "2 dots\n"


def hwsynth_command(*arguments: str, path: Path) -> subprocess.CompletedProcess[str]:
    script = "from hwsynth.cli import main; main(prog_name='hwsynth')"
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": str(path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_packages_on_disk_are_listed_and_broken_ones_named(tmp_path):
    write_package(tmp_path, "green_clock", CORE.format(name="green-clock"))
    write_package(tmp_path, "misses_a_library", "import no_such_library")
    result = hwsynth_command("plugins", path=tmp_path)
    assert result.returncode == 0
    assert "green-clock  hwsynth-green_clock 1.2" in result.stdout
    assert "core.units=3  int" in result.stdout
    assert "misses_a_library: left out: it cannot be imported" in result.stdout
    assert result.stderr == ""


def test_other_commands_warn_of_a_broken_plugin_in_one_line(tmp_path):
    write_package(tmp_path, "misses_a_library", "import no_such_library")
    result = hwsynth_command("train", "--core", "qqq", "--run", str(tmp_path / "r"), path=tmp_path)
    warning, error = result.stderr.splitlines()
    assert warning.startswith("warning: plugin 'misses_a_library': left out")
    assert error.startswith("error: no core named 'qqq'")
    assert result.returncode == 2
    assert not (tmp_path / "r").exists()


def test_first_party_plugins_and_the_core_name_each_other():
    """What pyproject.toml says: the extra `plugins` has each of them, at the version it is at."""
    root = Path(__file__).parents[1]
    core = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    wanted = {each.name: each for each in map(Requirement, core["optional-dependencies"][EXTRA])}
    own = {}
    for file in sorted(root.glob("plugins/*/pyproject.toml")):
        plugin = tomllib.loads(file.read_text())["project"]
        own[plugin["name"]] = plugin["version"]
        (needs,) = (r for r in map(Requirement, plugin["dependencies"]) if r.name == "hwsynth")
        assert needs.specifier.contains(hwsynth.__version__)
    assert own.keys() == wanted.keys()
    assert all(wanted[name].specifier.contains(version) for name, version in own.items())
