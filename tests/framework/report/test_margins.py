"""By how much a value holds or misses, as the page says it."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.report.margins import margin

RUN = {
    "metrics": {
        "iou": {"value": 0.77},
        "distance": {"value": 4.5},
        "missed": {"value": 18.6},
        "gone": {"value": None},
    },
    "baseline": {"iou": {"value": 0.3}, "distance": {"value": 6.0}},
    "metric_specs": [
        {"name": "iou", "keys": ["iou"], "unit": ""},
        {"name": "distance", "keys": ["distance"], "unit": "pixels"},
        {"name": "missed", "keys": ["missed"], "unit": "%"},
    ],
}


@pytest.mark.parametrize(
    ("condition", "value", "said"),
    [
        ("iou >= 0.65", 0.77, "0.12 above"),
        ("iou >= 0.8", 0.77, "0.03 below"),
        ("iou >= 0.77", 0.77, "just at it"),
        ("distance < 7.5", 4.5, "3 pixels below"),
        ("missed <= 5", 18.6, "13.6 percentage points above"),
        ("1 - iou < 0.3", 0.23, "0.07 below"),
        ("size_ratio <= 0.5", 0.4, "0.1 below"),
        ("iou better than without ML", 0.77, "0.47 above: without ML it is 0.3"),
        ("distance better than without ML", 4.5, "1.5 pixels below: without ML it is 6"),
    ],
)
def test_the_distance_to_what_was_asked(condition: str, value: float, said: str) -> None:
    assert margin(RUN, {"condition": condition, "value": value}) == said


@pytest.mark.parametrize(
    "gate",
    [
        {"condition": "gone >= 0.5"},
        {"condition": "iou > 0.5 and distance < 7"},
        {"condition": "iou != 0.5"},
        {"condition": "evaluate accepted by domain expert"},
        {"condition": "gone better than without ML"},
        {},
    ],
)
def test_where_there_is_none_the_message_stands(gate: dict[str, Any]) -> None:
    assert margin(RUN, gate) == ""
