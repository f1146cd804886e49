"""The nats of a text, whatever frame each of its characters stands at.

Connectionist temporal classification (Graves, Fernández, Gomez and Schmidhuber 2006): each frame
shows a class, the blank 0 or a character; a text is what is left of the classes of all frames
when repetitions are taken together and then blanks taken out. Its probability is the sum over all
ways to show it (eq. 3), which run through the states

    blank, text[0], blank, text[1], …, text[-1], blank

from one to the same, the next, or past a blank to another character (eq. 6-7 forwards, 10-11
backwards). Axis names: frames (steps of the parameters), states (2·chars + 1), classes.

Both ways run in one loop, side by side, in log space. The derivative by the parameters is the
softmax of the parameters less how likely each class is at the frame, given the text (eq. 16).
"""

from __future__ import annotations

from typing import Any

from keras import ops

from hwsynth import backend, custom_gradient, scan

Tensor = Any

NEVER = -1e30
"""The logarithm of no probability: a number, so that no difference of two is NaN."""


def nats_of_texts(params: Tensor, labels: Tensor, frames: Tensor) -> Tensor:
    """params (batch, frames, classes), labels (batch, chars) with 0 after a text's end, frames
    (batch,) that each line has -> −log probability (batch,) of each text.

    A text that is longer than its frames can show has 0, and no derivative.
    """
    if backend.name() == "torch":
        return _nats_by_the_framework(params, labels, frames)
    # As floats: what an own derivative is given has to have one.
    given = (ops.cast(x, "float32") for x in (params, labels, frames))
    nats: Tensor = custom_gradient(_nats_and_derivative)(*given)
    return nats


def _nats_by_the_framework(params: Tensor, labels: Tensor, frames: Tensor) -> Tensor:
    """PyTorch's own loss, without Python between the frames: a quarter of the time of a loop."""
    fits = (frames_needed(labels) <= frames) & (frames > 0)
    # No derivative is infinite of the empty text, which every frame can show.
    labels = ops.where(fits[:, None], labels, 0)
    nats = ops.ctc_loss(labels, params, _count(labels > 0), ops.maximum(frames, 1))
    return ops.where(fits, nats, 0.0)


def frames_needed(labels: Tensor) -> Tensor:
    """labels (batch, chars) -> frames (batch,) that show a text at least: a blank parts a
    character from the same one."""
    again = (labels[:, 1:] == labels[:, :-1]) & (labels[:, 1:] > 0)
    return _count(labels > 0) + _count(again)


def _count(marked: Tensor) -> Tensor:
    return ops.sum(ops.cast(marked, "int32"), axis=1)


def _nats_and_derivative(params: Tensor, labels: Tensor, frames: Tensor) -> tuple[Tensor, Any]:
    states = _states(ops.cast(labels, "int32"))
    shown = ops.log_softmax(params, axis=-1)
    emitted = ops.take_along_axis(shown, states[:, None], axis=2)
    there = _ones_before(ops.shape(params)[1], frames)
    forwards, backwards = _both_ways(emitted, states, labels, frames)
    # At any frame all ways go through some state; at the first it is one of two.
    likelihood = ops.logaddexp(backwards[:, 0, 0], backwards[:, 0, 1])
    # A row of padding alone says nothing, and nothing is lost on it.
    fits = (ops.cast(frames_needed(labels), "float32") <= frames) & (frames > 0)
    nats = ops.where(fits, -likelihood, 0.0)

    def derivative(dnats: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        through = forwards + backwards - emitted - likelihood[:, None, None]
        visited = ops.where(there[..., None], ops.exp(through), 0.0)
        classes = ops.one_hot(states, params.shape[-1])
        expected = ops.where(there[..., None], ops.exp(shown), 0.0)
        by_params = expected - ops.matmul(visited, classes)
        weight = ops.where(fits, dnats, 0.0)[:, None, None]
        return by_params * weight, ops.zeros_like(labels), ops.zeros_like(frames)

    return nats, derivative


def _states(labels: Tensor) -> Tensor:
    """labels (batch, chars) -> the class of each state (batch, states)."""
    blank = ops.zeros_like(labels)
    pairs = ops.reshape(ops.stack([blank, labels], axis=2), (ops.shape(labels)[0], -1))
    return ops.concatenate([pairs, blank[:, :1]], axis=1)


def _ones_before(steps: Tensor, ends: Tensor) -> Tensor:
    """(batch, steps): whether a step is before its line's end."""
    return ops.cast(ops.arange(steps), "float32")[None] < ends[:, None]


def _both_ways(
    emitted: Tensor, states: Tensor, labels: Tensor, frames: Tensor
) -> tuple[Tensor, Tensor]:
    """Logarithms (batch, frames, states) of what leads to a state at a frame, and of what leads
    from it to the end, the state itself counted in both."""
    place = ops.arange(ops.shape(states)[1])[None]
    last = 2 * ops.sum(ops.cast(labels > 0, "int32"), axis=1, keepdims=True)
    first = ops.broadcast_to(place < 2, ops.shape(states))
    final = (place == last) | (place == last - 1)
    # Past a blank, to another character than before it.
    skips = (states != 0) & (states != _later(states, 2, 0))
    # Backwards is forwards over frames and states that are turned round.
    skips = ops.concatenate([skips, ops.flip(_sooner(skips, 2), axis=1)])
    start = ops.where(ops.concatenate([first, ops.flip(final, axis=1)]), 0.0, NEVER)
    frame = ops.arange(ops.shape(emitted)[1])[:, None]
    at_end = ops.cast(frame, "float32") == frames[None] - 1
    at_start = ops.broadcast_to(frame == 0, ops.shape(at_end))
    begins = ops.concatenate([at_start, ops.flip(at_end, axis=0)], axis=1)
    rows = ops.transpose(emitted, (1, 0, 2))
    rows = ops.concatenate([rows, ops.flip(rows, axis=(0, 2))], axis=1)

    def step(before: tuple[Tensor], row: tuple[Tensor, Tensor]) -> tuple[Any, Any]:
        (reached,), (shown, begin) = before, row
        skipped = ops.where(skips, _later(reached, 2, NEVER), NEVER)
        reached = _log_sum(reached, _later(reached, 1, NEVER), skipped)
        after = shown + ops.where(begin[:, None], start, reached)
        return (after,), (after,)

    nothing = ops.full_like(rows[0], NEVER)
    _, (reached,) = scan(step, (nothing,), (rows, begins))
    forwards, backwards = ops.split(ops.transpose(reached, (1, 0, 2)), 2)
    return forwards, ops.flip(backwards, axis=(1, 2))


def _later(x: Tensor, by: int, filling: float) -> Tensor:
    """x (batch, states) moved `by` states on."""
    return ops.concatenate([ops.full_like(x[:, :by], filling), x[:, :-by]], axis=1)


def _sooner(x: Tensor, by: int) -> Tensor:
    return ops.concatenate([x[:, by:], ops.zeros_like(x[:, :by])], axis=1)


def _log_sum(a: Tensor, b: Tensor, c: Tensor) -> Tensor:
    """log(exp a + exp b + exp c)."""
    most = ops.maximum(ops.maximum(a, b), c)
    return most + ops.log(ops.exp(a - most) + ops.exp(b - most) + ops.exp(c - most))
