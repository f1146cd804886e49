"""`check_head` finds what is broken, and names it."""

from __future__ import annotations

import numpy as np
import pytest

import tiny_components
from clauses import missing
from hwsynth.step_export import can_export
from hwsynth.testing import check_head, exporting, head, ink_head, layer, text_head

BROKEN = {
    "WeightsWithoutNames": "weights have lasting names",
    "TwoWeightsOfOneName": "each weight has a name of its own",
    "Bfloat16Weights": "bfloat16: type of the weight",
    "SeedMissing": "the same seed gives the same weights",
    "SeedIgnored": "another seed gives other weights",
    "ParamsMiscounted": "call: shape and type of the parameters",
    "LinearWithABiasItLacks": "linear: outputs times kernel, plus bias",
    "BatchLossOfPoints": "batch_loss: shape and type",
    "LinesMix": "lines do not depend on each other: batch_loss",
    "PaddingCounts": "padding has no effect: batch_loss",
    "PaddingHasAGradient": "padding has no gradient",
    "PaddingChangesAGradient": "padding has no effect: gradient",
    "GradientBounded": "the gradient is that of differences",
    "Bfloat16Params": "bfloat16: type of the parameters",
    "FarOffInBfloat16": "bfloat16 is near float32: parameters",
    "WeightsBesideTheVariables": "weights survive the disk",
    "LossOverflows": "the loss is finite at the extremes",
    "GradientOverflows": "the gradient is finite at the extremes",
    "LossOfOneShape": "loss: shape and type",
    "LossLacksAConstant": "exp(−loss) integrates to 1",
    "DensityUnlikeLoss": "density is exp(−loss) summed over marks",
    "SamplesOfOtherShape": "sample: shape and type of rows",
    "SamplesHaveOwnNoise": "sample: decided by parameters, noise and bias alone",
    "SamplesMix": "sample: lines do not depend on each other",
    "SamplesInfiniteAtTheEnd": "sample: finite for uniforms of 0 and just below 1",
    "MarksBetween": "sample: marks are 0 or 1",
    "SamplesTooNarrow": "samples are as the loss says: mean nats",
    "SamplesMirrored": "samples are as the loss says: share of Δx",
    "MarksTheOtherWay": "samples are as the loss says",
    "BiasIgnored": "bias draws likelier rows",
    "ErrorOfOneKind": "squared_error: shapes and types",
    "ErrorBelowZero": "squared_error: not below 0",
    "ErrorOfWidths": "squared_error: from the expected offset",
    "DrawsByWhatOnnxLacks": "the step can be exported",
    "SaysInk": "learns: the head and what it builds say the same",
    "LawlessText": "exp(−loss) summed over all texts is 1",
    "CountsPaddingText": "padding alone has no loss",
    "ReadsBackwards": "decode: what is sure is read",
    "HeedsTheLanguageAlone": "decode: what is sure is read whatever the language",
    "ReadsSomethingInNothing": "decode: no steps are an empty text",
}


def test_a_head_of_a_single_gaussian_keeps_the_contract() -> None:
    check_head(tiny_components.head("Sound"))


def test_a_head_that_learns_something_of_a_line_is_held_to_its_own_batch() -> None:
    mask = np.arange(7) < np.array([[7], [3], [5]])
    batch = {"mask": mask, "lengths": mask.sum(axis=1).astype(np.float32)}
    check_head(tiny_components.head("Counting"), batch=batch)


def test_a_head_that_learns_text_keeps_the_contract() -> None:
    check_head(tiny_components.head("SoundText"))


@pytest.mark.parametrize("name", BROKEN)
def test_a_head_that_breaks_one_clause_is_told_which(name: str) -> None:
    if BROKEN[name] == "the step can be exported" and not can_export():
        pytest.skip("what exporting needs is not installed, or not on this backend")
    with pytest.raises(AssertionError) as caught:
        check_head(tiny_components.head(name))
    assert str(caught.value).startswith(BROKEN[name])


def test_there_is_a_broken_head_for_every_clause() -> None:
    assert missing(BROKEN.values(), head, ink_head, text_head, layer, exporting) == []
