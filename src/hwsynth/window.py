"""A soft window over the text, which the first layer moves along (Graves 2013, section 5).

What the first layer says at step t, h¹_t, becomes K bells over the places u = 1 … U + 1 of a text
of U characters (eq. 46-51):

    (α̂, β̂, κ̂) = W·h¹_t + b
    α = exp α̂,  β = exp β̂,  κ_t = κ_{t−1} + exp κ̂
    φ(t, u) = Σ_k α_k exp(−β_k (κ_k − u)²)
    w_t = Σ_{u ≤ U} φ(t, u) c_u

c_u is 1 at the character's place in the alphabet and 0 elsewhere. w_t is told to the layers above
at t, to the first layer at t + 1, and where there is but one layer to the head. The place U + 1,
after the end, counts for stopping alone and adds nothing to w.

Exponents are held within ±`LARGEST`, beyond which they have no derivative: a bell that is e¹⁰
high, e⁻⁵ characters wide or that far in a step says nothing, and float32 would overflow at 88.

Axis names: batch, steps, chars (places of the longest text of a batch, and one after its end),
symbols (of the alphabet), bells.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from hwsynth.backend import scan
from hwsynth.cells import OneCell
from hwsynth.following import First, Form, Lines
from hwsynth.layers import Layer, OutputHead, RecurrentCore, State, clip_derivative
from hwsynth.unrolling import unroll
from hwsynth.window_cell import WindowCell, look

Tensor = Any


class WindowText(Layer):
    """The window's weights, and running the first layer with it; see `Following`.

    State: w (batch, symbols), and (α, β, κ) of each bell (batch, 3·bells).
    """

    way = "window"
    marks = 1
    late = True
    given: Mapping[str, Form] = {"characters": ((None, None), "int32")}

    def __init__(
        self,
        *,
        symbols: int,
        components: int,
        first_step: float,
        clip_derivative: float | None = None,
        seed: int = 0,
        **layer: Any,
    ) -> None:
        """symbols: characters of the alphabet. components: K. first_step: exp κ̂ before training."""
        super().__init__(**layer)
        self.width = symbols
        self.components = components
        self.first_step = first_step
        self.clip = clip_derivative
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Weights for a first layer that gives (batch, steps, units)."""
        self.kernel = self.add_weight(
            (input_shape[-1], 3 * self.components),
            initializer=keras.initializers.GlorotUniform(seed=self.seed),
            name="kernel",
        )
        self.bias = self.add_weight(
            (3 * self.components,), initializer=self._first_bias, name="bias"
        )
        self.built = True

    def _first_bias(self, shape: tuple[int, ...], dtype: Any = None) -> Tensor:
        """All bells together as high as one, about a character wide, and moving as a pen does:
        with exp κ̂ = 1 a line would be over before its first character is written."""
        starts = (-math.log(self.components), 0.0, math.log(self.first_step))
        return ops.concatenate([ops.full((self.components,), start, dtype) for start in starts])

    def initial_state(self, batch_size: int) -> State:
        """κ_0 = 0, and nothing seen."""
        return ops.zeros((batch_size, self.width)), ops.zeros((batch_size, 3 * self.components))

    def over(
        self,
        core: RecurrentCore,
        lines: Lines,
        states: tuple[State | None, State],
        mask: Tensor | None,
    ) -> First:
        """See `Following`. A core that is one cell brings its own derivatives, as without text;
        any other is run by its `step` and differentiated automatically."""
        batch, steps = ops.shape(lines.rows)[:2]
        before = states[0] or core.initial_state(batch)
        one = core.one_cell(steps, before)
        if one is None:
            output, w, after = self._over_steps(core, lines, before, states[1])
        else:
            output, w, after = self._over_cell(
                core, one, lines, (*before[: one.cell.parts], *states[1])
            )
        return First(output, lines.beside(w), after[:-2], after[-2:])

    def at(self, core: RecurrentCore, lines: Lines, states: tuple[State, State]) -> First:
        """See `Following`."""
        characters = self._characters(lines)
        output, after = core.step(lines.beside(states[1][0]), states[0])
        state = self._look(output, characters, states[1])
        return First(output, lines.beside(state[0]), tuple(after), state)

    def drawn(
        self, head: OutputHead, params: Tensor, row: Tensor, state: State
    ) -> tuple[Tensor, State]:
        """As it is."""
        return row, state

    def _characters(self, lines: Lines) -> Tensor:
        """c (batch, chars, symbols); zeros from the end of a text on."""
        # Number 0 is none: a column that is left out again.
        return ops.one_hot(lines.given["characters"], self.width + 1)[..., 1:]

    def _look(self, output: Tensor, characters: Tensor, state: State) -> State:
        """What is seen after the first layer's output (batch, units)."""
        raw = self.matmul(output, self.kernel) + self.bias
        kappa = ops.split(state[1], 3, axis=-1)[2]
        return look(clip_derivative(raw, self.clip), characters, kappa)

    def _over_steps(
        self, core: RecurrentCore, lines: Lines, before: State, text: State
    ) -> tuple[Tensor, Tensor, State]:
        """Outputs and w (batch, steps, ·), and all states after the last step."""
        characters, parts = self._characters(lines), len(before)

        def step(carry: State, row: tuple[Tensor]) -> tuple[State, tuple]:
            seen = dataclasses.replace(lines, seen=row[0]).beside(carry[parts])
            output, core_state = core.step(seen, carry[:parts])
            state = self._look(output, characters, carry[parts:])
            return (*core_state, *state), (output, state[0])

        after, (outputs, w) = scan(step, (*before, *text), (_turned(lines.seen),))
        return _turned(outputs), _turned(w), tuple(after)

    def _over_cell(
        self, core: RecurrentCore, one: OneCell, lines: Lines, before: State
    ) -> tuple[Tensor, Tensor, State]:
        """The same for a core that is one cell; `before`: its state, and the window's."""
        rows = lines.seen.shape[-1]
        feedback = one.kernel[rows : rows + self.width]
        z = core.matmul(_turned(lines.seen), one.kernel[:rows]) + one.bias
        if "style" in lines.given:
            z = z + core.matmul(lines.given["style"], one.kernel[rows + self.width :])
        raw = ops.broadcast_to(self.bias, (*ops.shape(z)[:2], 3 * self.components))
        states = unroll(
            WindowCell(
                one.cell, feedback, self.kernel, self._characters(lines), self.operand, self.clip
            ),
            (z, *one.beside, raw),
            one.recurrent_kernel,
            before,
            operand=core.operand,
            clip=one.clip,
        )
        *own, w, bells = (part[-1] for part in states)
        return _turned(states[0]), _turned(states[-2]), (*own, *one.left, w, bells)


def _turned(x: Tensor) -> Tensor:
    """(batch, steps, n) as (steps, batch, n), and back."""
    return ops.transpose(x, (1, 0, 2))
