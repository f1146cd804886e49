from __future__ import annotations

from enum import StrEnum
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, field_validator, model_validator

from hwsynth import Options, UsageError
from hwsynth.settings import as_text, build_options, describe, parse_assignments


class Shape(StrEnum):
    ROUND = "round"
    FLAT = "flat"


class Pen(Options):
    units: int = Field(400, gt=0)
    """Cells of
    the pen."""
    share: float = Field(0.5, ge=0, lt=1)
    """A share."""
    bound: float | None = Field(None, gt=0)
    """A bound."""
    periods: tuple[int, ...] | None = None
    """Periods."""
    pair: tuple[float, float] = (1.0, 2.5)
    """Two."""
    joined: bool = False
    """Joined?"""
    rule: Literal["adam", "rmsprop"] = "adam"
    """A rule."""
    order: Literal[1, 2] = 1
    """An order."""
    shape: Shape = Shape.ROUND
    """A shape."""
    other: Shape | None = None
    """Another shape."""
    colour: str = "none"
    """A colour."""
    key: str = Field("a", pattern="^[a-z]$")
    """A key."""
    even: int = 2
    """Must be even."""

    @field_validator("even")
    @classmethod
    def _is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(f"{value} is odd; give an even number")
        return value

    @model_validator(mode="after")
    def _agree(self) -> Pen:
        if self.joined and self.units == 1:
            raise ValueError("joined=true needs more than one of units")
        return self


def built(**texts: object) -> Pen:
    return build_options(Pen, texts, section="pen")


def refusal(**texts: object) -> str:
    with pytest.raises(UsageError) as caught:
        built(**texts)
    return str(caught.value)


def test_assignments_are_sorted_into_sections_as_typed():
    assert parse_assignments(["core.units=200", "head.mixtures=3", "core.name=a=b"]) == {
        "core": {"units": "200", "name": "a=b"},
        "head": {"mixtures": "3"},
    }


def test_an_option_without_its_section_is_refused_with_what_to_write():
    with pytest.raises(UsageError, match=r"--set units=3 .* write --set SECTION\.units=3"):
        parse_assignments(["units=3"])


def test_an_option_without_a_value_is_refused_with_what_to_write():
    with pytest.raises(UsageError, match=r"--set core\.units gives no value; .*core\.units=VALUE"):
        parse_assignments(["core.units"])


@pytest.mark.parametrize("text", ["", "=", "units", "=3", ".units=3", "core.=3", "."])
def test_a_text_that_is_no_assignment_is_refused_with_the_form(text):
    with pytest.raises(UsageError, match=r"must be SECTION\.OPTION=VALUE, as in core\.units=200"):
        parse_assignments([text])


def test_an_option_given_twice_is_refused_with_both_values():
    with pytest.raises(UsageError, match=r"core\.units is given twice, as '3' and as '4'"):
        parse_assignments(["core.units=3", "core.units=4"])


def test_texts_become_values_of_the_fields_types():
    pen = built(
        units="3", share="0.25", bound="2", periods="1,2,4", pair="3,4.5", joined="true",
        rule="rmsprop", order="2", shape="flat", other="flat", colour="#fff",
    )  # fmt: skip
    assert pen == Pen(
        units=3, share=0.25, bound=2.0, periods=(1, 2, 4), pair=(3.0, 4.5), joined=True,
        rule="rmsprop", order=2, shape=Shape.FLAT, other=Shape.FLAT, colour="#fff",
    )  # fmt: skip


def test_none_is_no_value_where_there_may_be_none_and_a_text_elsewhere():
    pen = built(bound="none", periods="None", colour="none")
    assert (pen.bound, pen.periods, pen.colour) == (None, None, "none")


def test_values_that_are_no_texts_are_taken_as_they_are():
    pen = built(units=7, periods=[1, 2], bound=None, pair=[1, 2])
    assert (pen.units, pen.periods, pen.bound, pen.pair) == (7, (1, 2), None, (1.0, 2.0))


