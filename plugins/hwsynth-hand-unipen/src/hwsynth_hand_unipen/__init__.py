"""A hand that learnt to write from UNIPEN; `hand/card.md` says how, and how well."""

from __future__ import annotations

from pathlib import Path

from hwsynth import hookimpl


@hookimpl
def hwsynth_hands() -> list[Path]:
    """The one hand."""
    return [Path(__file__).parent / "hand"]
