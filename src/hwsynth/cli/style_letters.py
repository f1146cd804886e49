"""hwsynth style letters"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.table import Table
from rich.text import Text

from hwsynth.characters import named
from hwsynth.cli.hand_options import as_given, hand_given, hand_options
from hwsynth.cli.options import console, device_options, say, say_terms
from hwsynth.cli.style_file import style_out_option, style_path
from hwsynth.cli.writing_options import (
    drawing_options,
    manner_of,
    reader_given,
    reporting,
    sentences_of,
)
from hwsynth.errors import UsageError
from hwsynth.hands import Hand
from hwsynth.letter_borrowing import Borrower, Loan, usual_lines, with_letters
from hwsynth.opened_hands import open_hand
from hwsynth.plugins import load
from hwsynth.proofreading import Proofreader
from hwsynth.reading import reader_of
from hwsynth.styles import Style, style_of, write_style


@click.command()
@click.argument("style")
@click.option(
    "--text",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="What is written to compare, a line each; letters that it does not hold are left alone.  "
    "[default: lines with all letters of the Latin alphabet, digits and marks]",
)
@click.option(
    "--lender",
    "lenders",
    multiple=True,
    metavar="STYLE",
    help="A style that may lend letters; may be given again.  [default: all that the hand or run "
    "has]",
)
@click.option(
    "--only",
    metavar="LETTERS",
    help="Letters that may be borrowed, as in JKQZ; all else stays as it is.  [default: all]",
)
@click.option(
    "--judge",
    "judges",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Run that reads, beside the hand's reader; may be given again. What all of them doubt "
    "counts alike.",
)
@drawing_options
@hand_options
@style_out_option("The style with what it borrows, for `hwsynth write --style FILE`.")
@device_options
def letters(**given: Any) -> None:
    """Borrow letters that a style writes badly from styles that write them better.

    STYLE: a style's name, a mixture or a style file. Each letter of which readers doubt the words
    that hold it is written as each of the lenders writes it, in the style's own lines, and is
    borrowed where that takes away a quarter of a nat of the doubt at least.
    """
    out = style_path(given["out"])
    manner = manner_of(given)
    plugins = load()
    hand = hand_given(given, plugins)
    style, lenders = _style(given["style"], hand), _lenders(given["lenders"], hand)
    reader = reader_given(hand.reader)
    texts, only = _texts(given["text"], hand), _only(given["only"], hand)
    readers = [
        Proofreader(reader_of(path, plugins, given["device"]))
        for path in (reader, *given["judges"])
    ]
    writer = open_hand(hand, plugins, device=given["device"], check=False).writer
    with reporting() as report:
        found = Borrower(writer, readers, texts, manner)(style, lenders, only, report)
    vectors = {letter: lenders[loan.lender].of(letter) for letter, loan in found.items()}
    write_style(out, with_letters(style, vectors), hand.checksum)
    if found:
        console.print(_table(given["style"], found))
        say(f"{out}: {given['style']} with {len(found)} letters of others")
    else:
        say(f"{out}: {given['style']} as it was, of which nobody writes a letter better")
    say(f'Try: hwsynth write "Quick Jacks"{as_given(given)} --style {out}')
    say_terms(hand.terms)


def _style(given: str, hand: Hand) -> Style:
    if hand.conditions.text != "aligned":
        raise UsageError(
            f"{hand.name} follows its text by a window, which is on several letters at once, so "
            "that none can have a style of its own; take one that was trained with --text aligned"
        )
    return style_of(given, hand.styles, hand.checksum)


def _texts(file: Path | None, hand: Hand) -> list[str]:
    if file is not None:
        return sentences_of(file, hand)
    lines = usual_lines(hand.conditions.charset)
    if not lines:
        raise UsageError(
            f"{hand.name} does not write the Latin alphabet; give lines to compare with --text FILE"
        )
    return lines


def _only(given: str | None, hand: Hand) -> set[str] | None:
    if given is None:
        return None
    letters = {each for each in given if not each.isspace()}
    if strangers := letters - set(hand.conditions.charset):
        raise UsageError(f"--only: {hand.name} does not write {named(sorted(strangers))}")
    return letters


def _lenders(given: tuple[str, ...], hand: Hand) -> dict[str, Style]:
    return {name: style_of(name, hand.styles, hand.checksum) for name in given or hand.styles}


def _table(style: str, found: Mapping[str, Loan]) -> Table:
    title = Text(f"letters that {style} borrows")
    table = Table(title=title, title_justify="left")
    table.add_column("letter")
    table.add_column("as written by")
    table.add_column("nats doubted of a word with it", justify="right")
    table.add_column("before", justify="right")
    for letter, loan in found.items():
        table.add_row(Text(letter), Text(loan.lender), f"{loan.after:.2f}", f"{loan.before:.2f}")
    return table
