"""The tutorial, done as it says: its files written, its commands run, what they say compared.

Of its blocks, `bash` is run line by line; `python` under a comment that names a file is written
there; any other `python` or `toml` must stand in the package as it is; `markdown` goes to the end
of the README; `text` must be what the commands before it said, numbers apart, or what files there
are.
"""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from hwsynth.cli import main
from installing import Installer
from small_corpus import SETTINGS

TUTORIAL = Path(__file__).parents[1] / "docs/tutorial.md"
PACKAGE = Path("hwsynth-mine")


@pytest.mark.usefixtures("formula")
def test_the_tutorial_holds_what_it_promises(pip):
    text = TUTORIAL.read_text("utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert len(blocks) == text.count("```") / 2 > 20
    reader = Reader(pip)
    for language, block in blocks:
        reader.do(language, block)
    reader.nothing_is_wrong()
    for kept in ("runs/mine/weights.safetensors", "mine.svg"):
        assert Path(kept).is_file()


def quick(words: list[str]) -> list[str]:
    """The same training of a small model, for two steps."""
    line = re.sub(r"--minutes \d+", "--steps 2", shlex.join(words))
    settings = [setting for setting in SETTINGS if setting.partition("=")[0] not in line]
    added = [word for setting in settings for word in ("--set", setting)]
    return [*shlex.split(line), "--dataset", "formula", *added]


def merged(old: str, new: str) -> str:
    """`old` with the functions of `new`, which replace those of the same name, and its imports."""
    lines, found = old.splitlines(), definitions(ast.parse(old))
    imports = [ast.unparse(n) for n in ast.parse(new).body if isinstance(n, ast.Import)]
    replaced = {
        name: new.splitlines()[function.lineno - 1 : function.end_lineno]
        for name, function in definitions(ast.parse(new)).items()
    }
    assert replaced.keys() <= found.keys()
    for name in sorted(replaced, key=lambda name: -found[name].lineno):
        lines[found[name].lineno - 1 : found[name].end_lineno] = replaced[name]
    at = lines.index("from __future__ import annotations") + 1
    lines[at:at] = [line for line in imports if line not in lines]
    return "\n".join(lines) + "\n"


def definitions(module: ast.Module) -> dict[str, ast.FunctionDef]:
    """Functions, those of classes too, by name."""
    return {node.name: node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)}


class Reader:
    """Does what the tutorial says."""

    def __init__(self, pip: Installer) -> None:
        self.pip = pip
        self.said = ""
        """By commands, and not yet compared."""
        self.changed = False
        """Whether the package is no longer as new-plugin writes it, and other tests try it."""

    def do(self, language: str, block: str) -> None:
        if language != "text":
            self.nothing_is_wrong()
        if language == "bash":
            self.said = "".join(map(self.run, block.splitlines()))
        elif language == "text":
            self.compare(block)
        elif language == "markdown":
            with (PACKAGE / "README.md").open("a", encoding="utf-8") as readme:
                readme.write(block)
        elif language == "python" and block.startswith("# "):
            self.write(block)
        else:
            self.find(block)

    def nothing_is_wrong(self) -> None:
        """A failure is shown by the tutorial, or it is one."""
        assert not re.search("error: ", self.said, re.IGNORECASE), self.said

    def run(self, line: str) -> str:
        command, *words = shlex.split(line)
        self.pip.forget_modules()
        if command == "pip":
            assert words == ["install", "-e", f"./{PACKAGE}", "pytest"]
            self.pip.install(PACKAGE)
            return ""
        if words[0] != "new-plugin" and not self.changed:
            return ""
        if command == "pytest":
            return self.test(*words)
        assert command == "hwsynth"
        if words[0] == "train":
            words = quick(words)
        result = CliRunner().invoke(main, words, prog_name="hwsynth")
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.output

    def test(self, folder: str, *choice: str) -> str:
        """Runs the package's tests, those that -k chooses; what failed is what is said."""
        (file,) = Path(folder).glob("tests/test_*.py")
        spec = importlib.util.spec_from_file_location(file.stem, file)
        tests = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(tests)
        for name in vars(tests):
            if name.startswith("test_") and (not choice or choice[1] in name):
                try:
                    vars(tests)[name]()
                except AssertionError as error:
                    return f"AssertionError: {error}\n"
        return ""

    def write(self, block: str) -> None:
        title, _, text = block.partition("\n")
        changed, file = re.fullmatch(r"# (changed in )?(\S+)", title).groups()
        path, self.changed = PACKAGE / file, True
        path.write_text(merged(path.read_text("utf-8"), text) if changed else text, "utf-8")

    def find(self, excerpt: str) -> None:
        files = (file for file in PACKAGE.rglob("*.*") if file.is_file())
        assert any(excerpt in file.read_text("utf-8") for file in files), excerpt

    def compare(self, text: str) -> None:
        if text.startswith(f"{PACKAGE}/\n"):
            listed = {line.split()[0] for line in text.splitlines()[1:]}
            files = {str(f.relative_to(PACKAGE)) for f in PACKAGE.rglob("*.[pmt]*")}
            assert listed == {f for f in files if not f.endswith(("pyc", ".typed"))}
            return
        assert same_everywhere(self.said) == same_everywhere(text)
        self.said = ""


def same_everywhere(text: str) -> str:
    """Less the folder in which it was said, and numbers, which differ by machine."""
    return re.sub(r"\d+\.\d+|\d+", "N", text.replace(f"{Path.cwd()}{os.sep}", ""))
