"""Which hand it is about: options of the commands that write or fit styles."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np

from hwsynth.cli.options import Command, run_option_saying, with_options
from hwsynth.hands import NOBODY, VECTORS, Hand, hand_of
from hwsynth.plugins import Plugins
from hwsynth.writing import check_learnt_text


def hand_options(command: Command) -> Command:
    """--hand, --run and --reader, for `hand_given`."""
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


def hand_given(given: Mapping[str, Any], plugins: Plugins) -> Hand:
    """What these options say. Raises as `hand_of`, and UsageError where it learnt no texts."""
    hand = hand_of(plugins, name=given["hand"], run=given["path"], reader=given["reader"])
    check_learnt_text(hand.conditions)
    return hand


def as_given(given: Mapping[str, Any]) -> str:
    """What to add to another command for it to be about the same hand."""
    if given["path"] is not None:
        return f" --run {shlex.quote(str(given['path']))}"
    return f" --hand {shlex.quote(given['hand'])}" if given["hand"] is not None else ""


def known_styles(hand: Hand) -> np.ndarray:
    """(styles, width): nobody's first."""
    table = hand.weights.get(VECTORS)
    if table is not None:
        return np.asarray(table, np.float32)
    known = {name: style.vector for name, style in hand.styles.items()}
    nobody = known.pop(NOBODY, None)
    vectors = list(known.values())
    return np.stack([np.zeros_like(vectors[0]) if nobody is None else nobody, *vectors])
