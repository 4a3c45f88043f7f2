"""Planning: what runs again after a change."""

from __future__ import annotations

from typing import Any

import pytest

STEPS = ["objective", "framing", "data", "metrics", "baseline", "train", "evaluate"]


def test_everything_runs_the_first_time(toy: Any) -> None:
    assert toy.runs_again() == STEPS
    assert toy.plan()["data"].reason == "never ran"


@pytest.mark.parametrize(
    ("changes", "again"),
    [
        ({}, []),
        ({"evaluate.note": "x"}, ["evaluate"]),
        ({"train.score": 0.6}, ["train", "evaluate"]),
        ({"train.model.width": 5}, ["train", "evaluate"]),
        ({"data.size": 9}, ["data", "baseline", "train", "evaluate"]),
        ({"data.workers": 9}, []),
        ({"seed": 4}, ["data", "baseline", "train", "evaluate"]),
        ({"description": "words change nothing"}, []),
        ({"objective.problem": "far too slow"}, ["objective", "framing"]),
        ({"framing.success": ["acc >= 0.3"]}, ["framing"]),
        ({"framing.milestones": [{"name": "m", "date": "2027-01-01", "expect": "acc > 0.9"}]}, ["framing"]),
        ({"framing.budget": {"wall_minutes": 5}}, ["framing"]),
        ({"metrics.of": ["acc"]}, ["metrics"]),  # says the same as the default
    ],
)
def test_a_change_runs_its_step_and_what_follows(toy: Any, changes: dict[str, Any], again: list[str]) -> None:
    toy.run()
    assert toy.runs_again(changes) == again
