"""Settings held against their types, told in the words of a recipe."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict

from stagewright.errors import Problem
from stagewright.plugin.validation import validated


class Goal(BaseModel):
    model_config = ConfigDict(extra="forbid")
    metric: str
    weight: float = 1.0


class Both(Goal):
    name: str


def told(annotation: Any, value: Any) -> list[str]:
    problems: list[Problem] = []
    validated(annotation, value, ("at",), problems)
    return [f"{item.key}: {item.message}" for item in problems]


@pytest.mark.parametrize(
    ("annotation", "value", "said"),
    [
        (
            list[Goal | str],
            [{"metric": "a", "weight": "x"}],
            ["at[0].weight: input should be a valid number"],
        ),
        (list[Goal | str], ["a", {"metrik": "a"}], ["at[1].metric: missing", "at[1].metrik: unknown key"]),
        (dict[str, list[int] | int], {"b": [1, "x"]}, ["at.b[1]: input should be a valid integer, got 'x'"]),
        (dict[int, Goal | str], {3: {"metric": 1}}, ["at.3.metric: input should be a valid string, got 1"]),
        (str | int, 0.5, ["at: input should be a valid string", "at: input should be a valid integer"]),
    ],
)
def test_what_may_be_of_several_kinds_is_told_as_the_kind_that_was_meant(
    annotation: Any, value: Any, said: list[str]
) -> None:
    found = told(annotation, value)
    assert len(found) == len(said)
    assert all(message.startswith(start) for message, start in zip(found, said, strict=True)), found


@pytest.mark.parametrize(
    ("annotation", "value", "advice"),
    [
        (dict[str, Goal], {"a": "iou"}, "got 'iou'; write {metric: iou}"),
        (list[Goal], [3], "got 3; write {metric: ...}"),
        (dict[str, Goal], {"a": [1]}, "got [1]"),
        (dict[str, Both], {"a": "iou"}, "got 'iou'"),
    ],
)
def test_the_one_key_that_a_mapping_needs_is_told(annotation: Any, value: Any, advice: str) -> None:
    (said,) = told(annotation, value)
    assert said.endswith(f"should be a mapping, {advice}")
