"""`check_core` finds what is broken, and names it."""

from __future__ import annotations

import pytest

import tiny_components
from clauses import missing
from hwsynth.step_export import can_export
from hwsynth.testing import check_core, core, exporting, layer

BROKEN = {
    "CallOfOtherShape": "call: shape and type of outputs",
    "StepOfOtherShape": "step: shape and type of the output",
    "StepChangesTheStatesType": "step: shapes and types of the state",
    "StepGrowsTheState": "step: shapes and types of the state",
    "CallChangesTheStatesType": "call: shapes and types of the state",
    "WeightsInFloat16": "float32: type of the weight",
    "WeightsWithoutNames": "weights have lasting names",
    "TwoWeightsOfOneName": "each weight has a name of its own",
    "StateOfNests": "the state is a flat tuple of tensors",
    "StateWithoutLines": "numbers of the state are (batch, ...) of float32",
    "ClockOfEveryLine": "a clock is int32 of shape (1,)",
    "ClockStartsAtOne": "a clock starts at 0",
    "CallUnlikeStep": "step by step equals call: outputs",
    "FinalStateUnlikeStep": "step by step equals call: final state 0",
    "GradientUnlikeStep": "step by step equals call: derivative by the state 0",
    "CallForgetsTheState": "step by step equals call: derivative by the state 0",
    "CallStartsTheClockAnew": "step by step equals call: outputs",
    "ClockOutsideTheState": "step by step equals call: outputs",
    "CallOfShortPiecesUnlikeStep": "cuts at [",
    "LooksAhead": "step by step equals call: outputs",
    "MaskChangesOutputs": "a mask changes no output before it",
    "PaddingLeaksBack": "padding has no effect: outputs",
    "PaddingHasAGradient": "padding has no gradient",
    "PaddingChangesAGradient": "padding has no effect: gradient of",
    "LinesMix": "lines do not depend on each other",
    "SeedMissing": "the same seed gives the same weights",
    "SeedIgnored": "another seed gives other weights",
    "Bfloat16State": "bfloat16: types of the state",
    "Bfloat16Output": "bfloat16: type of outputs",
    "Bfloat16Weights": "bfloat16: type of the weight",
    "FarOffInBfloat16": "bfloat16 is near float32: outputs",
    "FarOffBackInBfloat16": "bfloat16 is near float32: derivative by",
    "WeightsBesideTheVariables": "weights survive the disk",
    "ProjectsLate": "call_projected equals outputs times the kernel: outputs",
    "ProjectsWithoutGradient": "call_projected equals outputs times the kernel: derivative by",
    "StateBeginsAsOnes": "the step can be exported",
}


def test_a_core_that_gives_step_alone_keeps_the_contract() -> None:
    check_core(tiny_components.core("Sound"))


@pytest.mark.parametrize("name", BROKEN)
def test_a_core_that_breaks_one_clause_is_told_which(name: str) -> None:
    if BROKEN[name] == "the step can be exported" and not can_export():
        pytest.skip("what exporting needs is not installed, or not on this backend")
    with pytest.raises(AssertionError) as caught:
        check_core(tiny_components.core(name))
    assert str(caught.value).startswith(BROKEN[name])


def test_a_core_whose_weights_are_read_in_a_conditional_keeps_the_contract() -> None:
    check_core(tiny_components.core("Conditional"))


def test_a_core_that_says_it_cannot_be_exported_keeps_the_contract() -> None:
    check_core(tiny_components.core("SaysThatItCannotBeExported"))


def test_there_is_a_broken_core_for_every_clause() -> None:
    assert missing(BROKEN.values(), core, layer, exporting) == []
