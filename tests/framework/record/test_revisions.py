"""Revisions of an objective."""

from __future__ import annotations

from pathlib import Path

from stagewright.record import revisions


def test_a_line_cut_short_by_a_kill_swallows_no_later_one(tmp_path: Path) -> None:
    revisions.revise(tmp_path, "toy", "r1", {"target": 1})
    with (tmp_path / "objectives" / "toy.jsonl").open("a") as file:
        file.write('{"revision": 2, "da')
    revisions.revise(tmp_path, "toy", "r2", {"target": 2})
    found = revisions.revise(tmp_path, "toy", "r3", {"target": 3})
    assert [(one["revision"], one["run"]) for one in found] == [(1, "r1"), (2, "r2"), (3, "r3")]
