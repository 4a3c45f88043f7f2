"""Trials of a sweep in MLflow: runs below the run that searched, one of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stagewright_plugins.tracking.mlflow import mlflow

from .conftest import Recorded

STUDY = "cells-0123456789ab"
SETTINGS = {"train.optimizer.lr": 0.01, "train.model": {"type": "unet", "width": 8}}


def trial(number: int, state: str = "complete") -> dict[str, Any]:
    ended = {"values": {"iou_mean": 0.1 * number, "train_seconds": 2.0}} if state == "complete" else {}
    ended |= {"reason": "the loss is not a number"} if state == "failed" else {}
    return {"number": number, "state": state, "settings": SETTINGS, "seconds": 1.5, **ended}


def searched(
    project: Path, name: str, told: list[dict[str, Any]], left: list[dict[str, Any]] | None
) -> Recorded:
    """A run whose sweep told some trials as they ended, and left all of the study if it came to its end."""
    run = Recorded(project, name)
    run.write()
    run.add("run_started", 0, run=run.id)
    for at, one in enumerate(told):
        run.add("trial", at, step="sweep", study=STUDY, **one)
    if left is not None:
        lines = "".join(json.dumps(one) + "\n" for one in left)
        output = {"path": ".", "settings": SETTINGS, "values": {"iou_mean": 0.3}, "trials": len(left)}
        run.finished("sweep", output, files={"trials.jsonl": lines})
        run.events[-1]["study"] = STUDY
        run.add("run_finished", 60, status="succeeded")
        run.record()
    return run


def children(project: Path) -> dict[str, Any]:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{project / '.stagewright/mlflow.db'}")
    experiment = client.get_experiment_by_name("cells")
    assert experiment
    found = client.search_runs([experiment.experiment_id], f"tags.`stagewright.study` = '{STUDY}'")
    assert len({run.data.tags["stagewright.trial"] for run in found}) == len(found)
    return {run.data.tags["stagewright.trial"]: run for run in found}


def test_each_trial_is_a_run_below_the_one_that_searched(tmp_path: Path) -> None:
    told = [trial(1), trial(2, "failed"), trial(3, "pruned")]
    parent = mlflow(searched(tmp_path, "one", told, told).inputs()).run_id
    found = children(tmp_path)
    assert {run.data.tags["mlflow.parentRunId"] for run in found.values()} == {parent}
    assert [found[number].info.status for number in ("1", "2", "3")] == ["FINISHED", "FAILED", "FINISHED"]
    assert found["1"].data.metrics == {"iou_mean": 0.1, "train_seconds": 2.0}
    assert found["1"].data.params == {
        "train.optimizer.lr": "0.01",
        "train.model.type": "unet",
        "train.model.width": "8",
    }
    assert found["2"].data.tags["mlflow.note.content"] == "the loss is not a number"
    assert found["3"].data.tags["stagewright.state"] == "pruned"
    assert found["1"].info.end_time - found["1"].info.start_time == 1500


def test_a_resumed_sweep_repeats_no_trial_and_takes_all_of_them(tmp_path: Path) -> None:
    killed = mlflow(searched(tmp_path, "killed", [trial(1)], None).inputs()).run_id
    assert children(tmp_path)["1"].data.tags["mlflow.parentRunId"] == killed
    # trial 2 ended while nobody was there to tell it
    whole = mlflow(searched(tmp_path, "whole", [trial(3)], [trial(1), trial(2), trial(3)]).inputs()).run_id
    found = children(tmp_path)
    assert sorted(found) == ["1", "2", "3"]
    assert {run.data.tags["mlflow.parentRunId"] for run in found.values()} == {whole}


def test_a_cached_sweep_leaves_its_trials_where_they_are(tmp_path: Path) -> None:
    first = mlflow(searched(tmp_path, "one", [trial(1)], [trial(1)]).inputs()).run_id
    again = searched(tmp_path, "two", [trial(1) | {"replayed": True}], None)
    again.finished("sweep", {"path": ".", "settings": SETTINGS, "values": {"iou_mean": 0.1}}, "cached")
    again.add("run_finished", 60, status="succeeded")
    again.record()
    mlflow(again.inputs())
    assert {run.data.tags["mlflow.parentRunId"] for run in children(tmp_path).values()} == {first}


def test_the_best_is_said_on_the_run_itself(tmp_path: Path) -> None:
    from mlflow import MlflowClient

    run = searched(tmp_path, "one", [trial(1)], [trial(1)])
    parent = mlflow(run.inputs()).run_id
    found = MlflowClient(f"sqlite:///{tmp_path / '.stagewright/mlflow.db'}").get_run(parent)
    assert found.data.metrics["sweep/iou_mean"] == 0.3
    assert found.data.params["sweep.best.train.model.width"] == "8"
