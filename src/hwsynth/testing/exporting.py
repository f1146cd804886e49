"""Whether a core or a head can go into an exported step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hwsynth.testing.comparing import fail

if TYPE_CHECKING:
    from hwsynth.layers import OutputHead, RecurrentCore

UNITS = 8


def core_can_be_exported(core: RecurrentCore) -> None:
    """One that says so makes a step in ONNX that gives what the model gives. Looked at where the
    packages for it are installed, on TensorFlow. `core` has no weights yet."""
    from hwsynth.testing.plain_layers import PlainHead

    _check(core, PlainHead(name="head"))


def head_can_be_exported(head: OutputHead) -> None:
    """The same of a head, and of what it draws."""
    from hwsynth.testing.plain_layers import PlainCore

    _check(PlainCore(UNITS), head)


def _check(core: RecurrentCore, head: OutputHead) -> None:
    from hwsynth.exported_step import StepMark
    from hwsynth.model import HandwritingModel
    from hwsynth.step_export import ExportError, can_export, step_graph

    if not (core.exportable and head.exportable and can_export()):
        return
    model = HandwritingModel([core], head)
    model.build()
    try:
        step_graph(model, StepMark(model="", versions={}))
    except ExportError as error:
        fail("the step can be exported", f"{error}; if it has to be so, say exportable = False")
