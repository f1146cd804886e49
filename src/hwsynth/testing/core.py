"""What a recurrent core is held to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np

from hwsynth.contracts import Core
from hwsynth.testing import layer
from hwsynth.testing.comparing import equal, fail, form_of, near
from hwsynth.testing.component import check_component
from hwsynth.testing.exporting import core_can_be_exported

if TYPE_CHECKING:
    from hwsynth.layers import RecurrentCore

FEATURES, BATCH, STEPS = 3, 2, 19

CUTS = (1, 2, 4)
"""Into how many cuts, at places drawn at random, a sequence is cut."""

ROUNDING = 0.1
"""Largest difference allowed to bfloat16, relative to the largest number compared or 1."""


def check_core(options: Core, *, tolerance: float = 1e-4, seed: int = 0) -> None:
    """Holds the core that `options` build to the contract of `hwsynth.RecurrentCore`.

    tolerance: largest difference allowed, relative to the largest number compared or 1.
    seed: of the inputs, and of the places at which sequences are cut.
    Raises AssertionError that says which clause is broken, with the numbers.
    """
    from hwsynth.backend import prepare

    check_component(options, "core")
    prepare()
    trial = _Trial(options, tolerance, seed)
    layer.weights_are_named(trial.build)
    layer.weights_are_float32(trial.build)
    _state_is_as_stated(trial.core)
    _shapes_are_as_stated(trial)
    layer.seed_decides_the_weights(trial.build)
    _steps_equal_the_whole(trial)
    _lines_do_not_mix(trial)
    _padding_has_no_effect(trial)
    _bfloat16_is_near(trial)
    layer.weights_survive_the_disk(trial.build, lambda core: core.call(trial.inputs)[0], tolerance)
    _cuts_equal_the_whole(trial)
    _projecting_equals_the_product(trial)
    core_can_be_exported(options.build(seed=1, name="core_1"))


@dataclass(frozen=True)
class _Trial:
    options: Core
    tolerance: float
    seed: int

    def build(self, *, seed: int = 1, name: str = "core", **given: Any) -> RecurrentCore:
        core = self.options.build(seed=seed, name=name, **given)
        core.build((None, None, FEATURES))
        return core

    @cached_property
    def core(self) -> RecurrentCore:
        return self.build()

    @cached_property
    def whole(self) -> Callable[[Sequence[Any]], dict[str, Any]]:
        return _program(self, self.core, type(self.core).call)

    @property
    def inputs(self) -> Any:
        """(batch, steps, features)."""
        return self.normal(0, FEATURES)

    @property
    def weights(self) -> Any:
        """(batch, steps, units): what outputs are weighed by in the sum that is derived."""
        return self.normal(1, self.core.units)

    def normal(self, part: int, width: int) -> Any:
        from keras import ops

        rng = np.random.default_rng([self.seed, part])
        return ops.convert_to_tensor(rng.standard_normal((BATCH, STEPS, width)), "float32")

    def compare(self, clause: str, got: dict[str, Any], wanted: dict[str, Any]) -> None:
        for what, value in got.items():
            near(f"{clause}: {what}", value, wanted[what], self.tolerance)


def _state_is_as_stated(core: RecurrentCore) -> None:
    """A flat tuple; numbers (batch, ...) in float32, and a clock that starts at 0."""
    from keras import ops

    for batch in (1, 3):
        state = core.initial_state(batch)
        if not isinstance(state, tuple) or any(isinstance(part, tuple | list) for part in state):
            fail("the state is a flat tuple of tensors", f"is {type(state).__name__} of {state}")
        for i, (shape, kind) in enumerate(form_of(state)):
            if "int" not in kind:
                found = (shape[:1], kind)
                equal(
                    f"numbers of the state are (batch, ...) of float32: state {i}",
                    found,
                    ((batch,), "float32"),
                )
                continue
            equal(f"a clock is int32 of shape (1,): state {i}", (shape, kind), ((1,), "int32"))
            first = int(ops.convert_to_numpy(state[i])[0])
            equal(f"a clock starts at 0: state {i}", first, 0)


def _shapes_are_as_stated(trial: _Trial) -> None:
    """Outputs (batch, steps, units) and (batch, units) in float32; states of one form."""
    core, inputs = trial.core, trial.inputs
    form = form_of(core.initial_state(BATCH))
    output, state = core.step(inputs[:, 0], core.initial_state(BATCH))
    one = [((BATCH, core.units), "float32")]
    equal("step: shape and type of the output", form_of([output]), one)
    # Before call, which would stumble in a loop over a state that changes.
    equal("step: shapes and types of the state", form_of(state), form)
    outputs, state = core.call(inputs)
    all_steps = [((BATCH, STEPS, core.units), "float32")]
    equal("call: shape and type of outputs", form_of([outputs]), all_steps)
    equal("call: shapes and types of the state", form_of(state), form)


def _steps_equal_the_whole(trial: _Trial) -> None:
    """`call` over a sequence and step by step: equal outputs, final states and gradients, from
    the first state and from a later one."""
    from hwsynth.layers import RecurrentCore

    clause = "step by step equals call"
    folded = _program(trial, trial.core, RecurrentCore.call)
    for state in _states(trial):
        wanted = trial.whole(state)
        trial.compare(clause, _one_by_one(trial, state), wanted)
        trial.compare(clause, folded(state), wanted)


def _cuts_equal_the_whole(trial: _Trial) -> None:
    """`call` over cuts of a sequence with the state handed on: equal outputs and final states,
    and for a single cut equal gradients. Each piece is a program to trace, for some cores seconds
    long; so many cuts are tried from a later state alone."""
    once, *draws = _cuts(trial.seed)
    states = _states(trial)
    derived = _program(trial, trial.core, type(trial.core).call, once)
    for state in states:
        trial.compare(f"cuts at {once} equal the whole", derived(state), trial.whole(state))
    for cuts in draws:
        found = _named(_over_cuts(trial.core.call, trial.inputs, states[1], cuts))
        trial.compare(f"cuts at {cuts} equal the whole", found, trial.whole(states[1]))


def _projecting_equals_the_product(trial: _Trial) -> None:
    """`call_projected`, where the core has one of its own, and outputs times the kernel: equal
    values, final states and gradients."""
    import keras

    from hwsynth.layers import RecurrentCore

    own, plain = type(trial.core).call_projected, RecurrentCore.call_projected
    if own is plain:
        return
    # As many columns as the core has units, since results are weighed as outputs are.
    drawn = np.random.default_rng([trial.seed, 4]).standard_normal((trial.core.units,) * 2)
    kernel = keras.Variable(drawn, dtype="float32", name="projection")

    def program(call: Callable[..., Any]) -> Callable[[Sequence[Any]], dict[str, Any]]:
        def projected(core: RecurrentCore, inputs: Any, state: Any) -> Any:
            return call(core, inputs, kernel, state)

        return _program(trial, trial.core, projected, more=[kernel])

    found, wanted = program(own), program(plain)
    for state in _states(trial):
        trial.compare("call_projected equals outputs times the kernel", found(state), wanted(state))


def _over_cuts(
    call: Callable[..., Any], inputs: Any, state: Sequence[Any], cuts: Sequence[int]
) -> list[Any]:
    """Outputs (batch, steps, units) and the parts of the final state."""
    from keras import ops

    outputs = []
    for start, end in zip([0, *cuts], [*cuts, STEPS], strict=True):
        output, state = call(inputs[:, start:end], tuple(state))
        outputs.append(output)
    return [ops.concatenate(outputs, axis=1), *state]


def _cuts(seed: int) -> Iterator[list[int]]:
    rng = np.random.default_rng([seed, 2])
    for count in CUTS:
        yield sorted(rng.choice(np.arange(1, STEPS), count, replace=False).tolist())


def _states(trial: _Trial) -> list[Sequence[Any]]:
    """The first state, and one in the midst of a sequence with other numbers in it."""
    first = later = trial.core.initial_state(BATCH)
    for t in range(int(np.random.default_rng([trial.seed, 3]).integers(3, STEPS))):
        _, later = trial.core.step(trial.inputs[:, t], later)
    return [first, later]


def _one_by_one(trial: _Trial, state: Sequence[Any]) -> dict[str, Any]:
    """Outputs and final state of steps as a sampler takes them, outside any loop that is traced
    once: what a core counts beside its state shows here."""
    from keras import ops

    outputs = []
    for t in range(STEPS):
        output, state = trial.core.step(trial.inputs[:, t], tuple(state))
        outputs.append(output)
    return _named([ops.stack(outputs, axis=1), *state])


def _named(values: Sequence[Any]) -> dict[str, Any]:
    """Outputs and the parts of a final state, by name."""
    names = ["outputs", *(f"final state {i}" for i in range(len(values) - 1))]
    return dict(zip(names, values, strict=True))


def _program(
    trial: _Trial,
    core: RecurrentCore,
    call: Callable[..., Any],
    cuts: Sequence[int] = (),
    more: Sequence[Any] = (),
) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """State -> outputs and final state, and derivatives of a weighted sum of both, by `more`
    variables too."""
    from keras import ops

    from hwsynth.backend import gradients

    form = form_of(core.initial_state(BATCH))
    real = [i for i, (_, kind) in enumerate(form) if kind == "float32"]

    def weighted(sources: Sequence[Any], rest: Sequence[Any]) -> tuple[Any, Any]:
        inputs, floats, others = sources[0], iter(sources[1:]), iter(rest)
        state = [next(floats if i in real else others) for i in range(len(form))]
        whole, *state = _over_cuts(partial(call, core), inputs, state, cuts)
        # Squares of the state, so that its derivatives differ from place to place.
        ends = sum(ops.sum(ops.square(state[i])) for i in real)
        return ops.sum(whole * trial.weights) + ends, (whole, *state)

    variables = [*core.trainable_variables, *more]
    program = gradients(weighted, variables)
    sources = ["the inputs", *(f"the state {i}" for i in real)]
    sources += [variable.path for variable in variables]

    def run(state: Sequence[Any]) -> dict[str, Any]:
        values, derivatives = program(
            [trial.inputs, *(state[i] for i in real)],
            [part for i, part in enumerate(state) if i not in real],
        )
        labels = (f"derivative by {source}" for source in sources)
        return _named(values) | dict(zip(labels, derivatives, strict=True))

    return run


def _lines_do_not_mix(trial: _Trial) -> None:
    """A line gives the same alone and beside others, in a batch of any size."""
    together, alone = (trial.core.call(x)[0] for x in (trial.inputs, trial.inputs[:1]))
    near("lines do not depend on each other: outputs", alone, together[:1], trial.tolerance)


def _padding_has_no_effect(trial: _Trial) -> None:
    """A mask changes no output before it, and what stands on padded points changes neither the
    outputs before them nor a gradient."""
    from keras import ops

    from hwsynth.backend import gradients

    core, tolerance = trial.core, trial.tolerance
    mask = np.ones((BATCH, STEPS), bool)
    mask[0, 11:] = False

    def masked_sum(sources: Sequence[Any], rest: Sequence[Any]) -> tuple[Any, Any]:
        outputs, _ = core.call(sources[0], mask=rest[0])
        kept = ops.where(rest[0][..., None], outputs * trial.weights, 0.0)
        return ops.sum(kept), ops.where(rest[0][..., None], outputs, 0.0)

    program = gradients(masked_sum, core.trainable_variables)
    other = ops.where(mask[..., None], trial.inputs, 7.0)
    (kept, derivatives), (other_kept, others) = (
        program([inputs], [ops.convert_to_tensor(mask)]) for inputs in (trial.inputs, other)
    )
    without = ops.where(mask[..., None], core.call(trial.inputs)[0], 0.0)
    near("a mask changes no output before it", kept, without, tolerance)
    near("padding has no effect: outputs", other_kept, kept, tolerance)
    at_padding = ops.convert_to_numpy(derivatives[0])[~mask]
    near("padding has no gradient", at_padding, np.zeros_like(at_padding), 0.0)
    for variable, a, b in zip(core.trainable_variables, others[1:], derivatives[1:], strict=True):
        near(f"padding has no effect: gradient of {variable.path}", a, b, tolerance)


def _bfloat16_is_near(trial: _Trial) -> None:
    """With precision bfloat16 state and outputs are float32, and they and gradients near."""
    core, exact = trial.build(precision="bfloat16"), trial.core
    form = form_of(exact.initial_state(BATCH))
    outputs, state = core.call(trial.inputs)
    for each in (core.initial_state(BATCH), state):
        equal("bfloat16: types of the state", form_of(each), form)
    equal("bfloat16: type of outputs", form_of([outputs])[0][1], "float32")
    program = _program(trial, core, type(core).call)
    wanted = trial.whole(exact.initial_state(BATCH))
    for what, value in program(core.initial_state(BATCH)).items():
        near(f"bfloat16 is near float32: {what}", value, wanted[what], ROUNDING)
