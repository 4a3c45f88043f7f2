from __future__ import annotations

import pytest

from searching import METRICS
from stagewright.errors import StagewrightError
from stagewright.stages.metrics import MetricSet, MetricSpec
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


def test_a_constraint_that_no_trial_can_meet_is_refused():
    share = MetricSet((MetricSpec("share", {"type": "share"}, ("share",), "maximize", 0, 1),))
    assert limits(["share >= 0.8"], share, "train")
    with pytest.raises(StagewrightError, match="'share >= 80' can never hold: share is from 0 to 1"):
        limits(["share >= 80"], share, "train")
