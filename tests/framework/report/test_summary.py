"""The end of a run in a terminal: at most thirty lines, nothing that could steer the terminal."""

from __future__ import annotations

import io
from pathlib import Path

from stagewright.record import record
from stagewright.report.summary import LINES, comparison, cut_at, summary

from .fake_run import failed, gate_failed, review_pending, succeeded


def test_verdicts_scores_and_the_page_are_told(tmp_path: Path) -> None:
    text = summary(record.load(succeeded(tmp_path).folder))
    assert len(text.splitlines()) <= LINES
    assert "minutes_per_slice" in text
    assert "iou_mean" in text
    assert "without ML 0.325" in text
    assert text.splitlines()[-1].endswith("report.html")


def test_a_failed_gate_stands_first(tmp_path: Path) -> None:
    lines = summary(record.load(gate_failed(tmp_path).folder)).splitlines()
    assert next(line for line in lines if line.startswith("Gates")).startswith("Gates   ✗ iou.grey >= 0.6")


def test_what_a_waiting_run_needs_can_be_copied_whole(tmp_path: Path) -> None:
    run = review_pending(tmp_path).folder
    lines = summary(record.load(run)).splitlines()
    assert f"Next    stagewright review accept {run.name} --by NAME --reason WHY" in lines


def test_a_failed_step_says_why(tmp_path: Path) -> None:
    assert "train/unet" in summary(record.load(failed(tmp_path).folder))


def test_long_names_of_steps_leave_room_for_their_time(tmp_path: Path) -> None:
    found = record.load(succeeded(tmp_path).folder)
    steps = [{"step": "train/together", "status": "ran", "seconds": 2.0}]
    assert "train/together  2.0 s" in summary({**found, "steps": steps})


def test_a_long_reason_is_cut_for_a_terminal_only(tmp_path: Path) -> None:
    found = {**record.load(failed(tmp_path).folder), "message": "train: " + "why " * 60 + "end"}
    terminal, pipe = (summary(found, width=cut_at(Stream(is_a))).splitlines()[0] for is_a in (True, False))
    assert len(terminal) == 118
    assert terminal.endswith("…")
    assert pipe.endswith("why end")


class Stream(io.StringIO):
    def __init__(self, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    found = record.load(succeeded(tmp_path).folder)
    text = summary({**found, "message": "x\x1b]0;title\x07y\nz"})
    assert "\x1b" not in text
    assert "\x07" not in text


def test_runs_are_compared_by_what_differs(tmp_path: Path) -> None:
    first = record.load(succeeded(tmp_path / "a").folder)
    second = record.load(gate_failed(tmp_path / "b").folder)
    second["config"] = {**second["config"], "seed": 99}
    lines = comparison([first, second]).splitlines()
    assert "seed" in lines[0]
    assert len(lines) == 3
    assert lines[1].startswith("*") != lines[2].startswith("*")


def test_no_runs_is_said() -> None:
    assert comparison([]) == "no runs to compare"
