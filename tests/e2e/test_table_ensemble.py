"""A sweep over two kinds of models of a table, joined to one, then judged, served and retrained; as a user runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pandas as pd
import pytest

from gateways import start
from running import Project

RECIPE = """\
name: winds
seed: 2
objective: {problem: Rows go wrong., owner: tests, baseline: {type: historical_rate, by: [place]}}
framing:
  task: {type: classification, classes: [fine, wrong]}
  success: [auroc >= 0.6]
  approaches:                 # tried in this order, so that the ensemble is the one that is served
    - {name: together, reason: What the best trials say together., train: {type: ensemble, method: average}}
    - {name: single, reason: The best trial., train: {}}
data:
  type: tabular
  source:
    {type: table_file, path: rows.csv, id: id, time: at, known: seen, target: outcome, group: day,
     licence: CC0-1.0, personal_data: none, columns: {wind: {kind: number}, place: {kind: category}}}
  until: 2024-02-20
  validation_days: 10
  test_days: 10
metrics: [auroc, brier]
train: {type: gradient_boosting, iterations: 20, every: 10, minimum_leaf: 20}
sweep:
  params:
    train: [gradient_boosting, table_mlp]
    train.learning_rate: {of: "choice(0.05, 0.3)", when: train == gradient_boosting}
    train.max_epochs: {of: "choice(4, 6)", when: train == table_mlp}
  sampler: grid
  trials: 4
evaluate: {type: tabular, importance_rows: 0}
deploy: {card: {intended_use: A test., limitations: Made-up rows., licence: CC0-1.0}}
rollout: {steps: [{setWeight: 50}], replay: {requests: 60}, onInconclusive: notify}
"""


@pytest.fixture
def winds(project: Project) -> Project:
    """Two months of rows; the wind decides, a little noisily, and is sometimes unknown."""
    random = np.random.default_rng(0)
    times = pd.date_range("2024-01-01", periods=1500, freq="h")
    wind, place = random.normal(10, 4, len(times)), random.choice(["north", "south"], len(times))
    wrong = wind + 3 * (place == "south") + random.normal(0, 4, len(times)) > 12
    wind[random.random(len(times)) < 0.1] = np.nan
    rows = {
        "id": [f"r{i}" for i in range(len(times))],
        "at": times,
        "seen": times + pd.Timedelta("1D"),
        "day": times.strftime("%Y-%m-%d"),
        "wind": wind,
        "place": place,
        "outcome": np.where(wrong, "wrong", "fine"),
    }
    pd.DataFrame(rows).to_csv(project.path / "rows.csv", index=False)
    (project.path / "recipes" / "winds.yaml").write_text(RECIPE)
    return project


@pytest.mark.slow
def test_trees_and_networks_of_a_table_answer_together(winds: Project) -> None:
    winds("run", "winds")
    shown = winds.shown()
    steps = {step["step"]: step for step in shown["steps"]}
    model = steps["train/together"]["output"]
    assert {member["type"] for member in model["spec"]["members"]} == {"gradient_boosting", "table_mlp"}
    assert (steps["sweep"]["status"], steps["train/together"]["status"]) == ("ran", "ran")
    assert {item["name"]: item["status"] for item in shown["approaches"]}["together"] == "chosen"
    assert {steps[name]["status"] for name in ("evaluate", "deploy", "rollout")} == {"ran"}

    served = start(winds.path, "winds", "--drain-seconds", "0")
    wind, place = [12.5, None, 4.0], ["south", "never seen", ""]
    inputs = [
        {"name": "wind", "datatype": "FP32", "shape": [3, 1], "data": wind},
        {"name": "place", "datatype": "BYTES", "shape": [3, 1], "data": place},
    ]
    reply = served.ask("POST", "/v2/models/winds/infer", {"inputs": inputs})
    assert reply.status == 200, reply.body
    (found,) = (item["data"] for item in reply.json["outputs"] if item["name"] == "probability")
    store = Path(shown["folder"]).parents[1] / "store"
    wanted = said(store / steps["train/together"]["artifact"] / "model.onnx", wind, place)
    np.testing.assert_allclose(np.reshape(found, (3, 2)), wanted, atol=1e-5)
    served.process.terminate()
    served.process.communicate(timeout=20)

    winds("retrain", "winds", "data.until=2024-02-28", code=None)
    again = winds.shown()
    assert [step["step"] for step in again["steps"]][-1] == "rollout", again["message"]
    assert {step["step"]: step["status"] for step in again["steps"]}["train/together"] == "ran"


def said(path: Path, wind: list[float | None], place: list[str]) -> Any:
    session = onnxruntime.InferenceSession(str(path))
    numbers = np.array([[np.nan if value is None else value] for value in wind], np.float32)
    return session.run(["probability"], {"wind": numbers, "place": np.array(place, object).reshape(-1, 1)})[0]
