"""What is said of a sweep while it works."""

from __future__ import annotations

import io
from typing import Any

from stagewright.study.sweep_progress import Progress

TRIAL = {"settings": {"train.optimizer.lr": 0.00123, "train.model": {"type": "unet"}}, "wanted": 4}


def told(screen: io.StringIO | None, *trials: dict[str, Any]) -> list[str]:
    lines: list[str] = []
    progress = Progress("cells-1", lambda event, **fields: {"event": event, **fields}, lines.append, screen)
    for number, trial in enumerate(trials):
        line = progress.tell("trial", number=number, **TRIAL, **trial)
        assert line["study"] == "cells-1"
    assert progress.tell("other", x=1) == {"event": "other", "x": 1}
    return lines


GOOD = {
    "state": "complete",
    "values": {"iou": 0.71},
    "finished": 1,
    "running": 2,
    "best": 0.71,
    "best_number": 0,
}
PRUNED = {"state": "pruned", "finished": 2, "best": 0.71, "best_number": 0}
FAILED = {"state": "failed", "reason": "the loss is\x1b[2J not a number", "finished": 2, "failed": 1}


def test_a_line_a_trial_where_there_is_no_terminal() -> None:
    lines = told(None, GOOD, PRUNED, FAILED)
    assert lines[0].startswith("  ✓ 1/4  lr=0.00123 model=unet  iou 0.71  best 0.71 (trial 0)")
    assert lines[0].endswith(" left")
    assert lines[1].startswith("  ✂ 2/4  lr=0.00123 model=unet  pruned")
    assert "the loss is\\x1b[2J not a number" in lines[2]
    assert max(map(len, lines)) <= 110


def test_a_table_in_its_place_on_a_terminal() -> None:
    screen = io.StringIO()
    assert told(screen, GOOD, PRUNED, FAILED) == []
    first, second, third = screen.getvalue().split("\x1b[3F\x1b[J")
    assert first.splitlines()[1] == "  best    trial 0: 0.71  lr=0.00123 model=unet"
    assert first.startswith("  trials  1 of 4 finished, 2 running, ")
    assert "2 of 4 finished, 1 pruned" in second
    assert third.splitlines()[0].startswith("  ✗ 2/4")  # stays above the table
    assert "1 pruned, 1 failed" in third.splitlines()[1]


def test_why_it_ended_is_said() -> None:
    said: list[str] = []
    Progress("toy-1", lambda event, **fields: fields, said.append).tell(
        "search_ended", reason="all 4 combinations were tried", trials=4
    )
    assert said == ["  all 4 combinations were tried"]
