"""One class everywhere."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stagewright.stages.baseline import Inputs
from stagewright_plugins.objective.baseline.majority_class import majority_class
from stagewright_plugins.scoring.batches import batches


def test_the_class_is_the_train_splits_commonest_and_its_iou_its_share_of_the_test(
    inputs: Callable[..., Inputs],
) -> None:
    given = inputs()
    values = majority_class(given).values
    share = np.mean([(batch.targets == 2).mean() for batch in batches(given.data, "test")])
    assert values["iou.c"].value == pytest.approx(share)
    assert values["iou.a"].value == values["iou.b"].value == 0.0
    assert values["iou_mean"].value == pytest.approx(share / 3)
