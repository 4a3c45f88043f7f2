"""Scores of one scale share a chart, others do not."""

from __future__ import annotations

import pytest

from stagewright.report.blocks import Interval
from stagewright.stages.metrics import MetricSpec
from stagewright_plugins.scoring.axes import charts, missing


def spec(name: str, low: float | None, high: float | None, unit: str = "", *more: str) -> MetricSpec:
    return MetricSpec(name, {"type": name}, (name, *more), "maximize", low, high, unit)


SPECS = [
    spec("bleu", 0, 100),
    spec("iou", 0, 1, "", "iou.cell"),
    spec("distance", 0, None, "pixels"),
    spec("dice", 0, 1),
    spec("shift", None, None, "pixels"),
    spec("correlation", -1, 1),
]


def rows(*keys: str) -> dict[str, Interval]:
    return {key: Interval(key, 0.5) for key in keys}


def test_one_unit_and_range_is_one_chart_and_shares_come_first() -> None:
    found = charts("Scores", rows(*(key for one in SPECS for key in one.keys)), SPECS, caption="c")
    assert {chart.title: [row.name for row in chart.rows] for chart in found} == {
        "Scores": ["iou", "iou.cell", "dice"],
        "Scores, bleu": ["bleu"],
        "Scores, correlation": ["correlation"],
        "Scores, pixels": ["distance", "shift"],
    }
    assert found[0].title == "Scores"
    assert {chart.caption for chart in found} == {"c"}


def test_what_has_no_row_has_no_chart() -> None:
    (only,) = charts("Scores", rows("bleu"), SPECS, caption="")
    assert only.title == "Scores, bleu"


@pytest.mark.parametrize(("of", "drawn"), [("", [0.4, 0.4]), ("bleu", [None, 0.4])])
def test_a_reference_is_drawn_where_its_value_is(of: str, drawn: list[float | None]) -> None:
    found = charts("S", rows("iou", "bleu"), SPECS, caption="", reference=0.4, reference_of=of)
    assert [chart.reference for chart in found] == drawn


def test_a_dash_is_explained_only_where_there_is_one() -> None:
    assert missing("auroc", [0.5, 0.7]) == ""
    assert "–: auroc cannot be computed" in missing("auroc", [0.5, None])
