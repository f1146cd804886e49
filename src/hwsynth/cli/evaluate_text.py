"""hwsynth evaluate --text: how legible what is written is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from hwsynth.cli.hand_options import hand_given
from hwsynth.cli.options import STDOUT, console, language_of, say_terms, write_json
from hwsynth.cli.writing_options import manner_of, reader_given, reporting, sentences_of
from hwsynth.errors import UsageError
from hwsynth.hands import Hand
from hwsynth.opened_hands import open_hand
from hwsynth.plugins import load
from hwsynth.reading import reader_of
from hwsynth.writing_evaluation import LABELS, writing_report


def evaluate_text(given: Mapping[str, Any]) -> None:
    """Writes sentences in all styles in turn, reads them, and shows the figures."""
    if given["dataset"] is not None or given["data"] is not None:
        raise UsageError("--text is of sentences, and --dataset and --data of lines; give one")
    manner = manner_of(given)
    json_file: Path | None = given["json_file"]
    plugins = load()
    hand = hand_given(given, plugins)
    judge = reader_given(given["judge"] or hand.reader)
    sentences = sentences_of(given["text"], hand)
    # The judge's alone: what is written is proofread letter by letter.
    language = language_of(given["language"], judge, plugins)
    write = open_hand(hand, plugins, device=given["device"], check=not given["no_check"])
    with reporting() as report:
        reader = replace(reader_of(judge, plugins, given["device"]), language=language)
        figures = writing_report(write, reader, sentences, hand.styles, manner, report)
    write_json({**figures, "seed": manner.seed, "bias": manner.bias}, json_file)
    if json_file != STDOUT:
        console.print(_table(hand, judge, figures))
        say_terms(hand.terms)


def _table(hand: Hand, judge: Path, figures: Mapping[str, Any]) -> Table:
    title = Text(f"what {hand.name} writes, as {judge} reads it")
    table = Table(title=title, title_justify="left")
    table.add_column("figure")
    table.add_column("value", justify="right")
    for key, label in LABELS.items():
        table.add_row(label, _shown(figures[key]))
    for style, rate in figures["by_style"].items():
        table.add_row(Text(f"character error rate, {style}"), _shown(rate))
    return table


def _shown(value: float | int | None) -> str:
    if value is None:
        return "nothing was read back"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
