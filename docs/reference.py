"""Writes the pages of docs/reference from the code:  python docs/reference.py

They are committed, so that they can be read on a code host; a test says when one is stale.
"""

from __future__ import annotations

import ast
import html
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import click

import hwsynth
from hwsynth.cli import COMMANDS, main
from hwsynth.contracts import Options
from hwsynth.plugins import KINDS, Found, find
from hwsynth.run_options import SECTIONS, Budget
from hwsynth.settings import as_text, describe
from sources import Definition, definition, definitions, members, module_tree, public_names
from sources import signature as signature_of

DOCS = Path(__file__).parent
FOLDER = DOCS / "reference"
COMMAND = "python docs/reference.py"
PLUGINS = DOCS.parent / "plugins"
SHORT = 4
"""So many words may stand beside an option; more are said after it."""
ALSO = {
    "hwsynth.testing": "For the tests of a plugin.",
    "hwsynth.plugins": "What is installed.",
    "hwsynth.experiment": "Runs from start to end.",
    "hwsynth.run_folder": "What is on disk for a run.",
    "hwsynth.sampling": "Drawing with a model.",
    "hwsynth.hands": "What texts are written with.",
    "hwsynth.opened_hands": "A hand, ready to write.",
    "hwsynth.priming": "Lines that go on from a real one.",
    "hwsynth.legible_writing": "Lines that are read back as they are written.",
    "hwsynth.styles": "Styles by name, mixed, and from files.",
    "hwsynth.reading": "Ink to text.",
    "hwsynth.misreadings": "Error rates.",
    "hwsynth.svg_ink": "Drawings as ink.",
    "hwsynth.exported_step": "A run's step without a training framework.",
    "hwsynth.density_map": "Where a model expected the pen.",
    "hwsynth.ink_file": "Ink as JSON.",
    "hwsynth.plots": "How training went, and how cost grows.",
}
"""Modules for tests, scripts and notebooks -> what each is for."""


def pages() -> dict[str, str]:
    """File name -> what must stand in it."""
    written: Mapping[str, Callable[[], Iterable[str]]] = {
        "cli.md": cli_page,
        "components.md": components_page,
        "hooks.md": hooks_page,
        "python.md": python_page,
    }
    note = f"<!-- Written by `{COMMAND}`; what is changed here is lost. -->"
    return {name: "\n\n".join([note, *page()]) + "\n" for name, page in written.items()}


# -------------------------------------------------------------------------------- the command line


def cli_page() -> Iterator[str]:
    """Every command with its options."""
    yield "# Commands"
    yield "`hwsynth COMMAND --help` says the same. What `--set` knows is in " + (
        "[Components and options](components.md)."
    )
    context = click.Context(main, info_name="hwsynth")
    for name in COMMANDS:
        _, command, _ = main.resolve_command(context, [name])
        assert command is not None
        yield from _command(command, f"hwsynth {name}")


