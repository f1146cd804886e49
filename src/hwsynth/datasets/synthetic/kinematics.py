"""Pen movement as a sum of overlapping strokes with lognormal speed.

The kinematic theory of rapid human movements (Plamondon, "A kinematic theory of rapid human
movements", Biological Cybernetics 72, 1995) says that the speed of a simple stroke is a
lognormal function of time; its sigma-lognormal form (O'Reilly and Plamondon, "Development of a
Sigma-Lognormal representation for on-line signatures", Pattern Recognition 42, 2009) makes a
whole trajectory the vector sum of such strokes, each along an arc of a circle. Strokes that
start before the one before has ended round off the corner between them.

Axis names: strokes (elementary movements, not the pen's strokes on paper), points (samples in
time). Positions are complex numbers, x + iy: an arc is then one rotation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Complexes = NDArray[np.complex128]

EDGE = 2.3263478740408408
"""Standard normal quantile of 0.99: a movement lasts while 1 % to 99 % of its way is covered."""

_SOON = 1e-12
"""Seconds; stands for "not yet" under a logarithm."""
_Z = np.linspace(-6.0, 6.0, 6001)
_PHI = np.array([0.5 * (1 + math.erf(z / math.sqrt(2))) for z in _Z])


@dataclass(frozen=True)
class Timing:
    """When each movement happens; every field (strokes,)."""

    onset: Floats
    """t0: when the command is given, seconds."""
    mu: Floats
    """Logarithm of the time from t0 to half of the way, ln seconds."""
    sigma: Floats
    """Spread on the logarithmic time scale: how lopsided the speed is."""

    def at(self, quantile: float) -> Floats:
        """(strokes,) when the fraction Φ(quantile) of the way is covered, seconds."""
        return self.onset + np.exp(self.mu + self.sigma * quantile)


def timing(start: Floats, duration: Floats, sigma: float) -> Timing:
    """Lognormals that cover 1 % of their way at `start` and 99 % after `duration`, seconds.

    From t(p) = t0 + exp(μ + σ·z(p)): duration = 2·exp(μ)·sinh(σ·z(0.99)).
    """
    mu = np.log(duration / (2 * np.sinh(sigma * EDGE)))
    return Timing(start - np.exp(mu - sigma * EDGE), mu, np.full(mu.shape, sigma))


def lognormal_speed(times: Floats, onset: Floats, mu: Floats, sigma: Floats) -> Floats:
    """Speed of a movement of length 1 (Plamondon 1995), per second; 0 until onset.

    Λ(t; t0, μ, σ²) = exp(−(ln(t − t0) − μ)² / 2σ²) / (σ·√(2π)·(t − t0))
    """
    since = np.maximum(times - onset, _SOON)
    deviation = (np.log(since) - mu) / sigma
    speed: Floats = np.exp(-0.5 * deviation**2) / (sigma * math.sqrt(2 * math.pi) * since)
    return speed


def covered(times: Floats, onset: Floats, mu: Floats, sigma: Floats) -> Floats:
    """Fraction of its way that a movement has covered: Φ((ln(t − t0) − μ) / σ).

    The integral of `lognormal_speed`; Φ is read from a table, to 1e-6.
    """
    since = np.maximum(times - onset, _SOON)
    fraction: Floats = np.interp((np.log(since) - mu) / sigma, _Z, _PHI)
    return fraction


def along_arc(chord: Complexes, turning: Floats, fraction: Floats) -> Complexes:
    """Displacement after a fraction of an arc whose ends are `chord` apart.

    `turning` (radians) is how far the direction turns from start to end, θe − θs. The direction
    is θs + (θe − θs)·fraction, as O'Reilly and Plamondon (2009) have it; integrated, the
    displacement is chord·(exp(iδf) − 1)/(exp(iδ) − 1), written so that it holds for δ → 0.
    """
    half = turning / 2
    ratio = fraction * np.sinc(half * fraction / np.pi) / np.sinc(half / np.pi)
    displacement: Complexes = chord * ratio * np.exp(1j * half * (fraction - 1))
    return displacement


def arc_length(chord: Complexes, turning: Floats) -> Floats:
    """Length of the arc, in the chord's unit."""
    length: Floats = np.abs(chord) / np.sinc(turning / (2 * np.pi))
    return length


def trajectory(
    origin: complex, chords: Complexes, turnings: Floats, when: Timing, rate: float, points: int
) -> Complexes:
    """(points,) positions at times k/rate, k = 0, 1, …: origin plus every movement's arc so far.

    `chords`, `turnings`: (strokes,). A movement is computed only from 0.01 % to 99.99 % of its
    way and is put there whole at that end, so that each ends exactly on its target.
    """
    first = np.floor(when.at(-3.72) * rate).astype(np.int64)
    last = np.ceil(when.at(3.72) * rate).astype(np.int64)
    longest = int((last - first).max()) + 1
    sample = first[:, None] + np.arange(longest)  # (strokes, samples of the longest)
    fraction = covered(sample / rate, when.onset[:, None], when.mu[:, None], when.sigma[:, None])
    fraction[sample <= first[:, None]] = 0.0
    fraction[sample >= last[:, None]] = 1.0
    done = along_arc(chords[:, None], turnings[:, None], fraction)
    steps = np.diff(done, axis=1)
    into = np.clip(sample[:, 1:], 0, points - 1).ravel()
    east = np.bincount(into, steps.real.ravel(), points)
    south = np.bincount(into, steps.imag.ravel(), points)
    return origin + np.cumsum(east) + 1j * np.cumsum(south)
