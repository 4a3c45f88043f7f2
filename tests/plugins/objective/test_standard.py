"""The objective."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.objective import Goal, Inputs, Kpi, Stakeholder
from stagewright.testing import context
from stagewright_plugins.objective.standard import standard

MINUTES = Kpi(name="minutes", baseline=4, target=1, direction="minimize", estimate="4 * (1 - iou_mean)")


def stated(tmp_path: Path, **settings: Any) -> Goal:
    return standard(Inputs(context(tmp_path)), problem="slow", owner="lab", **settings)


def test_what_the_recipe_says_is_what_later_stages_read(tmp_path: Path) -> None:
    person = Stakeholder(role="expert", approves=("evaluate",))
    goal = stated(tmp_path, kpis=(MINUTES,), stakeholders=(person,))
    assert goal == Goal("slow", "lab", (MINUTES,), (person,))


@pytest.mark.parametrize(("direction", "target"), [("minimize", 4.0), ("minimize", 5.0), ("maximize", 3.0)])
def test_a_target_no_better_than_today_is_refused(tmp_path: Path, direction: str, target: float) -> None:
    kpi = MINUTES.model_copy(update={"direction": direction, "target": target})
    with pytest.raises(StagewrightError, match="no better than today"):
        stated(tmp_path, kpis=(kpi,))


def test_two_kpis_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="two KPIs are named 'minutes'"):
        stated(tmp_path, kpis=(MINUTES, MINUTES))


def test_approval_of_a_section_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match=r"'evalute'.*did you mean 'evaluate'"):
        stated(tmp_path, stakeholders=(Stakeholder(role="expert", approves=("evalute",)),))
