"""What a recurrent core is held to."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hwsynth.contracts import Core
from hwsynth.testing.comparing import equal, fail, form_of, near

if TYPE_CHECKING:
    from hwsynth.layers import RecurrentCore

FEATURES, BATCH, STEPS = 3, 2, 19


def check_core(options: Core, *, tolerance: float = 1e-4, seed: int = 0) -> None:
    """Holds the core that `options` build to the contract of `hwsynth.RecurrentCore`.

    tolerance: largest difference allowed, relative to the largest number compared or 1.
    Raises AssertionError that says which clause is broken, with the numbers.
    """
    from hwsynth.backend import prepare

    prepare()
    checks = _CoreChecks(options, tolerance, seed)
    checks.shapes_are_as_stated()
    checks.call_steps_and_cuts_areequal()
    checks.lines_do_not_mix()
    checks.padding_has_no_effect()
    checks.seed_decides_the_weights()
    checks.bfloat16_keeps_state_and_weights()
    checks.weights_survive_the_disk()


class _CoreChecks:
    def __init__(self, options: Core, tolerance: float, seed: int) -> None:
        self.options, self.tolerance = options, tolerance
        self.rng = np.random.default_rng(seed)
        self.core = self._built()
        from keras import ops

        self.inputs = ops.convert_to_tensor(self._normal(FEATURES))
        self.weights = ops.convert_to_tensor(self._normal(self.core.units))

    def _built(self, **given: Any) -> RecurrentCore:
        core = self.options.build(**{"seed": 1, **given})
        core.build((None, None, FEATURES))
        return core

    def _normal(self, width: int) -> NDArray[np.float32]:
        return self.rng.standard_normal((BATCH, STEPS, width)).astype(np.float32)

    def shapes_are_as_stated(self) -> None:
        """Outputs (batch, steps, units) and (batch, units); states of one form."""
        form = form_of(self.core.initial_state(BATCH))
        output, state = self.core.step(self.inputs[:, 0], self.core.initial_state(BATCH))
        equal("step: shape of the output", tuple(output.shape), (BATCH, self.core.units))
        # Before call, which would stumble in a loop over a state that changes.
        equal("step: shapes and types of the state", form_of(state), form)
        outputs, state = self.core.call(self.inputs)
        equal("call: shape of outputs", tuple(outputs.shape), (BATCH, STEPS, self.core.units))
        equal("call: shapes and types of the state", form_of(state), form)
        for variable in self.core.trainable_variables:
            equal(f"type of the weight {variable.path}", str(variable.dtype), "float32")

    def call_steps_and_cuts_areequal(self) -> None:
        """`call` over a sequence, step by step, and over cuts of it with the state handed on:
        equal outputs, final states and gradients, from the first state and from a later one."""
        from hwsynth.layers import RecurrentCore

        own = type(self.core).call
        cuts = [*map(int, sorted(self.rng.choice(np.arange(1, STEPS), 2, replace=False)))]
        whole = self._program(own, [STEPS])
        others = {
            "step by step equals call": self._program(RecurrentCore.call, [STEPS]),
            f"cuts at {cuts} equal the whole": self._program(own, [*cuts, STEPS]),
        }
        for state in self._states():
            wanted = whole(state)
            self._same("step by step equals call", self._one_by_one(state), wanted)
            for clause, program in others.items():
                self._same(clause, program(state), wanted)

    def _one_by_one(self, state: Sequence[Any]) -> dict[str, Any]:
        """Outputs and final state of steps as a sampler takes them, outside any loop that is
        traced once: what a core counts beside its state shows here."""
        from keras import ops

        outputs = []
        for t in range(STEPS):
            output, state = self.core.step(self.inputs[:, t], tuple(state))
            outputs.append(output)
        return dict(zip(_names(len(state)), (ops.stack(outputs, axis=1), *state), strict=True))

    def _states(self) -> list[list[Any]]:
        """The first state, and one in the midst of a sequence with other numbers in it."""
        later: Any = self.core.initial_state(BATCH)
        for t in range(5):
            _, later = self.core.step(self.inputs[:, t], later)
        return [list(self.core.initial_state(BATCH)), list(later)]

    def _program(
        self, call: Callable[..., Any], cuts: Sequence[int]
    ) -> Callable[[list[Any]], dict[str, Any]]:
        """State -> outputs and final state, and derivatives of a weighted sum of both."""
        from keras import ops

        from hwsynth.backend import gradients

        form = self.core.initial_state(BATCH)
        real = [i for i, (_, kind) in enumerate(form_of(form)) if kind == "float32"]

        def weighted(sources: Sequence[Any], rest: Sequence[Any]) -> tuple[Any, Any]:
            inputs, floats, others = sources[0], iter(sources[1:]), iter(rest)
            state = tuple(next(floats if i in real else others) for i in range(len(form)))
            outputs, start = [], 0
            for end in cuts:
                output, state = call(self.core, inputs[:, start:end], state)
                outputs.append(output)
                start = end
            whole = ops.concatenate(outputs, axis=1)
            # Squares of the state, so that its derivatives differ from place to place.
            ends = sum(ops.sum(ops.square(state[i])) for i in real)
            return ops.sum(whole * self.weights) + ends, (whole, *state)

        program = gradients(weighted, self.core.trainable_variables)
        sources = ["the inputs", *(f"the state {i}" for i in real)]
        sources += [variable.path for variable in self.core.trainable_variables]

        def run(state: list[Any]) -> dict[str, Any]:
            values, derivatives = program(
                [self.inputs, *(state[i] for i in real)],
                [part for i, part in enumerate(state) if i not in real],
            )
            found = dict(zip(_names(len(form)), values, strict=True))
            labels = (f"derivative by {source}" for source in sources)
            return found | dict(zip(labels, derivatives, strict=True))

        return run

    def _same(self, clause: str, got: dict[str, Any], wanted: dict[str, Any]) -> None:
        for what, value in got.items():
            near(f"{clause}: {what}", value, wanted[what], self.tolerance)

    def lines_do_not_mix(self) -> None:
        """A line gives the same alone and beside others, in a batch of any size."""
        together, alone = (self.core.call(inputs)[0] for inputs in (self.inputs, self.inputs[:1]))
        near("lines do not depend on each other: outputs", alone, together[:1], self.tolerance)

    def padding_has_no_effect(self) -> None:
        """What stands on padded points changes neither the outputs before them nor a gradient."""
        from keras import ops

        from hwsynth.backend import gradients

        mask = np.ones((BATCH, STEPS), bool)
        mask[0, 11:] = False

        def masked_sum(sources: Sequence[Any], rest: Sequence[Any]) -> tuple[Any, Any]:
            outputs, _ = self.core.call(sources[0], mask=rest[0])
            kept = ops.where(rest[0][..., None], outputs * self.weights, 0.0)
            return ops.sum(kept), kept

        program = gradients(masked_sum, self.core.trainable_variables)
        other = ops.where(mask[..., None], self.inputs, 7.0)
        (kept, derivatives), (other_kept, others) = (
            program([inputs], [ops.convert_to_tensor(mask)]) for inputs in (self.inputs, other)
        )
        near("padding has no effect: outputs", other_kept, kept, self.tolerance)
        at_padding = ops.convert_to_numpy(derivatives[0])[~mask]
        near("padding has no gradient", at_padding, np.zeros_like(at_padding), 0.0)
        for variable, a, b in zip(
            self.core.trainable_variables, others[1:], derivatives[1:], strict=True
        ):
            near(f"padding has no effect: gradient of {variable.path}", a, b, self.tolerance)

    def seed_decides_the_weights(self) -> None:
        """The same seed gives the same weights, another seed others."""
        own, again, other = (
            [np.asarray(v) for v in core.trainable_variables]
            for core in (self.core, self._built(), self._built(seed=2))
        )
        for variable, a, b in zip(self.core.trainable_variables, own, again, strict=True):
            near(f"the same seed gives the same weights: {variable.path}", b, a, 0.0)
        if all(np.array_equal(a, b) for a, b in zip(own, other, strict=True)):
            fail("another seed gives other weights", "seeds 1 and 2 gave the same")

    def bfloat16_keeps_state_and_weights(self) -> None:
        """With precision bfloat16 weights, state and outputs are float32, and near."""
        core = self._built(precision="bfloat16")
        for variable in core.trainable_variables:
            equal(f"bfloat16: type of {variable.path}", str(variable.dtype), "float32")
        outputs, state = core.call(self.inputs)
        exact, _ = self.core.call(self.inputs)
        form = form_of(self.core.initial_state(BATCH))
        for each in (core.initial_state(BATCH), state):
            equal("bfloat16: types of the state", form_of(each), form)
        equal("bfloat16: type of outputs", form_of((outputs,)), form_of((exact,)))
        near("bfloat16: outputs are near float32's", outputs, exact, 0.1)

    def weights_survive_the_disk(self) -> None:
        """Weights saved and loaded into a core of another seed give the same outputs."""
        from keras import ops
        from safetensors.numpy import load_file, save_file

        other = self._built(seed=2)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "weights.safetensors"
            # safetensors writes the bytes as they lie: PyTorch's may lie by columns.
            kept = {
                str(i): np.array(ops.convert_to_numpy(v), order="C")
                for i, v in enumerate(self.core.variables)
            }
            save_file(kept, file)
            loaded = load_file(file)
        for i, variable in enumerate(other.variables):
            variable.assign(loaded[str(i)])
        got, wanted = other.call(self.inputs)[0], self.core.call(self.inputs)[0]
        near("weights survive the disk: outputs", got, wanted, self.tolerance)


def _names(parts: int) -> list[str]:
    """Of outputs and of a state of so many parts."""
    return ["outputs", *(f"final state {i}" for i in range(parts))]
