"""What an output head is held to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.contracts import Head, Task
from hwsynth.testing import ink_head, layer, text_head
from hwsynth.testing.comparing import equal, fail, form_of, near, numbers
from hwsynth.testing.component import check_component
from hwsynth.testing.exporting import UNITS, head_can_be_exported

if TYPE_CHECKING:
    from hwsynth.layers import OutputHead

BATCH, STEPS = 2, 12
TASK = Task(unit=(0.02, 0.03), charset=text_head.CHARSET)
"""A pen unit in normalised Δx and Δy, as of a tablet; few characters."""

ROUNDING = 0.05
"""Largest difference allowed to bfloat16, relative to the largest number compared or 1."""

DIFFERENCES = 0.02
"""Largest difference of a gradient from numeric ones, relative to its size or 0.1."""

LARGEST_OUTPUT = 3.0
"""Outputs of the cores here reach 1, or √units where they are normalised; weights grow."""

FARTHEST_OFFSET = 100.0
"""In standard deviations: moves from word to word are some 30 of them."""


def check_head(
    options: Head,
    *,
    task: Task = TASK,
    batch: Mapping[str, NDArray] | None = None,
    tolerance: float = 1e-4,
    seed: int = 0,
) -> None:
    """Holds the head that `options` build to the contract of `hwsynth.OutputHead`.

    task: what it is built for; one that takes two marks is checked once with each number.
    batch: what `batch_loss` is given besides parameters, arrays that begin with axes (batch,
    steps) or (batch,); among them mask (batch, steps), with padding in it. By default rows of
    ink, or labels for heads that learn text.
    tolerance: largest difference allowed, relative to the largest number compared or 1.
    Options that bound derivatives must not bite: gradients are compared with differences.
    Raises AssertionError that says which clause is broken, with the numbers.
    """
    from hwsynth.backend import prepare

    check_component(options, "head")
    prepare()
    trial = _Trial(options, task, batch, tolerance, seed)
    equal("learns: the head and what it builds say the same", options.learns, trial.head.learns)
    layer.weights_are_named(trial.build)
    layer.weights_are_float32(trial.build)
    layer.seed_decides_the_weights(trial.build)
    _shapes_are_as_stated(trial)
    _linear_is_as_stated(trial)
    if trial.head.learns == "ink":
        _extremes_are_finite(trial)
    _lines_do_not_mix(trial)
    _padding_has_no_effect(trial)
    _gradient_is_that_of_differences(trial)
    _bfloat16_is_near(trial)
    layer.weights_survive_the_disk(trial.build, lambda head: head(trial.outputs), tolerance)
    if trial.head.learns == "ink":
        ink_head.check(trial.head, trial.params[:, 0], seed)
        head_can_be_exported(options.build(task=task, seed=1, name="head"))
    elif batch is None:
        text_head.check(options, trial.head, trial.params)


@dataclass(frozen=True)
class _Trial:
    options: Head
    task: Task
    given: Mapping[str, NDArray] | None
    tolerance: float
    seed: int

    def build(self, *, seed: int = 1, name: str = "head", **given: Any) -> OutputHead:
        head = self.options.build(task=self.task, seed=seed, name=name, **given)
        head.build((None, None, UNITS))
        return head

    @cached_property
    def head(self) -> OutputHead:
        return self.build()

    @cached_property
    def batch(self) -> dict[str, NDArray]:
        """What the loss is of, with padding."""
        if self.given is not None:
            return dict(self.given)
        mask = np.ones((BATCH, STEPS), bool)
        mask[0, STEPS // 2 :] = False
        if self.head.learns == "text":
            return {"labels": text_head.LABELS, "mask": mask}
        return {"targets": rows(self.rng(0), (BATCH, STEPS), self.head.marks), "mask": mask}

    @cached_property
    def outputs(self) -> NDArray[np.float32]:
        """(batch, steps, units): as of a core."""
        shape = (*self.batch["mask"].shape, UNITS)
        return np.tanh(self.rng(1).standard_normal(shape)).astype(np.float32)

    @cached_property
    def params(self) -> NDArray[np.float32]:
        """(batch, steps, params)."""
        return numbers(self.head(self.outputs)).astype(np.float32)

    def rng(self, part: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, part])

    def loss(self, params: Any, batch: Mapping[str, Any] | None = None) -> Any:
        """(batch,)."""
        return self.head.batch_loss(params, tensors(batch or self.batch))

    def gradient(
        self, params: Any, batch: Mapping[str, NDArray]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Loss (batch,), and derivatives of its sum by params (batch, steps, params)."""
        from keras import ops

        from hwsynth.backend import gradients

        names = list(batch)

        def summed(sources: Sequence[Any], rest: Sequence[Any]) -> tuple[Any, Any]:
            losses = self.loss(sources[0], dict(zip(names, rest, strict=True)))
            return ops.sum(losses), losses

        losses, (derivative,) = gradients(summed, [])(
            [ops.convert_to_tensor(params)], list(tensors(batch).values())
        )
        return numbers(losses), numbers(derivative)


def rows(rng: np.random.Generator, shape: tuple[int, ...], marks: int) -> NDArray[np.float32]:
    """Rows (*shape, 2 + marks) of ink."""
    offsets, drawn = rng.standard_normal((*shape, 2)), rng.integers(0, 2, (*shape, marks))
    return np.concatenate([offsets, drawn], axis=-1).astype(np.float32)


