"""Framing, as the bundled recipe spells it, and what happens to mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from stagewright.contract import Component
from stagewright.errors import Problem
from stagewright.plugin.binding import bind
from stagewright.plugin.registry import Registry
from stagewright.stages.framing import Framing, Inputs
from stagewright.stages.objective import Goal
from stagewright.testing import context

RECIPE = Path(__file__).resolve().parents[3] / "recipes" / "brain_tissue.yaml"


@pytest.fixture
def section() -> dict[str, Any]:
    return yaml.safe_load(RECIPE.read_text())["framing"]


def bound(section: dict[str, Any]) -> tuple[Component[Inputs, Framing] | None, list[Problem]]:
    problems: list[Problem] = []
    return bind(Registry(), "framing", section, ("framing",), problems, "standard"), problems


def test_the_bundled_recipe_is_framed_as_it_says(section: dict[str, Any], tmp_path: Path) -> None:
    component, problems = bound(section)
    assert problems == []
    assert component is not None
    framing = component(Inputs(Goal("p", "o", ()), context(tmp_path)))
    assert framing.task.classes == ("background", "grey", "white")
    assert framing.task.input.shape == (1, 96, 96)
    assert [approach.name for approach in framing.approaches] == ["unet", "deeplab"]
    assert framing.approaches[1].train == {"model": {"type": "deeplab"}}
    assert framing.policy == "in_order"
    assert framing.success == ("iou_mean >= 0.65",)
    assert (framing.budget.wall_minutes, framing.budget.memory_gb) == (30, 16)
    assert framing.milestones[0].date.isoformat() == "2026-12-15"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"policy": "best"}, "framing.policy"),
        ({"budget": {"wall_minutes": -1}}, "framing.budget.wall_minutes"),
        ({"budget": {"hours": 1}}, "framing.budget.hours"),
        ({"approaches": [{"name": "a b", "reason": "r"}]}, "framing.approaches[0].name"),
        (
            {"milestones": [{"name": "m", "date": "soon", "expect": "iou_mean > 0"}]},
            "framing.milestones[0].date",
        ),
        ({"task": {"type": "segmentation", "classes": ["one"], "size": [96, 96]}}, "framing.task.classes"),
        (
            {"task": {"type": "segmentation", "classes": ["a", "b c"], "size": [96, 96]}},
            "framing.task.classes[1]",
        ),
        ({"task": {"type": "segmentation", "classes": ["a", "b"], "size": [96]}}, "framing.task.size"),
    ],
)
def test_a_mistake_is_named_at_its_key(section: dict[str, Any], changes: dict[str, Any], key: str) -> None:
    _, problems = bound(section | changes)
    assert [problem.key for problem in problems if problem.key.startswith(key)], [str(p) for p in problems]
