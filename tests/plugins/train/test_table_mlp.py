"""The network of a table: the graph says what the weights say, and the best epoch is the one kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from small_tables import a_metric_set, a_table, a_task
from stagewright.stages.framing import Framing
from stagewright.stages.train import Inputs, Model
from stagewright.testing import Heard, context
from stagewright_plugins.tables.predicting import predictor
from stagewright_plugins.tables.reading import columns, read
from stagewright_plugins.tables.scaling import scaling
from stagewright_plugins.train._perceptron import Perceptron, Plan
from stagewright_plugins.train._perceptron_graph import exported
from stagewright_plugins.train.table_mlp import table_mlp


def trained(folder: Path, heard: Heard | None = None) -> Model:
    task = a_task()
    given = context(folder / "work", seed=3, heard=heard)
    inputs = Inputs(
        Framing(task), a_table(folder / "data", task), a_metric_set(folder / "metrics", task), given
    )
    return table_mlp(inputs, layers=[16], max_epochs=6, batch_size=64, lr=0.02, minimum_category=30)


@pytest.mark.parametrize("kinds", [("number", "category"), ("number",), ("category",)])
def test_the_graph_equals_the_network(tmp_path: Path, kinds: tuple[str, ...]):
    data = a_table(tmp_path / "data", a_task())
    train, test = read(data, "train"), read(data, "test")
    known = {name: column for name, column in columns(data).items() if column.kind in kinds}
    train, test = (
        replace(rows, inputs={name: rows.inputs[name] for name in known}) for rows in (train, test)
    )
    scaled = scaling(known, train, 30)
    torch.manual_seed(0)
    plan = Plan((8, 4), 4, 0.5, 0.1, 0.0, 1, 32, 30, 1, 1)
    network = Perceptron(scaled, plan, 2).eval()
    exported(network, scaled, tmp_path / "model.onnx")
    if "category" in kinds:
        test.inputs["place"][:2] = ["never seen", ""]
    if "number" in kinds:
        test.inputs["wind"][:4] = np.nan
    with torch.no_grad():
        numbers, codes = (
            torch.from_numpy(part) for part in (scaled.numeric(test.inputs), scaled.codes(test.inputs))
        )
        wanted = network(numbers, codes).softmax(1).numpy()
    assert predictor(tmp_path)(test.inputs) == pytest.approx(wanted, abs=1e-5)


def test_it_finds_the_rule_and_keeps_the_best_epoch(tmp_path: Path):
    heard = Heard()
    model = trained(tmp_path, heard)
    values = [event["metrics"]["auroc"] for event in heard.events]
    assert model.validation["auroc"] == max(values) > 0.75
    history = json.loads((model.path / "history.json").read_text())
    assert history["best"] == int(np.argmax(values))


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path):
    one, other = (trained(tmp_path / name) for name in "ab")
    assert (one.path / "model.onnx").read_bytes() == (other.path / "model.onnx").read_bytes()
