"""Pictures of what a model saw and expected as it wrote: --attention and --density."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from hwsynth.atomic import check_place
from hwsynth.attention_plot import attention_plot
from hwsynth.cli.options import Command, say, with_options
from hwsynth.cli.writing_options import reporting
from hwsynth.density_map import (
    PIXELS_A_LINE,
    DensityMap,
    check_ending,
    check_gives_density,
    density_map,
    draw_density_maps,
)
from hwsynth.errors import UsageError
from hwsynth.hands import Hand
from hwsynth.ink import Ink
from hwsynth.opened_hands import trained_model
from hwsynth.plots import kind_of
from hwsynth.plugins import Plugins
from hwsynth.styles import Style
from hwsynth.typesetting import is_page_path
from hwsynth.writing import LineWriter, Told

if TYPE_CHECKING:
    from hwsynth.backend import Device
    from hwsynth.model import HandwritingModel

MOST_LINES = 10
"""That one picture shows."""
MOST_PIXELS = 20_000
"""Of a heat map from left to right, and from top to bottom: lines that a model has drawn far off
are shown coarser."""


def inside_options(command: Command) -> Command:
    """--attention and --density, for `inside_of`."""
    file = click.Path(path_type=Path, dir_okay=False)
    options = (
        click.option(
            "--attention",
            type=file,
            metavar="FILE",
            help="Draw what the model saw of its text at each point, as .png or .svg.",
        ),
        click.option(
            "--density",
            type=file,
            metavar="FILE",
            help="Draw where the model expected the pen at each point, as .png.",
        ),
    )
    return with_options(command, options)


@dataclass(frozen=True)
class Inside:
    """The pictures that are asked for."""

    attention: Path | None
    density: Path | None

    def model(self, hand: Hand, plugins: Plugins, device: Device) -> HandwritingModel | None:
        """What says where the pen is expected, where that is asked for: an exported step draws
        and says nothing of it. Raises as `trained_model`, and UsageError where its head gives no
        density."""
        if self.density is None:
            return None
        model = trained_model(hand, plugins, device)
        check_gives_density(model)
        return model


def inside_of(given: Mapping[str, Any]) -> Inside:
    """What these options say. Raises UsageError for endings that are not known, with --sheet, and
    where two options name one file; HwsynthError for places that cannot be written."""
    named = {f"--{name}": given[name] for name in ("attention", "density") if given[name]}
    if named and given["sheet"]:
        raise UsageError(
            f"{' and '.join(named)} show the lines of a text, and --sheet one sentence in many "
            "ways; leave one of them out"
        )
    if given["attention"]:
        kind_of(given["attention"])
    if given["density"]:
        check_ending(given["density"])
    for path in named.values():
        check_place(path)
    _check_apart({"--out": given["out"], **named})
    return Inside(given["attention"], given["density"])


def _check_apart(named: Mapping[str, Path]) -> None:
    options: dict[Path, str] = {}
    for option, path in named.items():
        if is_page_path(path, named["--out"]):
            raise UsageError(
                f"{option} names {path}, which is a page's where the text takes several; "
                "give it another name"
            )
        first = options.setdefault(path.resolve(), option)
        if first != option:
            raise UsageError(f"{first} and {option} both name {path}; give each a file of its own")


def draw_inside(
    inside: Inside,
    hand: Hand,
    writer: LineWriter,
    model: HandwritingModel | None,
    lines: Sequence[Ink],
    style: Style | None,
) -> None:
    """Draws what is asked for of lines as they were written in a style, before they were set.

    model: what `Inside.model` gave. Of more than `MOST_LINES` lines the first are shown.
    """
    shown = lines[:MOST_LINES]
    which = f"the first {len(shown)} of {len(lines)} lines" if len(shown) < len(lines) else ""
    if inside.attention is not None:
        styles = None if style is None else [style] * len(shown)
        attention_plot(shown, writer.attention(shown, styles), inside.attention)
        _say(inside.attention, "what was seen of the text", which)
    if inside.density is not None and model is not None:
        told = [writer.told(ink, style) for ink in shown]
        maps = _maps(hand, model, told)
        draw_density_maps(maps, inside.density, [_own_ink(each) for each in told])
        _say(inside.density, "where the pen was expected", which)


def _say(path: Path, what: str, which: str) -> None:
    say(f"{path}: {what}" + (f", in {which}" if which else ""))


def _maps(hand: Hand, model: HandwritingModel, lines: Sequence[Told]) -> list[DensityMap]:
    """A map a line, all in pixels of one size."""
    pixel = _pixel(hand, [line.ink for line in lines])
    maps = []
    with reporting() as report:
        for done, line in enumerate(lines):
            report("looking", done, len(lines))
            maps.append(
                density_map(
                    model,
                    hand.record.normalisation,
                    line.ink,
                    pixel=pixel,
                    after=slice(line.first - 1, None),
                    given=line.given,
                )
            )
    return maps


def _pixel(hand: Hand, inks: Sequence[Ink]) -> float:
    """Its side, in corpus units."""
    widest, highest = max(ink.width for ink in inks), sum(ink.height for ink in inks)
    usual = hand.record.data.line_height / PIXELS_A_LINE
    return max(usual, widest / MOST_PIXELS, highest / MOST_PIXELS)


def _own_ink(line: Told) -> Ink:
    """Without what the pen was led along before it."""
    return Ink(line.ink.points[line.first :])
