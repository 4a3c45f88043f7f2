"""The bundled recipe with half of the days, as a user runs it: to the report of its first months alive."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from running import Project

FEW = (
    "data.source.sample=0.5",
    "train.iterations=100",
    "objective.kpis=[]",
    "framing.success=[]",
    "framing.approaches=[]",
    "evaluate.importance_rows=0",
    "rollout.replay.requests=2500",
    "monitor.end=2013-06-01",
    "monitor.requests=600",
    "monitor.resamples=40",
    "~tracking",
)


@pytest.mark.slow
def test_it_lives_through_its_first_months(project: Project) -> None:
    project("run", "flight_delay", *FEW, code=None)
    shown = project.shown()
    assert shown["steps"][-1]["step"] == "monitor", shown["message"]
    artifact = project.path / ".stagewright" / "store" / shown["steps"][-1]["artifact"]
    april, may = json.loads((artifact / "periods.json").read_text())
    assert (april["period"], may["period"]) == ("2013-04", "2013-05")

    assert april["attempt"]["run"], april["attempt"]
    retrained = project.shown(april["attempt"]["run"])
    assert retrained["within"] == shown["id"]
    assert retrained["config"]["data"]["until"] == "2013-05-01"
    assert may["challenger"] == "trained at the end of 2013-04"
    assert may["canary"]["verdict"] in ("promoted", "rolled_back")
    for month in (april, may):
        scores = month["scores"]
        assert scores["live champion"]["auroc"]["value"] > scores["no-ML baseline"]["auroc"]["value"]
    report = Path(shown["folder"], "report.html").read_text()
    assert "Did retraining pay?" in report

    project("run", "flight_delay", *FEW)
    assert set(project.statuses().values()) == {"cached"}, "aliases stay as they were, so nothing runs again"
