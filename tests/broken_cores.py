"""A core that keeps the contract, and others that break one clause of it each."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from hwsynth import RecurrentCore, custom_gradient

UNITS = 4


class Sound(RecurrentCore):
    """h(t) = tanh(W·x(t) + U·h(t−1)) at even steps, else held; state: h, clock."""

    def __init__(self, *, seed: int = 0, **layer: Any) -> None:
        super().__init__(**layer)
        self.units = UNITS
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.kernel = self._weight("kernel", (input_shape[-1], UNITS), self.seed)
        self.recurrent_kernel = self._weight("recurrent", (UNITS, UNITS), self.seed + 1000)
        self.built = True

    def _weight(
        self, name: str | None, shape: tuple, seed: int | None, dtype: str = "float32"
    ) -> Any:
        initializer = keras.initializers.RandomNormal(stddev=0.5, seed=seed)
        return self.add_weight(shape, initializer=initializer, dtype=dtype, name=name)

    def initial_state(self, batch_size: int) -> tuple:
        return ops.zeros((batch_size, UNITS)), ops.zeros((1,), "int32")

    def step(self, inputs: Any, state: tuple) -> tuple:
        h, clock = state
        new = ops.tanh(self.matmul(inputs, self.kernel) + self.matmul(h, self.recurrent_kernel))
        h = ops.where(clock % 2 == 0, new, h)
        return h, (h, clock + 1)


class CallOfOtherShape(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, state = super().call(inputs, initial_state)
        return outputs[..., 1:], state


class StepOfOtherShape(Sound):
    def step(self, inputs: Any, state: tuple) -> tuple:
        output, state = super().step(inputs, state)
        return output[..., 1:], state


class StepChangesTheStatesType(Sound):
    def step(self, inputs: Any, state: tuple) -> tuple:
        output, (h, clock) = super().step(inputs, state)
        return output, (h, ops.cast(clock, "float32"))


class StateOfNests(Sound):
    def initial_state(self, batch_size: int) -> tuple:
        return (super().initial_state(batch_size),)


class StateWithoutLines(Sound):
    """One memory for all lines."""

    def initial_state(self, batch_size: int) -> tuple:
        return super().initial_state(1)


class ClockOfEveryLine(Sound):
    def initial_state(self, batch_size: int) -> tuple:
        h, _ = super().initial_state(batch_size)
        return h, ops.zeros((batch_size,), "int32")


class ClockStartsAtOne(Sound):
    def initial_state(self, batch_size: int) -> tuple:
        h, clock = super().initial_state(batch_size)
        return h, clock + 1


class StepGrowsTheState(Sound):
    def step(self, inputs: Any, state: tuple) -> tuple:
        output, (h, clock) = super().step(inputs, state)
        return output, (h, ops.concatenate([clock, clock]))


class CallChangesTheStatesType(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, (h, clock) = super().call(inputs, initial_state)
        return outputs, (h, ops.cast(clock, "float32"))


class WeightsInFloat16(Sound):
    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        self.more = self._weight("more", (1,), self.seed, "float16")


class WeightsWithoutNames(Sound):
    """Keras then counts them, through all layers of a process."""

    def _weight(self, name: str | None, shape: tuple, *more: Any) -> Any:
        return super()._weight(None, shape, *more)


class TwoWeightsOfOneName(Sound):
    def _weight(self, name: str | None, shape: tuple, *more: Any) -> Any:
        return super()._weight("kernel", shape, *more)


class CallUnlikeStep(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, state = super().call(inputs, initial_state)
        return outputs * 1.001, state


class FinalStateUnlikeStep(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, (h, clock) = super().call(inputs, initial_state)
        return outputs, (h * 0.0, clock)


class GradientUnlikeStep(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        h, clock = initial_state or self.initial_state(inputs.shape[0])
        return super().call(inputs, (ops.stop_gradient(h), clock))


class CallForgetsTheState(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        return super().call(inputs)


class CallOfShortPiecesUnlikeStep(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, state = super().call(inputs, initial_state)
        return outputs * (1.001 if inputs.shape[1] < 10 else 1.0), state


class CallStartsTheClockAnew(Sound):
    """Right from the first state on; wrong from the midst of a sequence."""

    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        h, clock = initial_state or self.initial_state(inputs.shape[0])
        outputs, (h, after) = super().call(inputs, (h, clock * 0))
        return outputs, (h, clock + after)


class ClockOutsideTheState(Sound):
    """Counts in Python: within a traced loop the count stands still."""

    now = 0

    def initial_state(self, batch_size: int) -> tuple:
        return (ops.zeros((batch_size, UNITS)),)

    def step(self, inputs: Any, state: tuple) -> tuple:
        output, (h, _) = super().step(inputs, (*state, ops.full((1,), self.now, "int32")))
        self.now += 1
        return output, (h,)


class LooksAhead(Sound):
    """Sees the mean of what is to come, too."""

    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        return super().call(inputs + ops.mean(inputs, axis=1, keepdims=True), initial_state)


class MaskChangesOutputs(Sound):
    """Does with a mask what it does not do without, as sampling is."""

    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, state = super().call(inputs, initial_state)
        return outputs * (1.0 if mask is None else 1.001), state


class PaddingLeaksBack(Sound):
    """Looks for far points over the whole line, padding too."""

    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, state = super().call(inputs, initial_state)
        if mask is not None:
            outputs = outputs + ops.max(ops.relu(inputs - 6), axis=1, keepdims=True)[..., :1]
        return outputs, state


class PaddingHasAGradient(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        if mask is not None:
            inputs = custom_gradient(lambda x: (x * 1.0, lambda dx: dx + 1.0))(inputs)
        return super().call(inputs, initial_state)


class PaddingChangesAGradient(Sound):
    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, state = super().call(inputs, initial_state)
        if mask is None:
            return outputs, state

        def same(outputs: Any, inputs: Any, kernel: Any) -> Any:
            def derivative(dy: Any) -> tuple:
                return dy, ops.zeros_like(inputs), ops.zeros_like(kernel) + ops.sum(inputs)

            return outputs * 1.0, derivative

        return custom_gradient(same)(outputs, inputs, self.kernel), state


class LinesMix(Sound):
    def step(self, inputs: Any, state: tuple) -> tuple:
        return super().step(inputs - ops.mean(inputs, axis=0, keepdims=True), state)


class SeedMissing(Sound):
    def _weight(self, name: str | None, shape: tuple, seed: int | None, *more: Any) -> Any:
        return super()._weight(name, shape, None, *more)


class SeedIgnored(Sound):
    def __init__(self, *, seed: int = 0, **layer: Any) -> None:
        super().__init__(seed=7, **layer)


class Bfloat16State(Sound):
    def initial_state(self, batch_size: int) -> tuple:
        h, clock = super().initial_state(batch_size)
        return ops.cast(h, self.precision), clock

    def step(self, inputs: Any, state: tuple) -> tuple:
        output, (h, clock) = super().step(inputs, state)
        return output, (ops.cast(h, self.precision), clock)


class Bfloat16Output(Sound):
    def step(self, inputs: Any, state: tuple) -> tuple:
        output, state = super().step(inputs, state)
        return ops.cast(output, self.precision), state


class Bfloat16Weights(Sound):
    def _weight(self, name: str | None, shape: tuple, seed: int | None, *more: Any) -> Any:
        return super()._weight(name, shape, seed, self.precision)


class FarOffInBfloat16(Sound):
    def step(self, inputs: Any, state: tuple) -> tuple:
        output, state = super().step(inputs, state)
        return output + (self.precision == "bfloat16") * 1.0, state


class FarOffBackInBfloat16(Sound):
    """Its own derivative forgets half of it where operands are bfloat16."""

    def call(self, inputs: Any, initial_state: Any = None, mask: Any = None) -> tuple:
        outputs, state = super().call(inputs, initial_state)
        share = 0.5 if self.precision == "bfloat16" else 1.0
        return custom_gradient(lambda y: (y * 1.0, lambda dy: dy * share))(outputs), state


class WeightsBesideTheVariables(Sound):
    """Keeps numbers that differ by seed where no file finds them."""

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        self.beside = np.random.default_rng(self.seed).random(UNITS).astype(np.float32)

    def step(self, inputs: Any, state: tuple) -> tuple:
        output, state = super().step(inputs, state)
        return output * ops.convert_to_tensor(self.beside), state


class StateBeginsAsOnes(Sound):
    def initial_state(self, batch_size: int) -> tuple:
        return ops.ones((batch_size, UNITS)), ops.zeros((1,), "int32")


class Conditional(Sound):
    def step(self, inputs: Any, state: tuple) -> tuple:
        h, clock = state

        def tick() -> Any:
            return ops.tanh(
                self.matmul(inputs, self.kernel) + self.matmul(h, self.recurrent_kernel)
            )

        h = ops.cond(clock[0] % 2 == 0, tick, lambda: h)
        return h, (h, clock + 1)


class SaysThatItCannotBeExported(StateBeginsAsOnes):
    exportable = False


class ProjectsLate(Sound):
    """Holds what it projects by one step too much."""

    def call_projected(self, inputs: Any, kernel: Any, *state: Any, **mask: Any) -> tuple:
        projected, after = super().call_projected(inputs, kernel, *state, **mask)
        return ops.concatenate([projected[:, :1], projected[:, :-1]], axis=1), after


class ProjectsWithoutGradient(Sound):
    def call_projected(self, inputs: Any, kernel: Any, *state: Any, **mask: Any) -> tuple:
        return super().call_projected(inputs, ops.stop_gradient(kernel), *state, **mask)
