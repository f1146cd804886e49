"""`check_core` finds what is broken, and names it."""

from __future__ import annotations

import inspect
import re

import pytest

from hwsynth.testing import check_core, core

BROKEN = {
    "CallOfOtherShape": "call: shape of outputs",
    "StepOfOtherShape": "step: shape of the output",
    "StepChangesTheStatesType": "step: shapes and types of the state",
    "StepGrowsTheState": "step: shapes and types of the state",
    "CallChangesTheStatesType": "call: shapes and types of the state",
    "WeightsInFloat16": "type of the weight",
    "CallUnlikeStep": "step by step equals call: outputs",
    "FinalStateUnlikeStep": "step by step equals call: final state 0",
    "GradientUnlikeStep": "step by step equals call: derivative by the state 0",
    "CallForgetsTheState": "step by step equals call: derivative by the state 0",
    "CallStartsTheClockAnew": "step by step equals call: outputs",
    "ClockOutsideTheState": "step by step equals call: outputs",
    "CallOfShortPiecesUnlikeStep": "cuts at .* equal the whole: outputs",
    "LooksAhead": "step by step equals call: outputs",
    "PaddingLeaksBack": "padding has no effect: outputs",
    "PaddingHasAGradient": "padding has no gradient",
    "PaddingChangesAGradient": "padding has no effect: gradient of",
    "LinesMix": "lines do not depend on each other",
    "SeedMissing": "the same seed gives the same weights",
    "SeedIgnored": "another seed gives other weights",
    "Bfloat16State": "bfloat16: types of the state",
    "Bfloat16Output": "bfloat16: type of outputs",
    "Bfloat16Weights": "bfloat16: type of",
    "FarOffInBfloat16": "bfloat16: outputs are near float32's",
    "WeightsBesideTheVariables": "weights survive the disk",
}


def test_a_core_that_gives_step_alone_keeps_the_contract() -> None:
    import broken_cores

    check_core(broken_cores.options(broken_cores.Sound))


@pytest.mark.parametrize("name", BROKEN)
def test_a_core_that_breaks_one_clause_is_told_which(name: str) -> None:
    import broken_cores

    with pytest.raises(AssertionError, match=f"^({BROKEN[name]})"):
        check_core(broken_cores.options(getattr(broken_cores, name)))


def test_there_is_a_broken_core_for_every_clause() -> None:
    # A clause is the text that opens a message, up to its first name or number.
    called = r'(?:equal|near|_same|fail)\(\s*f?"([^"{:]+)'
    for clause in set(re.findall(called, inspect.getsource(core))):
        assert any(text.startswith(clause.strip()) for text in BROKEN.values()), clause