def tensors(batch: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of a batch as the backend's."""
    from keras import ops

    return {name: ops.convert_to_tensor(array) for name, array in batch.items()}


def _shapes_are_as_stated(trial: _Trial) -> None:
    """Parameters (..., params) of outputs (..., units); a loss a line. All float32."""
    head = trial.head
    for outputs in (trial.outputs, trial.outputs[:, 0]):
        wanted = [((*outputs.shape[:-1], head.params), "float32")]
        equal("call: shape and type of the parameters", form_of([head(outputs)]), wanted)
    wanted = [((len(trial.outputs),), "float32")]
    equal("batch_loss: shape and type", form_of([trial.loss(trial.params)]), wanted)


def _linear_is_as_stated(trial: _Trial) -> None:
    """A head that gives a kernel and a bias does nothing else in `call`."""
    if trial.head.linear is None:
        return
    kernel, bias = map(numbers, trial.head.linear)
    got = trial.outputs @ kernel + bias
    near("linear: outputs times kernel, plus bias", got, trial.params, trial.tolerance)


def _lines_do_not_mix(trial: _Trial) -> None:
    """A line has the same loss alone and beside others."""
    first = {name: array[:1] for name, array in trial.batch.items()}
    alone, together = trial.loss(trial.params[:1], first), trial.loss(trial.params)
    near("lines do not depend on each other: batch_loss", alone, together[:1], trial.tolerance)


def _padding_has_no_effect(trial: _Trial) -> None:
    """What stands on masked points carries neither loss nor gradient."""
    mask = trial.batch["mask"]
    other = {name: _changed(array, ~mask) for name, array in trial.batch.items() if name != "mask"}
    wanted, derivative = trial.gradient(trial.params, trial.batch)
    at_padding = derivative[~mask]
    near("padding has no gradient", at_padding, np.zeros_like(at_padding), 0.0)
    params = _changed(trial.params, ~mask)
    losses, derivatives = trial.gradient(params, {**other, "mask": mask})
    near("padding has no effect: batch_loss", losses, wanted, trial.tolerance)
    near("padding has no effect: gradient", derivatives, derivative, trial.tolerance)


def _changed(array: NDArray, places: NDArray[np.bool_]) -> NDArray:
    """Other numbers at `places` (batch, steps), where the array has such axes."""
    if array.shape[:2] != places.shape or not np.issubdtype(array.dtype, np.floating):
        return array
    return np.where(places.reshape(*places.shape, *[1] * (array.ndim - 2)), 1 - array, array)


def _gradient_is_that_of_differences(trial: _Trial) -> None:
    """Along directions in the parameters of one point each."""
    rng, step = trial.rng(2), 0.01
    _, derivative = trial.gradient(trial.params, trial.batch)
    for line, point in zip(*np.nonzero(trial.batch["mask"]), strict=True):
        direction = np.zeros_like(trial.params)
        drawn = rng.standard_normal(trial.params.shape[-1])
        direction[line, point] = drawn / np.linalg.norm(drawn)
        ahead, back = (numbers(trial.loss(trial.params + s * direction)) for s in (step, -step))
        wanted = float((ahead - back).sum() / (2 * step))
        got = float((derivative * direction).sum())
        allowed = DIFFERENCES * max(0.1, float(np.linalg.norm(derivative[line, point])))
        if not abs(got - wanted) <= allowed:
            fail(
                "the gradient is that of differences",
                f"at point {point} of line {line} it is {got:.4g} along a direction in which the "
                f"loss has {wanted:.4g}, allowed is a difference of {allowed:.2g}",
            )


def _bfloat16_is_near(trial: _Trial) -> None:
    """With precision bfloat16 parameters are float32, and near."""
    params = trial.build(precision="bfloat16")(trial.outputs)
    equal("bfloat16: type of the parameters", form_of([params])[0][1], "float32")
    near("bfloat16 is near float32: parameters", params, trial.params, ROUNDING)


def _extremes_are_finite(trial: _Trial) -> None:
    """Loss and gradient, for outputs of ±LARGEST_OUTPUT and rows out to ±FARTHEST_OFFSET."""
    lines, marks = 32, trial.head.marks
    signs = trial.rng(3).choice([-1.0, 0.0, 1.0], (lines, STEPS, UNITS))
    targets = rows(trial.rng(4), (lines, STEPS), marks)
    targets[..., :2] = trial.rng(5).choice([-1.0, 0.0, 1.0], (lines, STEPS, 2)) * FARTHEST_OFFSET
    params = numbers(trial.head((LARGEST_OUTPUT * signs).astype(np.float32))).astype(np.float32)
    batch = {"targets": targets, "mask": np.ones((lines, STEPS), bool)}
    losses, derivative = trial.gradient(params, batch)
    for what, found in (("loss", losses), ("gradient", derivative)):
        strange = int((~np.isfinite(found)).sum())
        if strange:
            fail(
                f"the {what} is finite at the extremes",
                f"{strange} of {found.size} numbers are not, for outputs of a core up to "
                f"±{LARGEST_OUTPUT:g} and offsets up to ±{FARTHEST_OFFSET:g}",
            )
