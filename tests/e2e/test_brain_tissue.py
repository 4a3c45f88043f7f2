"""The bundled recipe, made small, as a user runs it: what is done, what is done again, and what is said."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest

from running import SMALL, Project

STEPS = ["objective", "framing", "data", "metrics", "baseline", "train", "evaluate"]


@pytest.mark.slow
def test_a_second_run_executes_nothing(project: Project) -> None:
    project("run", "brain_tissue", *SMALL, code=None)
    first = project.shown()
    assert [step["step"] for step in first["steps"]] == STEPS
    assert {step["status"] for step in first["steps"]} == {"ran"}
    project("run", "brain_tissue", *SMALL, code=None)
    second = project.shown()
    assert {step["status"] for step in second["steps"]} == {"cached"}
    assert second["metrics"] == first["metrics"]
    assert Path(second["folder"], "report.html").is_file()


@pytest.mark.slow
def test_only_what_depends_on_a_change_runs_again(project: Project) -> None:
    project("run", "brain_tissue", *SMALL, code=None)
    planned = json.loads(project("plan", "brain_tissue", *SMALL, "evaluate.worst=3", "--json").stdout)
    by_step = {step["step"]: step for step in planned}
    assert by_step["evaluate"]["status"] == "run"
    assert "worst" in by_step["evaluate"]["reason"]
    project("run", "brain_tissue", *SMALL, "evaluate.worst=3", code=None)
    statuses = project.statuses()
    assert statuses.pop("evaluate") == "ran"
    assert set(statuses.values()) == {"cached"}


@pytest.mark.slow
def test_two_widths_share_one_dataset(project: Project) -> None:
    ended = project("run", "brain_tissue", *SMALL[:3], *SMALL[4:], "train.model.width=4,6", "-m", code=None)
    runs = json.loads(project("runs", "list", "--json").stdout)
    assert len(runs) == 2
    ran = [event for run in runs for event in _finished(project, run["id"]) if event["step"] == "data"]
    assert len(ran) == 1
    assert "train.model.width" in ended.stdout


@pytest.mark.slow
def test_on_the_plain_template_ml_is_not_needed(project: Project) -> None:
    ended = project("run", "brain_tissue", "data.source.scanners=0", "~tracking", code=4)
    shown = project.shown()
    assert shown["status"] == "not_needed"
    assert "not needed" in ended.stdout
    assert shown["kpis"][0]["no_ml"] <= shown["kpis"][0]["target"]
    assert not any(step["step"].startswith("train") and step["status"] == "ran" for step in shown["steps"])


@pytest.mark.slow
def test_a_model_worse_than_the_baseline_fails_its_gate_and_says_by_how_much(project: Project) -> None:
    project(
        "run",
        "brain_tissue",
        *SMALL,
        "train.optimizer={type: adamw, lr: 1e-12}",
        "train.max_epochs=1",
        code=3,
    )
    gate = next(gate for gate in project.shown()["gates"] if not gate["passed"])
    assert "baseline" in gate["message"]


@pytest.mark.slow
def test_every_run_is_one_mlflow_run(project: Project) -> None:
    project("run", "brain_tissue", *[word for word in SMALL if word != "~tracking"], code=None)
    shown = project.shown()
    assert shown["tracking"]["status"] == "mirrored", shown["tracking"]
    rows = (
        sqlite3.connect(project.path / ".stagewright" / "mlflow.db")
        .execute("select run_uuid from runs")
        .fetchall()
    )
    assert rows == [(shown["tracking"]["run_id"],)]


@pytest.mark.slow
def test_a_review_holds_the_run_until_a_named_person_accepts(project: Project) -> None:
    # so small a model is behind the baseline, which needs nobody's time
    asks = (
        "++evaluate.review={required: true, by: domain expert}",
        "~objective.baseline",
        "~compress",
        "~deploy",
    )
    asks = (*asks, "~rollout", "~monitor")
    project("run", "brain_tissue", *SMALL, *asks, code=5)
    run = project.shown()["id"]
    assert "evaluate" in project("review").stdout
    project("review", "accept", run, "--by", "A. Reader", "--reason", "outlines are usable")
    project("run", "brain_tissue", *SMALL, *asks, code=None)
    shown = project.shown()
    assert any("A. Reader" in gate["message"] for gate in shown["gates"])
    assert {step["status"] for step in shown["steps"]} == {"cached"}


@pytest.mark.slow
def test_the_real_recipe_reaches_its_criteria(project: Project) -> None:
    """About five minutes on two cores: the numbers that the documentation promises."""
    ended = project("run", "brain_tissue", code=0)
    shown = project.shown()
    iou, without = shown["metrics"]["iou_mean"], shown["baseline"]["iou_mean"]["value"]
    assert iou["value"] >= 0.65
    assert iou["value"] - without >= 0.15
    assert iou["low"] < iou["value"] < iou["high"]
    assert str(Path(shown["folder"], "report.html")) in ended.stdout
    gates = {gate["condition"]: gate for gate in shown["gates"]}
    assert gates["size <= 0.5 x fp32"]["value"] <= 0.5
    assert gates["latency <= 0.8 x fp32"]["value"] <= 0.8
    assert gates["drop of iou_mean <= 0.01"]["value"] <= 0.01
    assert shown["steps"][-1]["step"] == "monitor"
    assert project("rollout", "status", "brain_tissue").stdout


def _finished(project: Project, run: str) -> list[dict[str, str]]:
    text = (project.path / ".stagewright" / "runs" / run / "events.jsonl").read_text()
    events = [json.loads(line) for line in text.splitlines()]
    return [event for event in events if event["event"] == "step_finished"]
