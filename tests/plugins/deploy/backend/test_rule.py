"""A baseline, served."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stagewright.errors import StagewrightError
from stagewright.stages.deploy import BackendInputs, Engine
from stagewright.stages.objective import Goal
from stagewright_plugins.deploy.backend.rule import rule
from stagewright_plugins.framing.task.segmentation import segmentation
from stagewright_plugins.packaging import manifest
from stagewright_plugins.packaging.rule import packaged
from stagewright_plugins.scoring import rules


def engine(folder: Path, spec: dict[str, object]) -> Engine:
    rules.write(folder, spec)
    task = segmentation(Goal("p", "o", ()), classes=("dark", "bright"), size=(8, 12))
    packaged(folder, folder / "package", "cells", task)
    return rule(BackendInputs(folder / "package", manifest.verify(folder / "package")))


NEAREST = {"rule": "nearest_centre", "centres": [0.8, 0.2], "classes": [1, 0]}


def test_bright_pixels_are_bright(tmp_path: Path) -> None:
    image = np.zeros((2, 1, 8, 12), np.uint8)
    image[1, 0, 2:4] = 255
    found = engine(tmp_path, NEAREST)({"image": image})
    assert found["mask"].dtype == np.uint8
    assert (found["mask"] == (image[:, 0] > 0)).all()
    assert (found["probability"].argmax(1) == found["mask"]).all()
    assert found["confidence"].tolist() == [1.0, 1.0]


def test_a_picture_of_any_size_is_labelled_at_the_tasks_size(tmp_path: Path) -> None:
    image = np.zeros((1, 1, 64, 96), np.uint8)
    image[..., 48:] = 255
    mask = engine(tmp_path, NEAREST)({"image": image}, ["mask"])["mask"]
    assert mask.shape == (1, 8, 12)
    assert not mask[0, :, :6].any()
    assert mask[0, :, 6:].all()


def test_only_what_was_asked_for_is_made(tmp_path: Path) -> None:
    image = np.zeros((1, 1, 8, 12), np.uint8)
    assert list(engine(tmp_path, NEAREST)({"image": image}, ["confidence"])) == ["confidence"]


def test_a_rule_nobody_knows_is_refused_when_loaded(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="did you mean 'multi_otsu'"):
        engine(tmp_path, {"rule": "mutli_otsu"})
