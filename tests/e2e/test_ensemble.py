"""A sweep's models as an ensemble, distilled to one model and packed; as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from running import SMALL, Project

RECIPE = """\
defaults: [brain_tissue, _self_]
name: together
framing:
  success: []
  policy: side_by_side
  approaches:
    - {name: single, reason: The best trial., train: {}}
    - {name: together, reason: What the best trials say together., train: {type: ensemble, method: average}}
sweep:
  params: {train.model.width: "choice(2, 4, 6)"}
  sampler: grid
  trials: 3
compress:
  steps: [{type: distill, student: {type: unet, width: 3, depth: 1}, max_epochs: 2}, onnx_int8]
  limits: {size_ratio: 1.1, latency_ratio: 100, drop: {iou_mean: 1}}
"""
SETTINGS = [text for text in SMALL if "framing" not in text and "width" not in text]


@pytest.mark.slow
def test_an_ensemble_of_trials_is_an_approach_and_one_model_in_the_end(project: Project) -> None:
    (project.path / "recipes" / "together.yaml").write_text(RECIPE)
    words = ("together", *SETTINGS, "~rollout", "~monitor", "~objective.baseline")
    planned = {step["step"]: step for step in json.loads(project("plan", *words, "--json").stdout)}
    assert planned["train/together"]["reason"].startswith("follows the settings that the sweep will find")
    project("run", *words, code=None)
    shown = project.shown()
    steps = {step["step"]: step for step in shown["steps"]}
    assert {
        steps[name]["status"] for name in ("sweep", "train/single", "train/together", "compress", "deploy")
    } == {
        "ran",
        "cached",
    }
    assert steps["train/single"]["status"] == "cached"  # the winner was trained as a trial
    members = steps["train/together"]["output"]["spec"]["members"]
    assert {member["type"] for member in members} == {"unet"}
    assert len(members) >= 1
    chosen = [item["name"] for item in shown["approaches"] if item["status"] == "chosen"]
    values = {item["name"]: item["validation"]["iou_mean"] for item in shown["approaches"]}
    assert chosen == [max(values, key=values.__getitem__)]
    package = Path(shown["folder"]).parents[1] / "store" / steps["deploy"]["artifact"]
    assert list(package.rglob("model.onnx"))
    # Another method asks nothing of the sweep: its trials are the same.
    again = RECIPE.replace("average", "weighted")
    (project.path / "recipes" / "together.yaml").write_text(again)
    project("run", *words, code=None)
    statuses = project.statuses()
    assert (statuses["sweep"], statuses["train/together"]) == ("cached", "ran")
