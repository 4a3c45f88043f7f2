"""Metrics that count and measure the objects of a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stagewright_plugins.data.quality.area import area
from stagewright_plugins.data.quality.border_contact import border_contact
from stagewright_plugins.data.quality.border_distance import border_distance
from stagewright_plugins.data.quality.centroid_offset import centroid_offset
from stagewright_plugins.data.quality.foreground import foreground
from stagewright_plugins.data.quality.holes import holes
from stagewright_plugins.data.quality.largest_object import largest_object
from stagewright_plugins.data.quality.object_size import object_size
from stagewright_plugins.data.quality.objects import objects

MASK = [
    [1, 1, 0, 0, 0],
    [1, 0, 0, 2, 0],
    [0, 1, 0, 0, 0],
    [0, 0, 0, 0, 1],
]  # cell: 4 pixels that touch, one by a corner, and 1 apart; core: 1


def test_area_is_the_share_of_pixels(view: Any) -> None:
    assert area(view(mask=MASK)) == pytest.approx({"background": 14 / 20, "cell": 5 / 20, "core": 1 / 20})


def test_ignored_pixels_count_for_no_class(view: Any) -> None:
    ignored = view(mask=[[0, 1, 255, 255]])
    assert area(ignored) == {"background": 0.25, "cell": 0.25, "core": 0}
    assert foreground(ignored) == 0.25
    assert objects(ignored) == {"cell": 1, "core": 0}


def test_foreground_is_every_class_but_the_first(view: Any) -> None:
    assert foreground(view(mask=MASK)) == 6 / 20


def test_objects_touch_at_corners_too(view: Any) -> None:
    assert objects(view(mask=MASK)) == {"cell": 2, "core": 1}
    assert objects(view(mask=MASK), min_pixels=2) == {"cell": 1, "core": 0}
    assert objects(view(mask=MASK), include_background=True) == {"background": 1, "cell": 2, "core": 1}


def test_crumbs_raise_the_count(view: Any, disc: np.ndarray) -> None:
    crumbs = disc.copy()
    crumbs[::8, ::8] = 1
    assert objects(view(mask=disc))["cell"] == 1
    assert objects(view(mask=crumbs))["cell"] > 50
    assert largest_object(view(mask=crumbs))["cell"] < largest_object(view(mask=disc))["cell"] == 1


def test_largest_object_by_hand(view: Any) -> None:
    assert largest_object(view(mask=MASK)) == {"cell": 4 / 5, "core": 1}


def test_object_size_is_the_median(view: Any) -> None:
    assert object_size(view(mask=MASK)) == {"cell": 2.5 / 20, "core": 1 / 20}


def test_border_contact_is_by_pixels_of_objects_that_are_cut(view: Any) -> None:
    assert border_contact(view(mask=MASK)) == {"cell": 1, "core": 0}
    mask = np.zeros((8, 8))
    mask[0:2, 3] = mask[4:6, 3:6] = 1  # 2 pixels at the edge, 6 inside
    assert border_contact(view(mask=mask))["cell"] == 2 / 8


def test_a_picture_moved_out_of_the_frame_touches_it(view: Any, disc: np.ndarray) -> None:
    moved = np.zeros_like(disc)
    moved[:, 30:] = disc[:, :-30]
    assert border_contact(view(mask=disc))["cell"] == 0
    assert border_contact(view(mask=moved))["cell"] == 1
    assert border_distance(view(mask=moved))["cell"] == 0 < border_distance(view(mask=disc))["cell"]
    assert centroid_offset(view(mask=moved))["core"] > 0.3 > centroid_offset(view(mask=disc))["core"]


def test_border_distance_by_hand(view: Any) -> None:
    mask = np.zeros((5, 9))
    mask[2, 3] = 1  # 2 of 2.5 rows, 3 of 4.5 columns
    assert border_distance(view(mask=mask)) == {"cell": pytest.approx(3 / 4.5), "core": 0}


def test_centroid_offset_by_hand(view: Any) -> None:
    mask = np.zeros((3, 3))
    mask[0, 0] = 1
    assert centroid_offset(view(mask=mask))["cell"] == pytest.approx(np.sqrt(2) / (np.hypot(3, 3) / 2))
    mask[2, 2] = 1
    assert centroid_offset(view(mask=mask))["cell"] == 0


def test_holes_by_hand(view: Any) -> None:
    ring = np.zeros((5, 5))
    ring[1:4, 1:4] = 1
    assert holes(view(mask=ring)) == 0
    ring[2, 2] = 0
    assert holes(view(mask=ring)) == pytest.approx(1 / 9)


def test_another_class_inside_is_no_hole(view: Any, disc: np.ndarray) -> None:
    assert holes(view(mask=disc)) == 0
    assert holes(view(mask=np.where(disc == 2, 0, disc))) == pytest.approx(
        (disc == 2).sum() / (disc > 0).sum()
    )
