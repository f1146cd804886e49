"""The mixture density layer: raw parameters, their loss, and drawing from them."""

from __future__ import annotations

from typing import Any

from keras import ops

from hwsynth import LinearHead, clip_derivative
from hwsynth_mdn.density import Raw, log_density, log_sigma, nats, shares

Tensor = Any


class MixtureDensityHead(LinearHead):
    """Learns ink: rows (Δx, Δy, pen_up), or with char_end after them."""

    def __init__(
        self,
        *,
        mixtures: int,
        sigma_floor: tuple[float, float],
        marks: int = 1,
        clip_derivative: float | None = None,
        beta: float = 0,
        **layer: Any,
    ) -> None:
        super().__init__(params=6 * mixtures + 2 * marks - 1, **layer)
        self.mixtures = mixtures
        self.marks = marks
        self.floor = sigma_floor
        self.clip = clip_derivative
        self.beta = beta

    def loss(self, params: Tensor, targets: Tensor) -> Tensor:
        """params (..., params), targets (..., 2 + marks) -> nats (...), Graves eq. 26."""
        return nats(clip_derivative(params, self.clip), targets, self.floor, self.beta)

    def density(self, params: Tensor, grid: Tensor) -> Tensor:
        """params (..., params), grid (..., 2) of offsets -> density (...) of the offset alone."""
        return ops.exp(log_density(params, grid, self.floor))

    def char_end(self, params: Tensor, rows: Tensor) -> Tensor:
        """See `OutputHead`."""
        return ops.sigmoid(-Raw.of(params).char_end(rows[..., 2]))

    def sample(self, params: Tensor, noise: Tensor, bias: Tensor) -> Tensor:
        """params (batch, params), noise (batch, 3 + marks), bias -> rows (batch, 2 + marks).

        noise: uniforms for component and marks, two standard normals. bias b (eq. 61-62):
        σ = exp(σ̂ − b), weights softmax(π̂·(1 + b)); marks are drawn as they are.
        """
        raw, noise = Raw.of(params), ops.convert_to_tensor(noise, "float32")
        bias = ops.convert_to_tensor(bias, "float32")
        reached = ops.cumsum(shares(raw.weight * (1 + bias)), axis=-1)
        # Rounding may leave the last sum just under 1: the last component takes that rest.
        index = ops.sum(ops.cast(noise[:, 0:1] >= reached[:, :-1], "int32"), axis=-1)
        chosen = ops.one_hot(index, self.mixtures)

        def pick(values: Tensor) -> Tensor:
            return ops.sum(values * chosen, axis=-1)

        rho, nx, ny = pick(raw.rho), noise[:, -2], noise[:, -1]
        sx = ops.exp(log_sigma(pick(raw.sigma_x) - bias, self.floor[0]))
        sy = ops.exp(log_sigma(pick(raw.sigma_y) - bias, self.floor[1]))
        dx = pick(raw.mean_x) + sx * nx
        dy = pick(raw.mean_y) + sy * (ops.tanh(rho) * nx + ny / ops.cosh(rho))
        row = [dx, dy, _drawn(raw.pen_up, noise[:, 1])]
        if self.marks == 2:
            row.append(_drawn(raw.char_end(row[2]), noise[:, 2]))
        return ops.stack(row, axis=-1)

    def squared_error(self, params: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Squared distance (...) of the offset from the mixture's mean and from the mean of the
        component that weighs most, in normalised units."""
        raw, targets = Raw.of(params), ops.convert_to_tensor(targets, "float32")
        weight = shares(raw.weight)
        best = ops.one_hot(ops.argmax(raw.weight, axis=-1), self.mixtures)
        errors = []
        for share in (weight, best):
            dx = targets[..., 0] - ops.sum(share * raw.mean_x, axis=-1)
            dy = targets[..., 1] - ops.sum(share * raw.mean_y, axis=-1)
            errors.append(dx * dx + dy * dy)
        return errors[0], errors[1]


def _drawn(hat: Tensor, uniform: Tensor) -> Tensor:
    """A mark (batch,) with P(1) = 1/(1 + exp hat)."""
    return ops.cast(uniform < ops.sigmoid(-hat), "float32")
