from __future__ import annotations

import pytest

from searching import METRICS
from stagewright_plugins.sweeping.goals import Goal, Objective, goals, limits


def test_the_leading_metric_if_none_is_said():
    assert goals([], METRICS, "train") == (Goal("score", "maximize"),)


def test_directions_come_from_the_metric_or_are_said():
    found = goals(["loss", "size_mb", Objective(metric="score.a", direction="minimize")], METRICS, "compress")
    assert [goal.direction for goal in found] == ["minimize", "minimize", "minimize"]


@pytest.mark.parametrize(
    ("text", "value", "excess"),
    [
        ("size_mb <= 0.5", 0.7, 0.2),
        ("size_mb < 0.5", 0.3, -0.2),
        ("size_mb >= 0.5", 0.3, 0.2),
        ("0.5 > size_mb", 0.7, 0.2),
        ("2 * size_mb <= 1", 0.7, 0.4),
    ],
)
def test_how_far_a_limit_is_missed(text, value, excess):
    (limit,) = limits([text], METRICS, "compress")
    assert limit.excess({"size_mb": value}) == pytest.approx(excess)


def test_joined_conditions_are_limits_of_their_own():
    found = limits(["size_mb <= 0.5 and score > 0.3 and latency_ms < 2"], METRICS, "compress")
    assert [round(limit.excess({"size_mb": 1, "score": 1, "latency_ms": 1}), 3) for limit in found] == [
        0.5,
        -0.7,
        -1,
    ]
