"""A model learned from wrong labels must not get past the champion, and the run says why."""

from __future__ import annotations

import json

import pytest

from running import Project

SMALL = (
    "data.source.scanners=16",
    "train.max_epochs=10",
    "train.model.width=6",
    "framing.success=[]",
    "deploy.targets=[]",
    "~framing.approaches",
    "~compress",
    "~monitor",
    "~tracking",
)
NOISE = '''
"""Label noise: white matter is called grey in some of the samples."""
from typing import Annotated

from pydantic import Field

from stagewright.stages import train
from stagewright.stages.train import Augment, AugmentInputs


@train.augment
def wrong_labels(
    inputs: AugmentInputs, /, *, share: Annotated[float, Field(ge=0, le=1, description="of samples")]
) -> Augment:
    """White matter is called grey in a share of the training samples."""
    import torch

    def spoil(image, mask, generator):
        wrong = torch.rand((), generator=generator) < share
        return image, torch.where(mask == 2, 1, mask) if wrong else mask

    return spoil
'''


@pytest.mark.slow
def test_planted_label_noise_is_rolled_back(project: Project) -> None:
    plugin = project.path / "plugins" / "train" / "augment" / "wrong_labels.py"
    plugin.parent.mkdir(parents=True)
    plugin.write_text(NOISE)
    project("run", "brain_tissue", *SMALL)
    champion = json.loads(project("rollout", "status", "brain_tissue", "--json").stdout)
    assert champion["verdict"] == "promoted", "the first model beats the baseline"

    noisy = "train.augment=[geometric,{type: wrong_labels, share: 0.7}]"
    ended = project("run", "brain_tissue", *SMALL, noisy, code=3)
    assert "rolled back against version" in ended.stdout + ended.stderr
    assert "guard quality failed, label.iou_mean" in ended.stdout + ended.stderr
    challenger = json.loads(project("rollout", "status", "brain_tissue", "--json").stdout)
    assert challenger["verdict"] == "rolled_back"
    assert challenger["known"]["stable"] == champion["known"]["canary"]
    reports = [path.read_text() for path in project.path.glob(".stagewright/runs/*/report.html")]
    assert any("guard quality failed" in text for text in reports)
