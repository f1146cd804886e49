"""The command line. A command's module is imported only when the command is used."""

from __future__ import annotations

import importlib
import logging
import os
import sys

import click

import hwsynth
from hwsynth.errors import HwsynthError

COMMANDS = {
    "train": "Train a model, or go on with one.",
    "write": "Write a text by hand.",
    "hands": "List the hands that write, with their styles, terms and cards.",
    "style": "Fit styles to lines of your own, rank and mend them.",
    "hand": "Make a hand of trained runs.",
    "sample": "Draw what a trained run likes.",
    "read": "Read ink with the reader of the installed hand, or with a run.",
    "evaluate": "Score a trained run.",
    "export-step": "Make step.onnx, to work without a training framework.",
    "align": "Find where each character ends in a corpus's lines.",
    "runs": "List runs with their figures.",
    "data": "Show what a dataset holds, and draw a sheet of its lines.",
    "presets": "List presets, or print one as TOML.",
    "plugins": "List what is installed, with its options.",
    "new-plugin": "Write a package to begin a plugin from.",
    "bench": "Measure speed beside public references.",
    "demo": "Train a small model on the embedded corpus and write with it.",
}
"""Command -> its line in `hwsynth --help`. The module of the same name (new_plugin for new-plugin)
holds `command`."""

INTERRUPTED = 130
"""Exit code after Ctrl-C: 128 + SIGINT, as shells have it."""


class _Commands(click.Group):
    """Knows the names of its commands, and imports one on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which they are used."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Puts the real command in the place of its line."""
        name, line, rest = super().resolve_command(ctx, args)
        if line is None:
            return name, None, rest
        module = importlib.import_module(f"hwsynth.cli.{str(name).replace('-', '_')}")
        command: click.Command = module.command
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command; the one place where users' errors are printed."""
        try:
            return super().invoke(ctx)
        except HwsynthError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)


class _Warnings(logging.Handler):
    """Prints what the library warns of."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line on stderr; above the live line while there is one, which click's echo is not."""
        sys.stderr.write(f"{record.levelname.lower()}: {record.getMessage()}\n")


@click.group(
    cls=_Commands,
    commands={name: click.Command(name, help=line) for name, line in COMMANDS.items()},
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(hwsynth.__version__, prog_name="hwsynth", message="%(prog)s %(version)s")
def main() -> None:
    """Learn handwriting as pen movement and write with it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("hwsynth").handlers = [_Warnings()]
