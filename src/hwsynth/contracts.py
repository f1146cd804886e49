"""What a dataset, a recurrent core, an output head, an exporter and a callback are.

A component is a name plus a small frozen model of options; the command line, `run.json` and
the reference pages are derived from its fields. A field is documented by the string under it.
Cores and heads build Keras layers (`hwsynth.RecurrentCore`, `hwsynth.OutputHead` in
`layers.py`) only in `build`, so that importing a plugin imports no training framework.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

from hwsynth.ink import Ink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hwsynth.language import Language
    from hwsynth.layers import OutputHead, RecurrentCore
    from hwsynth.watching import WatchedRun, Watcher

Precision = Literal["float32", "bfloat16"]
"""Type of the operands of matrix products; weights, state and loss are always float32."""

Role = Literal["train", "validation", "test"]
"""What a split is for."""

Named = Literal["writers", "characters"]
"""What a corpus has that weights may have places for."""

NamedAxes = Mapping[str, tuple[int, Named]]
"""Name of a weight -> its axis that has a place for none of them, then one for each in order."""


class Options(BaseModel):
    """Options that come from users and files: flat, frozen, documented, validated."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", use_attribute_docstrings=True, allow_inf_nan=False
    )


class Component(Options):
    """What a plugin gives: a name, and options as fields."""

    name: ClassVar[str]
    """How the component is called on the command line and in `run.json`."""


@dataclass(frozen=True)
class Dropped:
    """Something that a dataset's source offers and that is not read as a line."""

    source: str
    """Which file, segment or line."""
    reason: str
    """A short phrase, the same for all that is dropped for this reason; drops are counted by it."""
    detail: str = ""
    """What is special about this one."""


class Dataset(Component):
    """Reads lines of handwriting."""

    splits: ClassVar[Mapping[str, Role]]
    """The dataset's own names of its splits -> what each is for."""
    licence: ClassVar[str]
    """Terms of the data in a sentence, kept with every run that is trained on it."""
    reader_version: ClassVar[int] = 1
    """Raise it when `read` gives other lines for the same files: caches are then made anew."""
    needs_path: ClassVar[bool] = True
    """Whether `--data PATH` must be given."""

    def sources(self, path: Path | None) -> Sequence[Path]:
        """The files that `read` will open; a change of one makes the cache anew.

        Raises DataError where `path` does not hold this dataset.
        """
        raise NotImplementedError

    def read(self, path: Path | None) -> Iterator[Ink | Dropped]:
        """Every line that the source offers, as Ink or as Dropped, in a stable order.

        Raises DataError where a source cannot be read.
        """
        raise NotImplementedError


class Core(Component):
    """Options of a recurrent core."""

    def build(
        self, *, precision: Precision = "float32", seed: int = 0, **layer: Any
    ) -> RecurrentCore:
        """The Keras layer. `layer` holds Keras's own arguments (name)."""
        raise NotImplementedError


@dataclass(frozen=True)
class Task:
    """What a head is built for: what is known of the lines that it learns."""

    unit: tuple[float, float]
    """One pen unit of the corpus in normalised Δx and Δy, for floors of scale."""
    marks: int = 1
    """Binary marks of a row after Δx and Δy: pen_up, and with 2 char_end, the last point of its
    character."""
    charset: str = ""
    """Characters of the corpus's texts, sorted."""


class Head(Component):
    """Options of an output head."""

    learns: ClassVar[Literal["ink", "text"]] = "ink"
    """What the loss is of: the next point, or the text of a line that is seen whole."""

    def build(
        self,
        *,
        task: Task,
        precision: Precision = "float32",
        seed: int = 0,
        **layer: Any,
    ) -> OutputHead:
        """The Keras layer. Raises UsageError where this head cannot do that."""
        raise NotImplementedError

    def decode(
        self, params: NDArray[np.float32], charset: str, language: Language | None = None
    ) -> str:
        """params (steps, params) of a line -> its text. Asked of heads that learn text, where no
        training framework may be loaded; `charset` is that of the task. `language`: how likely
        characters are after others, to be weighed where that is known."""
        raise NotImplementedError


@dataclass(frozen=True)
class Paper:
    """A sheet on which lines have their places."""

    width_mm: float
    height_mm: float
    rules_mm: Sequence[tuple[float, float, float, float]] = ()
    """The paper's own lines: from x, y to x, y."""


@dataclass(frozen=True)
class Page:
    """Lines to be drawn together, at one scale."""

    lines: Sequence[Ink]
    """In corpus units, or millimetres on paper, in the order of the sheet."""
    line_height: float
    """Median height of the corpus's lines, in corpus units; what it becomes on paper is the
    exporter's option `line_height_mm`."""
    captions: Sequence[str] | None = None
    """One a line, or None."""
    paper: Paper | None = None
    """Where given, coordinates and line height are millimetres, from its upper left corner, and
    the lines stay where they are; exporters that draw leave their own layout aside."""

    def scale(self, line_height_mm: float) -> float:
        """Millimetres a unit, where `line_height` is to become so many; 1 on paper."""
        return line_height_mm / self.line_height if self.paper is None else 1.0


class Exporter(Component):
    """Writes ink to a file."""

    suffix: ClassVar[str]
    """The file name's ending that chooses this exporter, with its dot."""

    def write(self, page: Page, path: Path) -> None:
        """Writes the file whole or not at all."""
        raise NotImplementedError


class Callback(Component):
    """Watches a run as it trains; its options stand under its own name, `--set NAME.option=…`."""

    def check(self) -> None:
        """Raises UsageError where it cannot watch at all, before anything is read or written."""

    def watch(self, run: WatchedRun) -> Watcher:
        """What is told of the run's moments."""
        raise NotImplementedError
