"""Writing with a model: offsets drawn point by point, many lines at once, as Ink.

What goes from point to point is a Keras model, compiled, or a run's exported step. All randomness
is drawn by NumPy beforehand, a line's from (seed, line), so that one seed gives the same ink by
either and on every backend, and a line is the same however many are drawn beside it and however
far it is drawn.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from hwsynth.errors import DataError
from hwsynth.ink import Ink
from hwsynth.normalisation import Normalisation
from hwsynth.tracks import State

if TYPE_CHECKING:
    from hwsynth.model import HandwritingModel

Given = Mapping[str, NDArray]
"""What a model is told beside the rows, by name."""

PIECE = 50
"""Steps that are drawn by one call of the compiled loop."""
FARTHEST = 1e9
"""Corpus units from the start that no pen goes; float32 still tells points apart there."""


class Sampler:
    """Writes with a model; compiled once, used as often as one likes while its weights change."""

    def __init__(self, model: HandwritingModel | Loop, normalisation: Normalisation) -> None:
        """`normalisation` is the one that the model was trained with."""
        self.model, self.normalisation = model, normalisation
        self._loop = loop_of(model)

    def __call__(
        self,
        *,
        count: int,
        steps: int,
        bias: float = 0.0,
        seed: int = 0,
        primer: Ink | None = None,
        given: Given | None = None,
    ) -> list[Ink]:
        """`count` lines of `steps` points after the first, in corpus units.

        given: what the model is told beside the rows; see `HandwritingModel.given`.

        bias >= 0 (Graves 2013, eq. 61-62): the higher, the neater and the more alike.
        primer: real ink that is written first with the pen's movement clamped to it; lines go on
        from its end and do not include it. Raises DataError where a line leaves all bounds.
        """
        first = np.zeros((1, 2 + self._loop.marks), np.float32)
        if primer is not None:
            first = np.concatenate([first, self.normalisation.rows(primer.offsets()[1:])])
        first = np.repeat(first[None], count, axis=0)
        given = given or {}
        state = self._loop.start(first[:, :-1], given)
        noise = Noise(self._loop.marks, seed, [(line,) for line in range(count)]).take(steps)
        rows = self._loop.draw(first[:, -1], state, noise, bias, given)[0]
        offsets = self.normalisation.offsets(rows.transpose(1, 0, 2))
        return [_ink(line, i, seed) for i, line in enumerate(offsets)]


def sample(model: HandwritingModel | Loop, normalisation: Normalisation, **how: Any) -> list[Ink]:
    """What a `Sampler` of the model writes; see there."""
    return Sampler(model, normalisation)(**how)


class Noise:
    """The randomness of lines, each from streams of its own: more steps go on from fewer."""

    def __init__(
        self,
        marks: int,
        seed: int,
        lines: Sequence[tuple[int, ...]],
        after: Iterable[int] = itertools.repeat(0),
    ) -> None:
        """lines: what tells each line's streams from all others of `seed`. after: steps of each
        that are past."""
        self.marks = marks
        self._streams = [
            tuple(np.random.default_rng([seed, *line, part]) for part in (0, 1)) for line in lines
        ]
        for line, steps in zip(range(len(lines)), after, strict=False):
            self._of(line, steps)

    def take(self, steps: int) -> NDArray[np.float32]:
        """The next (steps, batch, 3 + marks): uniforms for component and marks, two standard
        normals."""
        lines = [self._of(line, steps) for line in range(len(self._streams))]
        # A uniform that float32 rounds up to 1 would lie beyond every probability.
        noise = np.stack(lines, axis=1)
        below_one = np.nextafter(np.float32(1), np.float32(0))
        noise[..., : 1 + self.marks] = np.minimum(noise[..., : 1 + self.marks], below_one)
        return noise.astype(np.float32)

    def _of(self, line: int, steps: int) -> NDArray[np.float64]:
        """The next (steps, 3 + marks) of one line."""
        uniform, normal = self._streams[line]
        uniforms = uniform.random((steps, 1 + self.marks))
        return np.concatenate([uniforms, normal.standard_normal((steps, 2))], axis=1)


def loop_of(model: HandwritingModel | Loop) -> Loop:
    """What draws with a model."""
    return model if isinstance(model, Loop) else _CompiledLoop(model)


@runtime_checkable
class Loop(Protocol):
    """What goes from point to point."""

    marks: int

    def start(self, rows: NDArray[np.float32], given: Given) -> Any:
        """rows (batch, steps, features) that are written first, or none -> the state after."""

    def parts(self, state: Any) -> State:
        """A state's parts, as `tracks.py` takes them apart by lines."""

    def whole(self, parts: State) -> Any:
        """The state of such parts."""

    def draw(
        self,
        row: NDArray[np.float32],
        state: Any,
        noise: NDArray[np.float32],
        bias: float,
        given: Given,
        held: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.float32], Any, NDArray[np.float32]]:
        """The row (batch, features) that goes in first, the state before it, and noise (steps,
        batch, 3 + marks) -> rows (steps, batch, features), and, where there are whole `PIECE`s of
        steps, the state before the last of them goes in; and places (steps, batch, n): where in
        its text each line was as a row was drawn (`HandwritingModel.place`), if it has one.

        held (steps, batch, features): rows that the pen is held to instead of drawing them, NaN
        where it is free.
        """


