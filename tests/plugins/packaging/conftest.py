"""A package in miniature: a rule behind a signature."""

from __future__ import annotations

from pathlib import Path

import pytest

from stagewright.stages.framing import Task
from stagewright.stages.objective import Goal
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.packaging import rule
from stagewright_plugins.scoring import rules


@pytest.fixture
def task() -> Task:
    return segmentation(Goal("p", "o", ()), classes=("dark", "bright"), size=(8, 12))


@pytest.fixture
def package(tmp_path: Path, task: Task) -> Path:
    baseline = tmp_path / "baseline"
    baseline.mkdir()
    rules.write(baseline, {"rule": "nearest_centre", "centres": [0.8, 0.2], "classes": [1, 0]})
    rule.packaged(baseline, tmp_path / "package", "cells", task)
    return tmp_path / "package"
