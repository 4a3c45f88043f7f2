"""Parallel coordinates: where lines stand on the axes."""

from __future__ import annotations

import re

from stagewright.report.blocks import Parallel
from stagewright.report.charts.parallel import parallel

BLOCK = Parallel(
    "All",
    columns=("lr", "model", "width", "iou"),
    rows=((0.01, "unet", 8, 0.9), (0.001, "deeplab", None, 0.8), (0.0001, "unet", 4, 0.7)),
    logarithmic=("lr",),
)


def test_lines_stand_where_their_values_do() -> None:
    drawn = parallel(BLOCK.to_json())
    paths = re.findall(r' d="([^"]*)"', drawn)
    assert len(paths) == 3
    assert paths[-1] == "M0.0 0.0L333.3 165.0L666.7 0.0L1000.0 0.0"  # the best is drawn last, on top
    assert paths[1] == "M0.0 110.0L333.3 55.0M1000.0 110.0"  # the middle of a logarithmic scale, then a gap


def test_axes_say_their_names_and_ends() -> None:
    drawn = parallel(BLOCK.to_json())
    for text in ("lr", "0.01", "0.0001", "unet", "deeplab", ">0.9<", "Numbers"):
        assert text in drawn


def test_what_is_odd_is_still_drawn() -> None:
    same = Parallel("x", columns=("a", "b"), rows=((1, "<b>"), (1, "<b>")))
    drawn = parallel(same.to_json())
    assert "&lt;b&gt;" in drawn
    assert "<b>" not in drawn
    assert "M0.0 110.0L1000.0 110.0" in drawn
