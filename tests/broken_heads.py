"""A head that keeps the contract, and others that break one clause of it each."""

from __future__ import annotations

import math
from typing import Any

import keras
import numpy as np
from keras import ops

from hwsynth import OutputHead, clip_derivative, custom_gradient
from hwsynth_ctc.layer import CTCHead

LOG_2_PI = math.log(2 * math.pi)


class Sound(OutputHead):
    """A Gaussian, and pen_up: params are μx, μy, log σx, log σy and log odds."""

    params = 5

    def __init__(self, *, seed: int = 0, task: Any, **layer: Any) -> None:
        super().__init__(**layer)
        self.seed = seed

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        self.kernel = self._weight("kernel", (input_shape[-1], 5), self.seed)
        self.built = True

    def _weight(
        self, name: str | None, shape: tuple, seed: int | None, dtype: str = "float32"
    ) -> Any:
        initializer = keras.initializers.RandomNormal(stddev=0.3, seed=seed)
        return self.add_weight(shape, initializer=initializer, dtype=dtype, name=name)

    def call(self, inputs: Any) -> Any:
        return self.matmul(inputs, self.kernel)

    def log_density(self, params: Any, offsets: Any) -> Any:
        params, offsets = (ops.convert_to_tensor(x, "float32") for x in (params, offsets))
        z = (offsets - params[..., :2]) * ops.exp(-params[..., 2:4])
        return -0.5 * ops.sum(z * z, axis=-1) - ops.sum(params[..., 2:4], axis=-1) - LOG_2_PI

    def density(self, params: Any, grid: Any) -> Any:
        return ops.exp(self.log_density(params, grid))

    def loss(self, params: Any, targets: Any) -> Any:
        params, targets = (ops.convert_to_tensor(x, "float32") for x in (params, targets))
        odds, pen_up = params[..., 4], targets[..., 2]
        mark = ops.softplus(-odds) * pen_up + ops.softplus(odds) * (1 - pen_up)
        return mark - self.log_density(params, targets[..., :2])

    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        params, noise = (ops.convert_to_tensor(x, "float32") for x in (params, noise))
        offsets = params[:, :2] + ops.exp(params[:, 2:4] - bias) * noise[:, 2:]
        pen_up = ops.cast(noise[:, 1] < ops.sigmoid(params[:, 4]), "float32")
        return ops.concatenate([offsets, pen_up[:, None]], axis=-1)

    def squared_error(self, params: Any, targets: Any) -> tuple[Any, Any]:
        params, targets = (ops.convert_to_tensor(x, "float32") for x in (params, targets))
        apart = ops.sum(ops.square(targets[..., :2] - params[..., :2]), axis=-1)
        return apart, apart


class Counting(OutputHead):
    """Learns how long a line is, as a whole: no ink, and a loss of its own."""

    learns = "text"
    params = 1

    def __init__(self, *, seed: int = 0, task: Any, **layer: Any) -> None:
        super().__init__(**layer)
        self.seed = seed

    build = Sound.build
    call = Sound.call

    def _weight(self, name: str, shape: tuple, seed: int) -> Any:
        return Sound._weight(self, name, (shape[0], 1), seed)

    def batch_loss(self, params: Any, batch: Any) -> Any:
        summed = ops.sum(ops.where(batch["mask"], params[..., 0], 0.0), axis=1)
        return ops.square(summed - batch["lengths"])


class SoundText(CTCHead):
    """Learns texts of three characters."""

    def __init__(self, *, task: Any, **layer: Any) -> None:
        super().__init__(classes=1 + len(task.charset), **layer)


class LawlessText(SoundText):
    def batch_loss(self, params: Any, batch: Any) -> Any:
        return 0.9 * super().batch_loss(params, batch)


class CountsPaddingText(SoundText):
    def batch_loss(self, params: Any, batch: Any) -> Any:
        nobody = ops.logical_not(ops.any(batch["mask"], axis=1))
        return super().batch_loss(params, batch) + ops.cast(nobody, "float32")


class WeightsWithoutNames(Sound):
    def _weight(self, name: str | None, shape: tuple, seed: int | None) -> Any:
        return super()._weight(None, shape, seed)


class TwoWeightsOfOneName(Sound):
    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        self.more = self._weight("kernel", (1,), self.seed)


class Bfloat16Weights(Sound):
    def _weight(self, name: str | None, shape: tuple, seed: int | None) -> Any:
        return super()._weight(name, shape, seed, self.precision)


class SeedMissing(Sound):
    def _weight(self, name: str | None, shape: tuple, seed: int | None) -> Any:
        return super()._weight(name, shape, None)


class SeedIgnored(Sound):
    def __init__(self, *, seed: int = 0, **layer: Any) -> None:
        super().__init__(seed=7, **layer)


class ParamsMiscounted(Sound):
    params = 6


class LinearWithABiasItLacks(Sound):
    @property
    def linear(self) -> tuple:
        return self.kernel, ops.ones(5)


class BatchLossOfPoints(Sound):
    def batch_loss(self, params: Any, batch: Any) -> Any:
        return ops.where(batch["mask"], self.loss(params, batch["targets"]), 0.0)


class LinesMix(Sound):
    """A mean over the batch."""

    def batch_loss(self, params: Any, batch: Any) -> Any:
        return super().batch_loss(params, batch) / ops.shape(params)[0]


class PaddingCounts(Sound):
    def batch_loss(self, params: Any, batch: Any) -> Any:
        astray = ops.sum(ops.where(batch["mask"][..., None], 0.0, batch["targets"]), axis=(1, 2))
        return super().batch_loss(params, batch) + astray


