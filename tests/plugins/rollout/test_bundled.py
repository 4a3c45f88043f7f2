"""Bundled recipes and templates: a package that is as good as the champion can be shown to be so in their replay."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import yaml

from stagewright.plugin.registry import Registry
from stagewright.rollout import watch
from stagewright.rollout.controller import Controller
from stagewright.rollout.policy import Policy
from stagewright.stages.known import Known

ROOT = Path(__file__).parents[3]
TEMPLATES = ROOT / "framework" / "stagewright" / "scaffold" / "recipes"
# Mean and deviation of a sample's value: of chrF as in ui_translation (docs/ui_translation.md), of IoU as its replays had.
RECIPES = {
    "brain_tissue": (ROOT / "recipes" / "brain_tissue.yaml", "iou_mean", 0.8, 0.1),
    "ui_translation": (ROOT / "recipes" / "ui_translation.yaml", "chrf", 52, 30),
    "template translation": (TEMPLATES / "translation.yaml", "chrf", 52, 30),
}


SECTIONS = [*(ROOT / "recipes").glob("*.yaml"), *TEMPLATES.glob("*.yaml"), *(ROOT / "conf" / "rollout").glob("*.yaml"),
            TEMPLATES.parent / "project" / "recipes" / "PROJECT_NAME.yaml"]  # fmt: skip


def replayed(section: dict[str, Any], label: str, mean: float, deviation: float, seed: int) -> str:
    """The verdict on a canary that answers as the champion does."""
    requests = section.pop("replay", {}).get("requests", 2000)
    controller = Controller(Policy.of(section), f"r{seed}", watch.tests(Registry().component))
    controller.start(0.0)
    random = np.random.default_rng(seed)
    for number in range(1, requests + 1):
        name = f"q{number}"
        asked = {"kind": "request", "id": name, "unit": name, "arm": controller.arm(name), "status": 200}
        controller.observe(asked, number / 2)
        value = float(max(0.0, random.normal(mean, deviation)))
        controller.observe({"kind": "label", "id": name, "values": {label: value}}, number / 2)
        if controller.finished:
            break
    return controller.verdict


@pytest.mark.parametrize("recipe", RECIPES)
def test_an_equal_package_is_nearly_always_promoted(recipe: str) -> None:
    path, label, mean, deviation = RECIPES[recipe]
    verdicts = []
    for seed in range(10):
        section = yaml.safe_load(path.read_text(encoding="utf-8"))["rollout"]
        verdicts.append(replayed(section, label, mean, deviation, seed))
    assert verdicts.count("promoted") >= 8
    assert "rolled_back" not in verdicts


@pytest.mark.parametrize("task", ["segmentation", "classification", "translation"])
@pytest.mark.parametrize("path", SECTIONS, ids=lambda path: path.stem)
def test_no_replay_is_too_short(path: Path, task: str) -> None:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    section = found.get("rollout", found if path.parent.name == "rollout" else None)
    registry = Registry()
    component = registry.component("rollout", {"type": "standard", **section})
    keys = ("iou_mean", "chrf", "brier", "correct")
    known = Known(SimpleNamespace(type=task), keys, resolve=registry.component)
    warned = [
        item for item in component.facts.misfits(component.settings, known) if item.severity == "warning"
    ]
    assert warned == []
