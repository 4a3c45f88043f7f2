"""A KPI's story in words."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.report.parts.objective import objective


def told(**kpi: Any) -> str:
    run = {
        "objective": {"problem": "p", "owner": "o"},
        "kpis": [{"name": "k", "direction": "minimize", **kpi}],
    }
    part = objective(run)
    assert part is not None
    return str(part.body)


@pytest.mark.parametrize(
    ("kpi", "said"),
    [
        (
            {"unit": "%", "baseline": 60.0, "target": 5.0, "value": 18.6},
            "With this model it is 18.6 %, 41.4 percentage points less than today: "
            "13.6 percentage points short of the target.",
        ),
        (
            {"unit": "min", "baseline": 4.0, "target": 1.0, "value": 2.0},
            "With this model it is 2 min, 50 % less than today: 1 min short of the target.",
        ),
        (
            {"unit": "%", "baseline": 60.0, "target": 50.0, "value": 60.0},
            "With this model it is 60 %: 10 percentage points short of the target.",
        ),
    ],
)
def test_percentages_are_compared_in_points(kpi: dict[str, Any], said: str) -> None:
    assert said in told(**kpi).replace("\N{NO-BREAK SPACE}", " ")
