"""hwsynth write"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from hwsynth.alphabet import Alphabet
from hwsynth.atomic import check_place
from hwsynth.cli.hand_options import hand_given
from hwsynth.cli.inside import draw_inside, inside_of, inside_options
from hwsynth.cli.options import device_options, say, say_terms, set_option
from hwsynth.cli.priming import check_priming, prime_from, priming_options
from hwsynth.cli.writing_options import manner_of, reporting, writing_options
from hwsynth.contracts import Exporter, Page
from hwsynth.errors import UsageError, unknown
from hwsynth.hands import Hand
from hwsynth.legible_writing import LegibleWriter, Manner
from hwsynth.opened_hands import open_hand
from hwsynth.plugins import load
from hwsynth.settings import build_options, parse_assignments
from hwsynth.styles import style_of
from hwsynth.text import MAX_BYTES, Writable, read_text, writable
from hwsynth.typesetting import Layout, page_paths, trimmed
from hwsynth.written_pages import Pages, write_biases, write_pages, write_styles

MOST_CHARACTERS = 100_000
"""Of a text: that takes an hour."""
SCRAP = "210x2000mm"
"""Paper that is cut down to what was written on it."""
SHOWN = 20
"""Words that are listed at most."""


@click.command()
@click.argument("words", nargs=-1, metavar="[TEXT]...")
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    metavar="FILE",
    help="A file with the text, in UTF-8; -: standard input.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("writing.svg"),
    show_default=True,
    help="File to write; its ending chooses the exporter. Of several pages each has its number.",
)
@click.option("--hand", metavar="NAME", help="What to write with; `hwsynth hands` lists them.")
@click.option(
    "--run", "path", type=click.Path(path_type=Path), metavar="DIR", help="Write with this run."
)
@click.option(
    "--reader",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Run of what reads back.  [default: the hand's own]",
)
@click.option(
    "--style",
    metavar="STYLE",
    help="A style's name, a mixture such as ann:0.5,ben:0.5, or a file of `hwsynth style fit`.  "
    "[default: the hand's first]",
)
@priming_options
@writing_options
@click.option("--strict", is_flag=True, help="Refuse a text that cannot be written as a whole.")
@click.option(
    "--page",
    metavar="PAPER",
    help="A3 to A6, letter, legal, A5-landscape, 148x210mm.  [default: cut to the text]",
)
@click.option("--margin", metavar="LENGTH", help="One, or top,right,bottom,left.  [default: 20mm]")
@click.option("--line-spacing", metavar="LENGTH", help="Between baselines.  [default: 9mm]")
@click.option(
    "--align",
    type=click.Choice(["left", "right", "centre", "justified"]),
    help="Which edges of the lines are even.  [default: left]",
)
@click.option("--ruled", is_flag=True, help="Draw the paper's lines.")
@click.option(
    "--sheet",
    type=click.Choice(["styles", "bias"]),
    help="Show one sentence in all styles, or at five biases.",
)
@inside_options
@set_option
@device_options
def command(**given: Any) -> None:
    """Write a text by hand, as SVG or as an ink file.

    What is written is read back, and words that are misread are written again.
    """
    manner = manner_of(given)
    check_priming(given)
    plugins = load()
    out: Path = given["out"]
    sections = _sections(given["assignments"])
    exporter = build_options(plugins.exporter_for(out), sections["exporter"], section="exporter")
    layout = _layout(given, sections["page"])
    check_place(out)
    inside = inside_of(given)
    source = _source(given["words"], given["file"])
    hand = hand_given(given, plugins)
    text = writable(source, Alphabet(hand.conditions.charset), strict=given["strict"])
    _say_what_is_lost(text)
    style = given["style"] or hand.default_style
    in_style = style_of(style, hand.styles, hand.checksum) if style else None
    prime = prime_from(given, hand)
    write = open_hand(
        hand, plugins, device=given["device"], check=not given["no_check"], prime=prime
    )
    model = inside.model(hand, plugins, given["device"])
    with reporting() as report:
        if given["sheet"] == "styles":
            written = write_styles(write, text, hand.styles, manner, report)
        elif given["sheet"] == "bias":
            written = write_biases(write, text, in_style, manner, report)
        else:
            written = write_pages(write, text, in_style, layout, manner, report)
    pages = written.pages
    if given["page"] is None and given["sheet"] is None:
        pages = [trimmed(page) for page in pages]
    files = _export(pages, exporter, out)
    say(f"{', '.join(map(str, files))}: {_how(hand, style, manner, given)}")
    _say_what_is_misread(written, write)
    draw_inside(inside, hand, write.writer, model, [line.ink for line in written.lines], in_style)
    say_terms(hand.terms)


def _sections(assignments: tuple[str, ...]) -> dict[str, dict[str, str]]:
    known = {"exporter", "page"}
    sections = parse_assignments(assignments)
    for section in sections.keys() - known:
        raise UsageError(unknown("section of --set", section, known))
    return {name: sections.get(name, {}) for name in known}


def _layout(given: Mapping[str, Any], options: Mapping[str, str]) -> Layout:
    """Of --page and what stands beside it, and of --set page.KEY."""
    own = {
        "paper": given["page"],
        "margin": given["margin"],
        "line_spacing": given["line_spacing"],
        "align": given["align"],
        "ruled": given["ruled"] or None,
    }
    named = {name: value for name, value in own.items() if value is not None}
    for name in named.keys() & options.keys():
        raise UsageError(f"--set page.{name} says the same as an option of its own; give one")
    if given["page"] is None:
        if given["ruled"]:
            raise UsageError("--ruled draws the lines of paper; give it, as in --page A4")
        named["paper"] = SCRAP
    return build_options(Layout, {**options, **named}, section="page")


def _source(words: tuple[str, ...], file: Path | None) -> str:
    """The text that is to be written."""
    if words and file is not None:
        raise UsageError("the text is given twice, as words and by --file; give one")
    if not words and file is None:
        raise UsageError(
            'there is no text; give one, as in hwsynth write "Dear reader,", or --file'
        )
    text = " ".join(words) if file is None else _read(file)
    if len(text) > MOST_CHARACTERS:
        raise UsageError(
            f"the text has {len(text):,} characters, and at most {MOST_CHARACTERS:,} are written "
            "at once; give it in parts"
        )
    return text


def _read(file: Path) -> str:
    if file != Path("-"):
        return read_text(file)
    # What is no UTF-8 is listed with what cannot be written.
    return sys.stdin.buffer.read(MAX_BYTES).decode("utf-8-sig", errors="surrogateescape")


def _say_what_is_lost(text: Writable) -> None:
    for name, changed in (("written otherwise", text.replaced), ("left out", text.missing)):
        for each in changed[:SHOWN]:
            click.echo(f"{name}: {each}".encode(errors="replace"), err=True)
        if len(changed) > SHOWN:
            click.echo(f"{name}: {len(changed) - SHOWN} more", err=True)


def _export(pages: list[Page], exporter: Exporter, out: Path) -> list[Path]:
    """Writes each page to a file of its own."""
    files = page_paths(out, len(pages))
    for page, file in zip(pages, files, strict=True):
        exporter.write(page, file)
    return files


def _how(hand: Hand, style: str | None, manner: Manner, given: Mapping[str, Any]) -> str:
    styles = {"styles": "all styles", "bias": f"style {style}, five biases"}
    in_style = styles.get(given["sheet"], f"style {style}") if style else "no style"
    if given["prime"] is not None:
        in_style += f", in the manner of {given['prime']}"
    again = "" if given["seed"] is not None else f"; again the same: --seed {manner.seed}"
    return f"written by {hand.name}, {in_style}{again}"


def _say_what_is_misread(written: Pages, write: LegibleWriter) -> None:
    if write.proofreader is None:
        return
    words = written.misread
    if not words:
        say("Read back: every word.")
        return
    total = sum(len(line.proof.errors) for line in written.lines)
    more = " …" if len(words) > SHOWN else ""
    say(f"Read back: all but {len(words)} of {total} words: {', '.join(words[:SHOWN])}{more}")
