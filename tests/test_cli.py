from __future__ import annotations

import importlib
import json
import logging
import os
import re
import subprocess
import sys
import types
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

import hwsynth
from hwsynth.cli import COMMANDS, main
from hwsynth.cli.options import dataset_options, json_option, set_option, write_json
from hwsynth.errors import DataError, UsageError

SCRIPT = "from hwsynth.cli import main; main(prog_name='hwsynth')"

HEAVY = {
    "jax", "keras", "tensorflow", "torch", "HersheyFonts", "lxml", "matplotlib", "pyarrow",
    "svgwrite",
}  # fmt: skip


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="hwsynth")


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], None]:
    """Puts a command of the test's own in the place of `demo`."""

    def replace(body: Callable[..., None]) -> None:
        module = types.ModuleType("hwsynth.cli.demo")
        module.command = body if isinstance(body, click.Command) else click.command()(body)
        monkeypatch.setitem(sys.modules, "hwsynth.cli.demo", module)

    return replace


def test_help_names_every_command_in_the_order_of_use():
    listed = run("--help").stdout.partition("Commands:\n")[2]
    assert re.findall(r"^  ([\w-]+)", listed, re.MULTILINE) == list(COMMANDS)


def test_the_help_cuts_no_line_short():
    assert "..." not in run("--help").stdout.partition("Commands:\n")[2]


@pytest.mark.parametrize("name", COMMANDS)
def test_the_line_in_the_help_is_how_the_commands_own_help_begins(name):
    command = importlib.import_module(f"hwsynth.cli.{name.replace('-', '_')}").command
    assert command.help.startswith(COMMANDS[name].rstrip("."))


def test_the_version_is_told():
    assert run("--version").stdout == f"hwsynth {hwsynth.__version__}\n"


@pytest.mark.parametrize("arguments", [["--help"], ["plugins"]])
def test_help_and_listing_import_nothing_heavy(arguments):
    report = f"import atexit, sys; atexit.register(lambda: print('\\n', *sys.modules)); {SCRIPT}"
    result = subprocess.run(
        [sys.executable, "-c", report, *arguments], capture_output=True, text=True, check=True
    )
    assert HEAVY.isdisjoint(result.stdout.splitlines()[-1].split())


def test_a_misspelt_command_is_a_usage_error():
    result = run("trian")
    assert result.exit_code == 2
    assert "trian" in result.stderr


@pytest.mark.parametrize(("error", "code"), [(UsageError, 2), (DataError, 1)])
def test_a_users_error_is_one_line_and_its_exit_code(demo, error, code):
    def fail() -> None:
        raise error("no ink here")

    demo(fail)
    result = run("demo")
    assert result.stderr == "error: no ink here\n"
    assert result.exit_code == code


def test_a_bug_keeps_its_traceback(demo):
    def fail() -> None:
        raise ZeroDivisionError

    demo(fail)
    assert isinstance(run("demo").exception, ZeroDivisionError)


def test_an_interrupt_ends_quietly_as_shells_expect(demo):
    def interrupt() -> None:
        raise KeyboardInterrupt

    demo(interrupt)
    result = run("demo")
    assert result.stderr.split() == ["interrupted"]
    assert result.exit_code == 130


def test_what_the_library_warns_of_is_one_line_on_stderr(demo):
    demo(lambda: logging.getLogger("hwsynth.plugins").warning("no %s", "ink"))
    result = run("demo")
    assert (result.stdout, result.stderr) == ("", "warning: no ink\n")


@pytest.mark.parametrize(("set_before", "seen_by_commands"), [(None, "3"), ("0", "0")])
def test_tensorflow_is_quiet_unless_the_user_says_otherwise(
    demo, monkeypatch, set_before, seen_by_commands
):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", set_before or "")
    if set_before is None:
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL")
    demo(lambda: click.echo(os.environ["TF_CPP_MIN_LOG_LEVEL"]))
    assert run("demo").stdout == f"{seen_by_commands}\n"


def test_a_reader_that_goes_away_ends_the_listing_quietly():
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "plugins"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait() != 0


def test_options_of_parts_are_handed_on_as_typed(demo):
    seen = []
    demo(click.command()(set_option(lambda assignments: seen.append(assignments))))
    assert run("demo", "--set", "core.units=3", "--set", "head.mixtures=1").exit_code == 0
    assert seen == [("core.units=3", "head.mixtures=1")]


def test_the_synthetic_dataset_is_the_default(demo):
    seen = []
    demo(click.command()(dataset_options(lambda dataset, data: seen.append((dataset, data)))))
    run("demo")
    run("demo", "--dataset", "iam", "--data", "folder")
    assert seen == [("synthetic", None), ("iam", Path("folder"))]


def test_figures_go_to_a_file_or_to_standard_output(demo, tmp_path):
    demo(click.command()(json_option(lambda json_file: write_json({"σ": 1}, json_file))))
    assert run("demo").stdout == ""
    assert json.loads(run("demo", "--json", "-").stdout) == {"σ": 1}
    run("demo", "--json", str(tmp_path / "a.json"))
    assert json.loads((tmp_path / "a.json").read_text("utf-8")) == {"σ": 1}


def test_figures_for_a_folder_that_is_missing_are_refused_before_any_work(demo, tmp_path):
    demo(click.command()(json_option(lambda json_file: pytest.fail("the work was done"))))
    result = run("demo", "--json", str(tmp_path / "missing" / "a.json"))
    assert result.exit_code == 1
    assert f"cannot be written: Make the folder {tmp_path / 'missing'} first" in result.stderr


def test_the_listing_as_json_has_all_that_the_table_has():
    result = run("plugins", "--json", "-")
    listing = json.loads(result.stdout)
    assert listing["hwsynth"] == hwsynth.__version__
    assert listing["problems"] == []
    found = {(each["kind"], each["name"]): each for each in listing["components"]}
    svg = found["exporter", "svg"]
    assert (svg["package"], svg["version"]) == ("hwsynth", hwsynth.__version__)
    option = next(each for each in svg["options"] if each["name"] == "smooth")
    assert (option["type"], option["default"]) == ("true|false", True)
    assert option["help"].startswith("Whether strokes are smooth")


def test_the_listing_fits_a_narrow_terminal_and_can_be_pasted_after_set(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", SCRIPT, "plugins", "--json", str(tmp_path / "a.json")],
        env={**os.environ, "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert max(map(len, result.stdout.splitlines())) <= 80
    for component in json.loads((tmp_path / "a.json").read_text("utf-8"))["components"]:
        for option in component["options"]:
            assert f"    {component['section']}.{option['name']}=" in result.stdout
