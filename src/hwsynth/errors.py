"""The errors that users see: what was given, what is allowed, what to do."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class HwsynthError(Exception):
    """Something a user can mend; the command line prints it without a traceback."""

    exit_code = 1


class UsageError(HwsynthError):
    """A command or option was given wrongly."""

    exit_code = 2


class DataError(HwsynthError):
    """Ink, a dataset or a cache is not what it must be."""


class PluginError(HwsynthError):
    """A plugin is broken, missing, or collides with another."""


class RunError(HwsynthError):
    """A run folder is missing, damaged, or of another kind than asked for."""


class TrainingError(HwsynthError):
    """Training cannot go on."""


def unknown(kind: str, given: str, allowed: Iterable[str], remedy: str = "") -> str:
    """A sentence for a name that does not exist, with the nearest that does.

    >>> unknown("core", "lstn", ["cwrnn", "lstm"])
    "no core named 'lstn'; there are: cwrnn, lstm. Did you mean 'lstm'?"
    """
    names = sorted(allowed)
    near = difflib.get_close_matches(given, names, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else (f" {remedy}" if remedy else "")
    return f"no {kind} named '{given}'; there are: {', '.join(names) or 'none'}.{hint}"
