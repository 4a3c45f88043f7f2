"""Clusters of grey values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest

from stagewright.stages.baseline import Inputs
from stagewright_plugins.objective.baseline.intensity_clusters import intensity_clusters

METHODS = ("k_means", "gaussian_mixture")


@pytest.mark.parametrize("method", METHODS)
def test_clusters_get_the_classes_that_are_as_bright(
    inputs: Callable[..., Inputs], method: Literal["k_means", "gaussian_mixture"]
) -> None:
    assert intensity_clusters(inputs(), method=method, pixels=3000).values["iou_mean"].value > 0.98


@pytest.mark.parametrize("method", METHODS)
def test_clusters_stay_those_of_the_train_split(
    inputs: Callable[..., Inputs], method: Literal["k_means", "gaussian_mixture"]
) -> None:
    assert intensity_clusters(inputs(shift=-0.3), method=method, pixels=3000).values["iou_mean"].value < 0.6


def test_the_same_seed_gives_the_same_scores(inputs: Callable[..., Inputs]) -> None:
    one, other = (intensity_clusters(inputs(), pixels=1000).values for _ in range(2))
    assert one == other
