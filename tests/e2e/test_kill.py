"""kill -9 at random moments, then run again: the same numbers, nothing repeated, nothing half-written."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from running import SMALL, Project, new_project

MOMENTS = 12


@pytest.mark.slow
def test_killed_at_random_moments_a_run_ends_with_the_same_numbers(project: Project, tmp_path: Path) -> None:
    undisturbed = new_project(tmp_path / "undisturbed")
    began = time.monotonic()
    undisturbed("run", "brain_tissue", *SMALL, code=None)
    whole = time.monotonic() - began
    moments = random.Random(5)
    for _ in range(MOMENTS):
        finished = _finished(project)
        process = project.start("run", "brain_tissue", *SMALL)
        time.sleep(moments.uniform(0.3, whole))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        _nothing_half_written(project)
        assert finished <= _finished(project)
    project("run", "brain_tissue", *SMALL, code=None)
    assert project.shown()["metrics"] == undisturbed.shown()["metrics"]
    assert project.shown()["metrics"]["iou_mean"]["value"] > 0
    _never_finished_twice(project)


def _finished(project: Project) -> set[str]:
    return {path.parent.name for path in (project.path / ".stagewright" / "cache").glob("*/entry.json")}


def _nothing_half_written(project: Project) -> None:
    """Whatever is named is whole: every entry's artifact has every file at its size, every record parses."""
    home = project.path / ".stagewright"
    for path in (home / "cache").glob("*/entry.json"):
        entry = json.loads(path.read_text())
        for name, size, *_ in entry["manifest"]:
            assert (home / "store" / entry["artifact"] / name).stat().st_size == size
    for path in (home / "runs").glob("*/*.json"):
        json.loads(path.read_text())


def _never_finished_twice(project: Project) -> None:
    finished: list[Any] = []
    for path in sorted((project.path / ".stagewright" / "runs").glob("*/events.jsonl")):
        events = [json.loads(line) for line in path.read_text().split("\n")[:-1]]
        finished += [event["fingerprint"] for event in events if event["event"] == "step_finished"]
    assert len(finished) == len(set(finished))
