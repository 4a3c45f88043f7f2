"""Thresholds per image."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from stagewright.errors import StagewrightError
from stagewright.report.blocks import Gallery, Intervals
from stagewright.stages.baseline import Inputs
from stagewright.testing import Heard
from stagewright_plugins.objective.baseline.multi_otsu import multi_otsu


def test_ranges_get_the_classes_that_are_as_bright_in_the_train_split(inputs: Callable[..., Inputs]) -> None:
    scores = multi_otsu(inputs())
    assert scores.split == "test"
    assert scores.values["iou_mean"].value > 0.98
    assert scores.values["iou_mean"].n == 4


def test_thresholds_are_chosen_for_every_image_anew(inputs: Callable[..., Inputs]) -> None:
    assert multi_otsu(inputs(shift=-0.08)).values["iou_mean"].value > 0.9


def test_it_leaves_a_sheet_and_pictures_that_exist(inputs: Callable[..., Inputs], heard: Heard) -> None:
    scores = multi_otsu(inputs())
    assert list(pd.read_parquet(scores.path / "per_sample.parquet")["id"]) == [f"test_{i}" for i in range(8)]
    gallery = next(block for block in heard.blocks if isinstance(block, Gallery))
    assert len(gallery.pictures) == 3
    assert all((scores.path / picture.path).stat().st_size > 0 for picture in gallery.pictures)
    assert any(isinstance(block, Intervals) for block in heard.blocks)


def test_ranges_beyond_the_classes_belong_to_the_darkest(inputs: Callable[..., Inputs]) -> None:
    given = inputs(fluid=0.22)
    assert multi_otsu(given, ranges=4).values["iou.b"].value > 0.95
    assert multi_otsu(given, ranges=3).values["iou.b"].value < 0.8
    with pytest.raises(StagewrightError, match="2 ranges cannot hold 3 classes"):
        multi_otsu(inputs(), ranges=2)
