"""The hand whose styles it is about: options of the commands of `hwsynth style`."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np

from hwsynth.cli.options import Command, run_option_saying, with_options
from hwsynth.hands import NOBODY, VECTORS, Hand


def hand_options(command: Command) -> Command:
    """--hand, --run and --reader, for `hand_of`."""
    options = (
        click.option("--hand", metavar="NAME", help="For which hand; `hwsynth hands` lists them."),
        run_option_saying("For this run instead."),
        click.option(
            "--reader",
            type=click.Path(path_type=Path),
            metavar="DIR",
            help="Run that reads the lines.  [default: the hand's own]",
        ),
    )
    return with_options(command, options)


def known_styles(hand: Hand) -> np.ndarray:
    """(styles, width): nobody's first."""
    vectors = hand.weights.get(VECTORS)
    if vectors is not None:
        return np.asarray(vectors, np.float32)
    styles = dict(hand.styles)
    nobody = styles.pop(NOBODY, np.zeros_like(next(iter(styles.values()))))
    return np.stack([nobody, *styles.values()])
