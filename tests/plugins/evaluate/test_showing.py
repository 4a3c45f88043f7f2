"""What the report shows of slices."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stagewright.report.blocks import Intervals
from stagewright.report.draw import blocks
from stagewright_plugins.evaluate._showing import slice_blocks


def a_slice(name: str, score: float | None) -> dict[str, Any]:
    scores = {} if score is None else {"auroc": {"value": score, "low": 0.6, "high": 0.8, "n": 9}}
    return {"name": name, "samples": 9, "small": False, "weak": False, "gap": None, "scores": scores}


def shown(*slices: dict[str, Any]) -> Intervals:
    column = {
        "column": "place",
        "numeric": False,
        "slices": slices,
        "distribution": {"values": [], "counts": {name: [] for name in ("train", "validation", "test")}},
        "shift": {"distance": None},
    }
    found = {"metric": "auroc", "overall": 0.7, "minimum": 5, "columns": [column]}
    (block,) = [block for block in slice_blocks(found) if isinstance(block, Intervals)]
    return block


def test_a_slice_without_a_value_stays_and_the_caption_says_why() -> None:
    block = shown(a_slice("JFK", 0.7), a_slice("LGA", None))
    assert [(row.name, row.value, row.n) for row in block.rows] == [("JFK", 0.7, 9), ("LGA", None, 9)]
    assert "–: auroc cannot be computed of these samples alone" in block.caption


@pytest.mark.parametrize("count", [1, 2])
def test_nothing_is_explained_where_all_have_a_value(count: int) -> None:
    assert "cannot be computed" not in shown(*[a_slice("JFK", 0.7)] * count).caption


def test_it_is_drawn_as_a_dash(tmp_path: Path) -> None:
    drawn = str(blocks([shown(a_slice("JFK", 0.7), a_slice("LGA", None)).to_json()], tmp_path))
    assert '<td class="v">–</td>' in drawn