def _command(command: click.Command, path: str) -> Iterator[str]:
    context = click.Context(command, info_name=path)
    yield f"## {path}"
    yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```"
    yield _paragraphs(command.help or "")
    options = [p for p in command.params if isinstance(p, click.Option) and not p.hidden]
    if options:
        yield _table(("Option", "What", "Default"), map(_option_row, options))
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from _command(child, f"{path} {name}")


def _option_row(option: click.Option) -> tuple[str, str, str]:
    names = ", ".join([*option.opts, *option.secondary_opts])
    # Defaults that depend on something are said in the words of the help.
    what, _, said = (option.help or "").partition("[default: ")
    given = option.default if isinstance(option.default, list) else [option.default]
    shown = [f"`{each}`" for each in given if isinstance(each, str | int | float | Path)]
    default = said.rstrip("] ") or ("" if option.is_flag else ", ".join(shown))
    allowed = _allowed(option)
    if isinstance(option.type, click.Choice) and len(option.type.choices) > SHORT:
        what = f"{what.strip()} One of: {', '.join(option.type.choices)}."
    return f"`{names}{f' {allowed}' if allowed else ''}`", what.strip(), default


def _allowed(option: click.Option) -> str:
    """What may follow the option's name."""
    kind = option.type
    if option.is_flag:
        return ""
    if isinstance(kind, click.Choice):
        return "|".join(kind.choices) if len(kind.choices) <= SHORT else "NAME"
    if option.metavar:
        return option.metavar
    bounds = [
        f" {sign}{'' if is_open else '='} {bound:,}"
        for sign, bound, is_open in (
            (">", getattr(kind, "min", None), getattr(kind, "min_open", False)),
            ("<", getattr(kind, "max", None), getattr(kind, "max_open", False)),
        )
        if bound is not None
    ]
    words = {"integer range": "N", "integer": "N", "float range": "X", "float": "X"}
    words |= {"file": "FILE", "path": "PATH", "directory": "DIR"}
    return words.get(kind.name, kind.name.upper()) + ",".join(bounds).replace("<=", "≤").replace(
        ">=", "≥"
    )


# -------------------------------------------------------------------- components and their options


def components_page() -> Iterator[str]:
    """Every option of the first-party components, and of a run."""
    yield "# Components and options"
    yield (
        "What `--set KEY=VALUE`, a preset and `run.json` know. `hwsynth plugins` says the same of "
        "what is installed, components of other packages among them."
    )
    for kind in KINDS:
        yield f"## {kind.capitalize()}s"
        for found in first_party():
            if found.kind == kind:
                yield from _component(found)
    yield "## A run"
    for section, options in {**SECTIONS, "budget": Budget}.items():
        yield f"### {section}"
        yield from _options(options, section)


def first_party() -> list[Found]:
    """Components of this repository's packages, whatever else is installed."""
    own = {"hwsynth", *(folder.name for folder in PLUGINS.iterdir())}
    return [found for found in find().found if found.source.package in own]


def _component(found: Found) -> Iterator[str]:
    yield f"### {found.component.name} ({found.source.package})"
    yield from _options(found.component, found.section)


def _options(options: type[Options], section: str) -> Iterator[str]:
    yield _paragraphs(options.__doc__ or "")
    rows = [
        (f"`{section}.{o.name}`", o.help, f"`{o.type}`", f"`{as_text(o.default)}`")
        for o in describe(options)
    ]
    yield _table(("Key", "What", "Allowed", "Default"), rows) if rows else "No options."


# --------------------------------------------------------------------------------------- the hooks


def hooks_page() -> Iterator[str]:
    """Every hook, and who implements it."""
    yield "# Hooks"
    yield (
        "A plugin is a package with an entry point in the group `hwsynth` that names a module; "
        "functions there that are marked `@hwsynth.hookimpl` and called as below give its "
        "components."
    )
    for hook in hooks():
        yield f"## {hook.name}"
        yield f"```python\n{signature_of(_function(hook))}\n```"
        yield _paragraphs(hook.docs)
        yield from _contract(hook)


def hooks() -> list[Definition]:
    """The functions that are marked as hooks."""
    return [
        found
        for found in definitions(module_tree("hwsynth.hookspecs").body)
        if isinstance(found.node, ast.FunctionDef)
        and any("hookspec" in ast.unparse(mark) for mark in found.node.decorator_list)
    ]


def _function(found: Definition) -> ast.FunctionDef:
    assert isinstance(found.node, ast.FunctionDef)
    return found.node


def _contract(hook: Definition) -> Iterator[str]:
    """The classes that a hook's result is made of, and where they come from now."""
    result = _function(hook).returns
    for name in re.findall(r"type\[(\w+)\]", ast.unparse(result) if result else ""):
        if name in hwsynth.__all__:
            yield f"Each is a class derived from [`hwsynth.{name}`](python.md#{name.lower()})."
    given = [
        f"`{found.component.name}` ({found.source.package})"
        for found in first_party()
        if hook.name == f"hwsynth_{found.kind}s"
    ]
    if given:
        yield f"There are: {', '.join(given)}."


# -------------------------------------------------------------------------------- names for Python


def python_page() -> Iterator[str]:
    """Every public name of the package, and the modules that scripts use."""
    yield "# Python"
    yield "Plugins use the names of `hwsynth` and `hwsynth.testing` alone."
    yield "## hwsynth"
    for name in public_names("hwsynth"):
        yield from _entry(definition("hwsynth", name), name)
    for module, purpose in ALSO.items():
        yield f"## {module}"
        yield purpose
        for name in public_names(module):
            yield from _entry(definition(module, name), name)


def _entry(found: Definition, name: str) -> Iterator[str]:
    """A heading, how it is called or made, what it says, and its members."""
    yield f"### {name}"
    node = found.node
    if isinstance(node, ast.ClassDef):
        bases = ", ".join(b for b in map(ast.unparse, node.bases) if not b.startswith("_"))
        yield f"```python\nclass {node.name}{f'({bases})' if bases else ''}\n```"
        yield _paragraphs(found.docs)
        yield from _members(node)
    elif isinstance(node, ast.FunctionDef):
        yield f"```python\n{signature_of(node)}\n```"
        yield _paragraphs(found.docs)
    else:
        yield _paragraphs(found.docs)


def _members(node: ast.ClassDef) -> Iterator[str]:
    for member in members(node):
        if member.docs.startswith("See `"):
            continue
        if isinstance(member.node, ast.FunctionDef):
            marks = [ast.unparse(mark) for mark in member.node.decorator_list]
            written = signature_of(member.node)
            if "property" in marks:
                written = f"{member.name}{written.partition('()')[2].replace(' ->', ':', 1)}"
        else:
            written = ast.unparse(member.node)
        docs = _paragraphs(member.docs).replace("\n", "\n    ")
        yield re.sub(r"\n +\n", "\n\n", f"*   `{_in_a_line(written)}`\n\n    {docs}").rstrip()


def _in_a_line(signature: str) -> str:
    """What `signature_of` has broken."""
    return " ".join(signature.split()).replace("( ", "(").replace(", )", ")")


# ---------------------------------------------------------------------------------------- Markdown


def _paragraphs(docs: str) -> str:
    """A docstring as Markdown; lists that follow a line directly get the space they need."""
    return re.sub(r"(?<!\n)\n(?=[*-] )", "\n\n", inspect.cleandoc(docs).replace("\b\n", ""))


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *(map(_cell, row) for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _cell(text: str) -> str:
    """A bar would end the cell; in code, where an escape is shown as it stands, it is an entity."""
    words = " ".join(text.split())
    words = re.sub(r"`([^`]*\|[^`]*)`", lambda code: f"<code>{html.escape(code[1])}</code>", words)
    return words.replace("|", "&#124;")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{FOLDER / name}\n")
