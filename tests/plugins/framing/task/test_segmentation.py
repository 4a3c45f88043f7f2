"""The segmentation task."""

from __future__ import annotations

import pytest

from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.objective import Goal
from stagewright_plugins.framing.task.segmentation import segmentation

GOAL = Goal("p", "o", ())


def test_the_signature_follows_from_classes_size_and_channels() -> None:
    task = segmentation(GOAL, classes=("a", "b", "c"), size=(64, 96), channels=3, ignore_index=255)
    assert (task.input.shape, task.input.dtype) == ((3, 64, 96), "float32")
    assert (task.target.shape, task.target.dtype) == ((64, 96), "int64")
    assert task.output.shape == (3, 64, 96)
    assert task.decode == "argmax"


def test_the_default_metrics_exist_and_fit() -> None:
    task = segmentation(GOAL, classes=("a", "b"), size=(64, 64))
    for name in task.default_metrics:
        assert task.type in Registry().component("metrics.metric", {"type": name}).facts.fits


@pytest.mark.parametrize("ignored", [0, 1])
def test_a_class_cannot_be_ignored(ignored: int) -> None:
    with pytest.raises(StagewrightError, match=f"ignore_index {ignored} is the class"):
        segmentation(GOAL, classes=("a", "b"), size=(64, 64), ignore_index=ignored)


def test_class_names_must_differ() -> None:
    with pytest.raises(StagewrightError, match="class names must differ"):
        segmentation(GOAL, classes=("a", "a"), size=(64, 64))
