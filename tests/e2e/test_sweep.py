"""A sweep on brain_tissue as a user runs it: two workers, killed twice, longer, its best settings as an overlay."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from running import SMALL, Project

LATER = ("~compress", "~deploy", "~rollout", "~monitor")
SEARCH = (
    "-m", "train.optimizer.lr=tag(log, interval(1e-4, 1e-2))", "train.model.width=4,6",
    "sweep.sampler=random", "sweep.workers=2",
)  # fmt: skip


def words(trials: int) -> tuple[str, ...]:
    fixed = [word for word in SMALL if not word.startswith("train.model.width")]
    return ("brain_tissue", *fixed, *LATER, *SEARCH, f"sweep.trials={trials}")


def killed(project: Project, trials: int, seconds: float) -> None:
    """Start a sweep and kill it with all its workers."""
    process = project.start("run", *words(trials))
    time.sleep(seconds)
    os.kill(process.pid, signal.SIGKILL)  # its workers follow, or finish what they are at
    process.communicate()


def trials_of(project: Project) -> list[dict[str, Any]]:
    step = next(step for step in project.shown()["steps"] if step["step"] == "sweep")
    path = project.path / ".stagewright" / "store" / step["artifact"] / "trials.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.slow
def test_a_sweep_killed_and_made_longer_loses_and_repeats_nothing(project: Project) -> None:
    moments = random.Random(3)
    for _ in range(2):
        killed(project, 5, moments.uniform(8, 20))
    project("run", *words(5), code=None)
    first = trials_of(project)
    assert sum(trial["state"] == "complete" for trial in first) == 5
    project("run", *words(7), code=None)
    found = trials_of(project)
    complete = [trial for trial in found if trial["state"] == "complete"]
    assert len(complete) == 7
    assert [trial["number"] for trial in found[: len(first)]] == [trial["number"] for trial in first]
    steps = {step["step"]: step["status"] for step in project.shown()["steps"]}
    assert steps["data"] == steps["train"] == "cached"
    _never_trained_twice(project, complete)
    _best(project)


def _never_trained_twice(project: Project, complete: list[dict[str, Any]]) -> None:
    """As many models in the store as different settings were tried."""
    entries = [json.loads(path.read_text()) for path in _entries(project)]
    trained = [entry for entry in entries if entry["output"].get("format") == "torch"]
    assert len(trained) == len({json.dumps(trial["settings"], sort_keys=True) for trial in complete})


def _entries(project: Project) -> list[Path]:
    return sorted((project.path / ".stagewright" / "cache").glob("*/entry.json"))


def _best(project: Project) -> None:
    """The overlay leads to the same model, without a sweep and without training."""
    said = project("sweep", "best", *words(7)).stdout.splitlines()[-1]
    assert said == "stagewright run brain_tissue +experiment=brain_tissue_best"
    base = (*words(7)[: -len(SEARCH) - 1], "+experiment=brain_tissue_best")
    planned = json.loads(project("plan", *base, "--json").stdout)
    assert "sweep" not in {step["step"] for step in planned}
    assert {step["status"] for step in planned if step["step"] in ("data", "train")} == {"cached"}
