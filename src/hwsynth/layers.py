"""The base classes of what cores and heads build: Keras layers with a contract.

Axis names: batch (lines side by side), steps (points in time), features (of a row that goes
in), units (of a core's output), params (raw numbers a head gives for a point).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import keras
from keras import ops

from hwsynth import backend
from hwsynth.cells import OneCell
from hwsynth.contracts import NamedAxes, Precision

Tensor = Any
State = tuple[Tensor, ...]


def clip_derivative(x: Tensor, bound: float | None) -> Tensor:
    """`x` itself, whose derivative is clipped to ±bound on its way back (Graves 2013, 4)."""
    if bound is None:
        return x

    def identity(x: Tensor) -> tuple[Tensor, Any]:
        return x * 1.0, lambda dx: ops.clip(dx, -bound, bound)

    return backend.custom_gradient(identity)(x)


class Layer(keras.layers.Layer):
    """Weights and state in float32; `precision` is for the operands of matrix products."""

    exportable: ClassVar[bool] = True
    """Whether a step of it, and what a head draws, can be written as ONNX, by which runs sample
    without a training framework."""

    def __init__(self, *, precision: Precision = "float32", **layer: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **layer)
        self.supports_masking = True
        self.precision = precision

    def operand(self, x: Tensor) -> Tensor:
        """`x` as an operand of a matrix product."""
        return ops.cast(x, self.precision)

    def matmul(self, a: Tensor, b: Tensor) -> Tensor:
        """a·b with operands of `precision`, as float32."""
        return ops.cast(ops.matmul(self.operand(a), self.operand(b)), "float32")


class RecurrentCore(Layer):
    """What remembers the pen's past.

    A core gives `step` and `initial_state`, and weights in `build`; one with a faster way over
    whole sequences overrides `call` too. Running `call` over a sequence, over any cuts of it
    with the state handed on, or `step` by `step` gives equal outputs, states and gradients.
    """

    xla: ClassVar[Mapping[str, bool]] = {}
    """Whether the core was measured to gain from XLA, by backend; the default is True."""

    units: int
    """Width of the output."""

    def one_cell(self, steps: Any, state: State) -> OneCell | None:
        """What the core is made of, where it can be run as one cell for so many steps from that
        state on; a window over a text runs such a core about as fast as `call` does."""
        return None

    def initial_state(self, batch_size: int) -> State:
        """The state before the first point; it holds everything, a clock included."""
        raise NotImplementedError

    def step(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """inputs (batch, features), state -> output (batch, units), state."""
        raise NotImplementedError

    def call(
        self, inputs: Tensor, initial_state: State | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, State]:
        """inputs (batch, steps, features) -> outputs (batch, steps, units), final state.

        mask (batch, steps): False on right padding, where outputs mean nothing. The final state
        is that of the last step, padded or not.
        """
        if initial_state is None:
            initial_state = self.initial_state(ops.shape(inputs)[0])

        def step(state: State, row: tuple[Tensor]) -> tuple[State, tuple[Tensor]]:
            output, state = self.step(row[0], state)
            return tuple(state), (output,)

        rows = ops.transpose(inputs, (1, 0, 2))
        state, (outputs,) = backend.scan(step, tuple(initial_state), (rows,))
        return ops.transpose(outputs, (1, 0, 2)), state

    def call_projected(
        self,
        inputs: Tensor,
        kernel: Tensor,
        initial_state: State | None = None,
        mask: Tensor | None = None,
    ) -> tuple[Tensor, State]:
        """As `call`, with outputs·kernel (batch, steps, params) in place of the outputs.

        kernel (units, params). A core that need not lay out all outputs for that overrides it.
        """
        outputs, state = self.call(inputs, initial_state, mask)
        return self.matmul(outputs, kernel), state


class OutputHead(Layer):
    """From a core's output to what is learnt: the next point, or something else of a line.

    One that learns ink may give `density(params (..., params), grid (..., 2)) -> (...)`, the
    density of the offset alone, for drawing.
    """

    learns: ClassVar[Literal["ink", "text"]] = "ink"
    """What the loss is of. Text: `batch_loss` and `call` alone are asked for."""

    marks: int = 1
    """Binary marks of a row after Δx and Δy: pen_up, and where there are 2 char_end."""

    params: int
    """Raw numbers for a point."""

    named_axes: ClassVar[NamedAxes] = {}
    """Axes of weights that have a place for each character; `--init` takes them over by name."""

    @property
    def linear(self) -> tuple[Tensor, Tensor] | None:
        """Kernel (units, params) and bias (params,), where `call` is inputs·kernel + bias."""
        return None

    def call(self, inputs: Tensor) -> Tensor:
        """inputs (..., units) -> raw parameters (..., params)."""
        raise NotImplementedError

    def batch_loss(self, params: Tensor, batch: Mapping[str, Tensor]) -> Tensor:
        """params (batch, steps, params), a batch -> nats of each line (batch,).

        The default sums `loss` over the points that `mask` (batch, steps) has.
        """
        nats = self.loss(params, batch["targets"])
        return ops.sum(ops.where(batch["mask"], nats, 0.0), axis=1)

    def loss(self, params: Tensor, targets: Tensor) -> Tensor:
        """params (..., params), targets (..., 2 + marks) -> nats (...) = −log density."""
        raise NotImplementedError

    def sample(self, params: Tensor, noise: Tensor, bias: Tensor) -> Tensor:
        """params (batch, params), noise (batch, 3 + marks), bias -> rows (batch, 2 + marks).

        noise: a uniform for the component, one for each mark, two standard normals.
        bias >= 0 draws nearer to the likeliest (Graves 2013, eq. 61-62).
        """
        raise NotImplementedError

    def char_end(self, params: Tensor, rows: Tensor) -> Tensor:
        """params (..., params), rows (..., 2 + marks) -> P(char_end = 1) (...), given all else of
        a row. Asked of heads with two marks."""
        raise NotImplementedError

    def density(self, params: Tensor, grid: Tensor) -> Tensor:
        """params (..., params), grid (..., 2) of normalised offsets -> density (...) of the next
        offset, whatever its marks. For drawing; a head that has none leaves it out."""
        raise NotImplementedError

    def squared_error(self, params: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Squared distance (...) of the offset from the expected one, and from the likeliest
        component's, in normalised units."""
        raise NotImplementedError


class LinearHead(OutputHead):
    """A head whose raw parameters are linear in a core's output."""

    def __init__(self, *, params: int, seed: int = 0, **layer: Any) -> None:
        """`seed` decides the first weights."""
        super().__init__(**layer)
        self.params, self.seed = params, seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for inputs (..., units)."""
        self.kernel = self.add_weight(
            (input_shape[-1], self.params),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
            name="kernel",
        )
        self.bias = self.add_weight((self.params,), initializer="zeros", name="bias")
        self.built = True

    @property
    def linear(self) -> tuple[Tensor, Tensor]:
        """See `OutputHead`."""
        return self.kernel, self.bias

    def call(self, inputs: Tensor) -> Tensor:
        """inputs (..., units) -> raw parameters (..., params)."""
        return self.matmul(inputs, self.kernel) + self.bias