@pytest.mark.parametrize(
    ("option", "text", "allowed"),
    [
        ("units", "-3", "int > 0 (default: 400)"),
        ("units", "abc", "int > 0 (default: 400)"),
        ("units", "", "int > 0 (default: 400)"),
        ("units", "none", "int > 0 (default: 400)"),
        ("units", "2.5", "int > 0 (default: 400)"),
        ("share", "1", "float ≥ 0, < 1 (default: 0.5)"),
        ("share", "nan", "float ≥ 0, < 1 (default: 0.5)"),
        ("bound", "inf", "float > 0 or none (default: none)"),
        ("bound", "0", "float > 0 or none (default: none)"),
        ("periods", "1,b", "int,int,… or none (default: none)"),
        ("periods", "", "int,int,… or none (default: none)"),
        ("pair", "1", "float,float (default: 1,2.5)"),
        ("pair", "1,2,3", "float,float (default: 1,2.5)"),
        ("joined", "perhaps", "true|false (default: false)"),
        ("rule", "sgd", "adam|rmsprop (default: adam)"),
        ("order", "3", "1|2 (default: 1)"),
        ("shape", "square", "round|flat (default: round)"),
        ("other", "square", "round|flat or none (default: none)"),
    ],
)
def test_a_value_that_is_not_allowed_is_named_with_what_is(option, text, allowed):
    assert refusal(**{option: text}) == f"pen.{option}={text}: must be {allowed}"


def test_a_validators_own_words_are_passed_on():
    assert refusal(even="3") == "pen.even=3: 3 is odd; give an even number (default: 2)"


def test_a_pattern_is_shown():
    assert refusal(key="A") == "pen.key=A: must match ^[a-z]$ (default: a)"


def test_options_that_do_not_go_together_are_refused_in_the_models_words():
    assert refusal(joined="true", units="1") == "pen: joined=true needs more than one of units"


def test_every_wrong_option_is_named_in_one_message():
    lines = refusal(units="-1", periods="a,b").split("\n")
    assert [line.partition("=")[0] for line in lines] == ["pen.units", "pen.periods"]


def test_an_unknown_option_is_refused_with_the_nearest():
    message = refusal(unts="3")
    assert "no option named 'pen.unts'; there are: pen.bound, " in message
    assert message.endswith("Did you mean 'pen.units'?")


def test_options_are_described_by_their_fields_alone():
    described = {option.name: option for option in describe(Pen)}
    assert list(described) == list(Pen.model_fields)
    assert vars(described["units"]) == {
        "name": "units",
        "type": "int > 0",
        "default": 400,
        "help": "Cells of the pen.",
    }
    assert described["pair"].default == [1.0, 2.5]
    assert described["shape"].type == "round|flat"
    assert described["shape"].default == "round"


def test_values_are_written_as_they_are_typed():
    values = [None, True, 3, 2.0, 0.1, 1e-9, 1e12, [1, 2], "adam", Shape.FLAT]
    texts = ["none", "true", "3", "2", "0.1", "1e-09", "1e+12", "1,2", "adam", "flat"]
    assert [as_text(value) for value in values] == texts


@given(
    st.builds(
        Pen,
        units=st.integers(2, 10**6),
        share=st.sampled_from([0.0, 0.125, 0.5]),
        bound=st.none() | st.sampled_from([0.25, 1.0, 3e9]),
        periods=st.none() | st.lists(st.integers(), min_size=1, max_size=5).map(tuple),
        joined=st.just(True),
        rule=st.sampled_from(["adam", "rmsprop"]),
        order=st.sampled_from([1, 2]),
        shape=st.sampled_from(Shape),
        even=st.integers(-100, 100).map(lambda half: 2 * half),
    )
)
def test_options_written_as_text_are_read_back_the_same(pen):
    texts = {name: as_text(value) for name, value in pen.model_dump().items()}
    assert built(**texts) == pen
