"""What is no override, told so that the next try is one."""

from __future__ import annotations

import pytest

from stagewright.errors import RecipeError
from stagewright.recipe.overrides import parsed_overrides


def told(text: str) -> str:
    with pytest.raises(RecipeError) as caught:
        parsed_overrides([text])
    (found,) = caught.value.problems
    return str(found)


@pytest.mark.parametrize(
    ("call", "wrong", "near"),
    [
        ("intervall(1,3)", "intervall", "interval"),
        ("shuffel(1,2)", "shuffel", "shuffle"),
        ("tag(a,rang(1,3))", "rang", "range"),
    ],
)
def test_a_misspelt_function_is_told_the_nearest(call: str, wrong: str, near: str) -> None:
    said = f"override 'x={call}' calls {wrong!r}, which is no function, did you mean {near!r}?"
    assert told(f"x={call}") == f"{said}; text with brackets needs quotes: \"key='a(b)'\""


def test_a_function_that_nothing_is_like_is_told_what_there_is() -> None:
    assert "no function, known: bool, choice, float, glob, int, interval, range, shuffle, sort," in told(
        "x=fn(1)"
    )


def test_a_function_called_wrong_is_told_why() -> None:
    assert (
        told("x=interval(1)")
        == "override 'x=interval(1)' calls interval(1): missing a required argument: 'end'"
    )


def test_what_is_no_override_at_all_is_told_how_one_is_written() -> None:
    assert "is not an override (it has no key); write key=value" in told("=x")
