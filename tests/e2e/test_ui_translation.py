"""The bundled recipe on a small made-up language, as a user runs it: from catalogues to drift, then served."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateways import start
from running import Project
from small_texts import packages

SMALL = (
    "data.source={type: catalogues, packages: [little, longer], licence: CC0-1.0}",
    "data.split={type: grouped, train: 0.5, validation: 0.2, test: 0.3}",
    "data.vocabulary=300",
    "objective.kpis=[]",
    "framing.success=[]",
    "framing.approaches=[]",
    "train.model={type: transformer, vocabulary: 300, width: 32, layers: 1, inner: 64, dropout: 0.1, memory: 0.3}",
    "train.loss={type: cross_entropy, label_smoothing: 0.0}",
    "train.max_epochs=15",
    "train.batch_size=16",
    "train.optimizer.lr=0.01",
    "evaluate.minimum_slice=5",
    "compress.limits={size_ratio: 0.95, drop: {bleu: 5}}",
    "deploy.licences=[CC0-1.0]",
    "rollout.replay={requests: 400, samples: 50}",
    "monitor.before=little",
    "monitor.after=longer",
    "monitor.window=10",
    "~tracking",
)


@pytest.mark.slow
def test_from_catalogues_to_drift(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(packages(project.path / "path")))
    project("run", "ui_translation", *SMALL)
    shown = project.shown()
    steps = {step["step"]: step for step in shown["steps"]}

    def left(step: str) -> Path:
        return project.path / ".stagewright" / "store" / steps[step]["artifact"]

    bleu = json.loads((left("evaluate") / "bleu.json").read_text())
    program, *given = bleu["command"].split()
    command = [str(Path(sys.executable).with_name(program)), *given]
    said = subprocess.run(
        command, cwd=left("evaluate"), capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(said.stdout)["score"] == pytest.approx(shown["metrics"]["bleu"]["value"], abs=0.01)
    report = Path(shown["folder"], "report.html").read_text()
    assert bleu["signature"] in report
    assert shown["metrics"]["bleu"]["value"] > shown["baseline"]["bleu"]["value"]

    windows = json.loads((left("monitor") / "windows.json").read_text())
    drifted = [bool(window["values"]["drifted_now"]) for window in windows]
    assert not drifted[0]
    assert drifted[-1]

    project("run", "ui_translation", *SMALL)
    assert set(project.statuses().values()) == {"cached"}
    gateway = start(project.path, "ui_translation", "--drain-seconds", "0", *SMALL)
    text = {"name": "text", "datatype": "BYTES", "shape": [1, 1], "data": ["Save the page of %(name)s"]}
    answer = gateway.ask("POST", "/v2/models/ui_translation/infer", {"inputs": [text]}).json
    gateway.process.terminate()
    gateway.process.communicate(timeout=20)
    outputs = {item["name"]: item for item in answer["outputs"]}
    assert outputs["translation"]["datatype"] == "BYTES"
    assert "%(name)s" in outputs["translation"]["data"][0]
    assert 0 < outputs["match"]["data"][0] <= 1

    (project.path / "messages.txt").write_text("Save the page of %(name)s\nDelete the user\n")
    project("predict", "ui_translation", "messages.txt", "--out", "french", "--format", "jsonl")
    rows = (project.path / "french" / "predictions" / "part-00000.jsonl").read_text().splitlines()
    said = [json.loads(row) for row in rows]
    assert [row["text"] for row in said] == ["Save the page of %(name)s", "Delete the user"]
    assert said[0]["translation"] == outputs["translation"]["data"][0]  # the same as online
    looked = project("monitor", "ui_translation", *SMALL).stdout.splitlines()
    # The one request that came, in a window that fills; nothing made up.
    assert looked[2].split()[2:4] == ["…", "1"]