class PaddingHasAGradient(Sound):
    """As a loss that is multiplied by a mask too late to matter."""

    def batch_loss(self, params: Any, batch: Any) -> Any:
        leaking = custom_gradient(lambda x: (x * 1.0, lambda dx: dx + 1.0))
        return super().batch_loss(leaking(params), batch)


class PaddingChangesAGradient(Sound):
    def batch_loss(self, params: Any, batch: Any) -> Any:
        mask = ops.cast(batch["mask"], "float32")
        return super().batch_loss(_with_mask(params, mask), batch)


def _with_mask(params: Any, mask: Any) -> Any:
    """`params`, whose derivative on points that count grows with what stands on the others."""

    def same(params: Any, mask: Any) -> tuple:
        astray = 0.01 * ops.sum(ops.square(params) * (1 - mask)[..., None])
        return params * 1.0, lambda dx: (dx * (1 + astray * mask[..., None]), mask * 0.0)

    return custom_gradient(same)(params, mask)


class GradientBounded(Sound):
    """By a bound that bites."""

    def loss(self, params: Any, targets: Any) -> Any:
        return super().loss(clip_derivative(params, 0.1), targets)


class Bfloat16Params(Sound):
    def call(self, inputs: Any) -> Any:
        return ops.cast(super().call(inputs), self.precision)


class FarOffInBfloat16(Sound):
    def call(self, inputs: Any) -> Any:
        return super().call(inputs) + (self.precision == "bfloat16") * 1.0


class WeightsBesideTheVariables(Sound):
    def build(self, input_shape: tuple[int | None, ...]) -> None:
        super().build(input_shape)
        self.beside = np.random.default_rng(self.seed).random(5).astype(np.float32)

    def call(self, inputs: Any) -> Any:
        return super().call(inputs) * ops.convert_to_tensor(self.beside)


class LossOverflows(Sound):
    """As a mixture does whose densities are added first and taken the logarithm of then."""

    def log_density(self, params: Any, offsets: Any) -> Any:
        one = super().log_density(params, offsets)
        return ops.log(0.5 * ops.exp(one) + 0.5 * ops.exp(one - 0.1))


class GradientOverflows(Sound):
    """A floor under the density: the loss is finite, its derivative is 0/0."""

    def loss(self, params: Any, targets: Any) -> Any:
        nats = super().loss(params, targets)
        return ops.where(nats > 80, 80.0, -ops.log(ops.exp(-nats)))


class LossOfOneShape(Sound):
    """Has a value more than there are points."""

    def loss(self, params: Any, targets: Any) -> Any:
        return super().loss(params, targets)[..., None]

    def batch_loss(self, params: Any, batch: Any) -> Any:
        return ops.sum(
            ops.where(batch["mask"], self.loss(params, batch["targets"])[..., 0], 0.0), axis=1
        )


class LossLacksAConstant(Sound):
    """A sum of squares in place of nats."""

    def log_density(self, params: Any, offsets: Any) -> Any:
        return super().log_density(params, offsets) + LOG_2_PI


class DensityUnlikeLoss(Sound):
    def density(self, params: Any, grid: Any) -> Any:
        return 0.9 * super().density(params, grid)


class SamplesOfOtherShape(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        return super().sample(params, noise, bias)[:, :2]


class SamplesHaveOwnNoise(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        own = np.random.default_rng().standard_normal(3).astype(np.float32)
        return super().sample(params, noise, bias) + own * np.float32([1, 1, 0])


class SamplesMix(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        noise = ops.convert_to_tensor(noise)
        noise = ops.concatenate(
            [noise[:, :2], noise[:, 2:] - ops.mean(noise[:, 2:], axis=0)], axis=1
        )
        return super().sample(params, noise, bias)


class SamplesInfiniteAtTheEnd(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        at_the_end = ops.log(ops.convert_to_tensor(noise)[:, :1])
        return super().sample(params, noise, bias) + 0.0 * at_the_end


class MarksBetween(Sound):
    """Puts out how likely a mark is."""

    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        rows = super().sample(params, noise, bias)
        likely = ops.sigmoid(ops.convert_to_tensor(params)[:, 4:])
        return ops.concatenate([rows[:, :2], likely], axis=-1)


class SamplesTooNarrow(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        return super().sample(params, noise, bias + 0.2)


class SamplesMirrored(Sound):
    """As likely as they should be, and elsewhere."""

    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        rows = super().sample(params, noise, bias)
        skewed = ops.abs(rows[:, :2] - params[:, :2]) + params[:, :2]
        return ops.concatenate([skewed, rows[:, 2:]], axis=-1)


class MarksTheOtherWay(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        params = ops.convert_to_tensor(params) * np.float32([1, 1, 1, 1, -1])
        return super().sample(params, noise, bias)


class BiasIgnored(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        return super().sample(params, noise, 0.0)


class ErrorOfOneKind(Sound):
    def squared_error(self, params: Any, targets: Any) -> tuple:
        return super().squared_error(params, targets)[:1]


class ErrorBelowZero(Sound):
    def squared_error(self, params: Any, targets: Any) -> tuple:
        expected, likeliest = super().squared_error(params, targets)
        return expected, -likeliest


class ErrorOfWidths(Sound):
    """From the wrong parameters."""

    def squared_error(self, params: Any, targets: Any) -> tuple:
        return super().squared_error(ops.convert_to_tensor(params)[..., 2:], targets)


class DrawsByWhatOnnxLacks(Sound):
    def sample(self, params: Any, noise: Any, bias: Any) -> Any:
        # The very same noise: what is undone is the distribution function of a uniform.
        noise = ops.convert_to_tensor(noise, "float32")
        uniform = ops.erfinv(ops.erf(noise[:, 1:2] / 2)) * 2
        return super().sample(
            params, ops.concatenate([noise[:, :1], uniform, noise[:, 2:]], 1), bias
        )
