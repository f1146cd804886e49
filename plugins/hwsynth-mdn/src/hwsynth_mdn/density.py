"""The density of the next offset and marks, in log space (Graves 2013, arXiv 1308.0850).

Raw parameters of a point lie side by side (params = 6·mixtures + 1, with char_end + 3):

    ê, [ĉ₀, ĉ₁,] π̂ (mixtures), μx, μy (mixtures), σ̂x, σ̂y (mixtures), ρ̂ (mixtures)

and mean (eq. 18-22), for a model that learns P(pen_up) = e, and P(char_end | pen_up) = c₀ with the
pen down and c₁ where it is lifted, each 1/(1 + exp ĉ) like e,

    e = 1/(1 + exp ê), π = softmax π̂, σ = exp σ̂, ρ = tanh ρ̂.

They stay raw throughout, so that nothing over- or underflows: 1 − ρ² is sech² ρ̂, never a
difference of near-equals. With a floor φ, σ² = exp(2σ̂) + φ²: the variance of the rounding
adds to that of the pen, and σ̂ keeps a derivative below the floor.

Loss and derivatives are finite in float32 for |offset| ≤ 100, |σ̂| ≤ 15, |ρ̂| ≤ 8 (normalised
units). Beyond: the exponent of a component grows as offset²·exp(2|σ̂| + 2|ρ̂|), its derivatives
by the means as |offset|·exp(2|σ̂| + 2|ρ̂|), so all stay finite while
max(1, offset²)·exp(2|σ̂| + 2|ρ̂|) < 1e37.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from keras import ops

Tensor = Any
LOG_2 = math.log(2)
LOG_2_PI = math.log(2 * math.pi)


@dataclass(frozen=True)
class Raw:
    """Raw parameters of points (...), each but those of marks with an axis of mixtures."""

    marks: Tensor
    """(..., 1 or 3): ê, and with char_end ĉ₀ and ĉ₁."""
    weight: Tensor
    mean_x: Tensor
    mean_y: Tensor
    sigma_x: Tensor
    sigma_y: Tensor
    rho: Tensor

    @classmethod
    def of(cls, params: Tensor) -> Raw:
        """params (..., params)."""
        params = ops.convert_to_tensor(params, "float32")
        marks = params.shape[-1] % 6
        return cls(params[..., :marks], *ops.split(params[..., marks:], 6, axis=-1))

    @property
    def pen_up(self) -> Tensor:
        """ê (...)."""
        return self.marks[..., 0]

    def char_end(self, pen_up: Tensor) -> Tensor:
        """ĉ (...) where the pen is as `pen_up` (...) says."""
        return ops.where(pen_up > 0.5, self.marks[..., 2], self.marks[..., 1])


def shares(weight: Tensor) -> Tensor:
    """π of π̂ (..., mixtures): eq. 19; of log joint densities, γ: eq. 27-28."""
    # keras.ops.softmax warns of an axis of one, which a single Gaussian is.
    return ops.exp(ops.log_softmax(weight, axis=-1))


def log_sigma(raw: Tensor, floor: float) -> Tensor:
    """log σ of σ̂, where σ² = exp(2σ̂) + floor²."""
    return raw if floor == 0 else 0.5 * ops.logaddexp(2 * raw, 2 * math.log(floor))


def log_sech_squared(x: Tensor) -> Tensor:
    """log(1 − tanh² x)."""
    # |x| as √x² would have no derivative at 0; softplus is smooth: log cosh x =
    # softplus(2x) − x − log 2.
    return 2 * (LOG_2 + x - ops.softplus(2 * x))


def log_density(
    params: Tensor, offsets: Tensor, floor: tuple[float, float], beta: float = 0
) -> Tensor:
    """log of eq. 23 without the mark: params (..., params), offsets (..., 2) -> (...).

    Its derivatives are (σx·σy)^β times as large, see `_weighted`.
    """
    raw, offsets = Raw.of(params), ops.convert_to_tensor(offsets, "float32")
    log_sx, log_sy = log_sigma(raw.sigma_x, floor[0]), log_sigma(raw.sigma_y, floor[1])
    zx = (offsets[..., 0:1] - raw.mean_x) * ops.exp(-log_sx)
    zy = (offsets[..., 1:2] - raw.mean_y) * ops.exp(-log_sy)
    log_one_less_rho2 = log_sech_squared(raw.rho)
    # eq. 25 over 1 − ρ² as a sum of squares: (zx − ρ·zy)²/(1 − ρ²) + zy². The root of the first
    # is zx·cosh ρ̂ − zy·sinh ρ̂; sorted by e^±ρ̂ it is exact also where ρ is all but ±1.
    across = 0.5 * ((zx - zy) * ops.exp(raw.rho) + (zx + zy) * ops.exp(-raw.rho))
    log_component = (
        -0.5 * (across * across + zy * zy) - log_sx - log_sy - 0.5 * log_one_less_rho2 - LOG_2_PI
    )
    log_joint = ops.log_softmax(raw.weight, axis=-1) + log_component
    density = ops.logsumexp(log_joint, axis=-1)
    return _weighted(density, log_joint, log_sx + log_sy, beta) if beta else density


def _weighted(density: Tensor, log_joint: Tensor, log_area: Tensor, beta: float) -> Tensor:
    """The log density (...) itself, with derivatives that are (σx·σy)^β times as large.

    A mean learns by offset/σ²: where the pen jumps, and σ is wide, it hardly learns beside points
    within a stroke, and jumps come out too short. So each point counts by its variance^β (Seitzer
    et al. 2022, "On the pitfalls of heteroscedastic uncertainty estimation", eq. 5, there in one
    dimension and of one Gaussian): here of both directions' geometric mean, and of components by
    how much of the density is theirs.
    """
    weight = ops.stop_gradient(ops.exp(beta * ops.sum(shares(log_joint) * log_area, axis=-1)))
    return weight * density + ops.stop_gradient((1 - weight) * density)


def nats(params: Tensor, targets: Tensor, floor: tuple[float, float], beta: float = 0) -> Tensor:
    """eq. 26 of a point, its marks with it: params (..., params), targets (..., 2 + marks) ->
    (...). beta: see `log_density`."""
    params, targets = (ops.convert_to_tensor(x, "float32") for x in (params, targets))
    raw, pen_up = Raw.of(params), targets[..., 2]
    marks = _mark_nats(raw.pen_up, pen_up)
    if targets.shape[-1] == 4:
        marks = marks + _mark_nats(raw.char_end(pen_up), targets[..., 3])
    return marks - log_density(params, targets[..., :2], floor, beta)


def _mark_nats(hat: Tensor, mark: Tensor) -> Tensor:
    """−log P(mark) (...), where P(1) = 1/(1 + exp hat)."""
    # −log e = softplus(ê), −log(1 − e) = softplus(−ê)
    return ops.softplus(hat) * mark + ops.softplus(-hat) * (1 - mark)