class _CompiledLoop:
    """A Keras model's steps, as compiled programs."""

    def __init__(self, model: HandwritingModel) -> None:
        self.model, self.marks = model, model.head.marks
        self._piece = _loop(model)

    def start(self, rows: NDArray[np.float32], given: Given) -> Any:
        """See `Loop`."""
        from hwsynth import backend

        model = self.model
        state = model.initial_state(len(rows))
        if rows.shape[1] == 0:
            return state

        def after(rows: Any, state: Any, given: Any) -> Any:
            return model.unroll(rows, state, given=given)[1]

        return backend.compiled(after, model.variables)(rows, state, dict(given))

    def parts(self, state: Any) -> State:
        """See `Loop`."""
        import keras

        return [keras.ops.convert_to_numpy(each) for each in keras.tree.flatten(state)]

    def whole(self, parts: State) -> Any:
        """See `Loop`."""
        import keras

        return keras.tree.pack_sequence_as(self.model.initial_state(1), list(parts))

    def draw(
        self,
        row: NDArray[np.float32],
        state: Any,
        noise: NDArray[np.float32],
        bias: float,
        given: Given,
        held: NDArray[np.float32] | None = None,
    ) -> tuple[NDArray[np.float32], Any, NDArray[np.float32]]:
        """See `Loop`."""
        from keras import ops

        if held is None:
            held = np.full((len(noise), *row.shape), np.nan, np.float32)
        pieces = []
        for start in range(0, len(noise), PIECE):
            ahead = [_padded(each[start : start + PIECE], PIECE) for each in (noise, held)]
            drawn, row, state = self._piece(row, state, *ahead, np.float32(bias), dict(given))
            pieces.append([ops.convert_to_numpy(each) for each in drawn])
        rows, *places = (np.concatenate(each)[: len(noise)] for each in zip(*pieces, strict=True))
        return rows, state, places[0] if places else np.zeros((*rows.shape[:2], 0), np.float32)


def _padded(steps: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    return np.pad(steps, ((0, length - len(steps)), (0, 0), (0, 0)))


def _loop(model: HandwritingModel) -> Any:
    """(row, state, noise (steps, batch, 3 + marks), held (steps, batch, features), bias, given) ->
    rows (steps, batch, features) and the places of models that follow a text, the last row, the
    state before it goes in."""
    import keras
    from keras import ops

    from hwsynth import backend

    def draw(
        row: Any, state: Any, noise: Any, held: Any, bias: Any, given: Any
    ) -> tuple[Any, Any, Any]:
        def step(carry: tuple, now: tuple[Any, Any]) -> tuple[tuple, tuple]:
            state_now = keras.tree.pack_sequence_as(state, list(carry[1:]))
            params, after = model.step(carry[0], state_now, given)
            drawn, after = model.draw(params, now[0], bias, after)
            row = ops.where(ops.isnan(now[1]), drawn, now[1])
            place = model.place(after)
            shown = (row,) if place is None else (row, place)
            return (row, *keras.tree.flatten(after)), shown

        flat = [ops.convert_to_tensor(x) for x in (row, *keras.tree.flatten(state))]
        (row, *flat), shown = backend.scan(step, tuple(flat), (noise, held))
        return shown, row, keras.tree.pack_sequence_as(state, list(flat))

    return backend.compiled(draw, model.variables)


def _ink(offsets: NDArray[np.float64], line: int, seed: int) -> Ink:
    """offsets (steps, 3) -> ink that begins with a point at the origin."""
    rows = np.concatenate([np.zeros((1, 3)), offsets[:, :3]])
    finite = np.isfinite(rows).all()
    if not (finite and (np.abs(np.cumsum(rows[:, :2], axis=0)) < FARTHEST).all()):
        raise DataError(
            f"line {line} of seed {seed} left all bounds: the model is not trained well enough to "
            "write this long; train it longer, or take fewer --steps or a higher --bias"
        )
    # The line ends here, wherever the pen was.
    rows[-1, 2] = 1
    return Ink.from_offsets(rows, id=f"sample-{seed}-{line}")
