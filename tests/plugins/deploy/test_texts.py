"""A translating model as a package: string in, string out, as the model says it, through the gateway's own door."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from small_texts import GOAL, a_dataset, a_metric_set, a_task, trained
from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.deploy import BackendInputs, Inputs, Package
from stagewright.stages.framing import Framing
from stagewright.stages.scores import Scores
from stagewright.testing import context
from stagewright_plugins.deploy.backend.translator import translator as backend
from stagewright_plugins.packaging import manifest, sketch
from stagewright_plugins.serving.loaded import load

from .conftest import CARD


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Inputs:
    folder, task = tmp_path_factory.mktemp("texts"), a_task()
    data = a_dataset(folder, task)
    metrics = a_metric_set(folder / "metrics", task)
    model = trained(folder / "model", data, task, epochs=1, memory=0.3, beam=2)
    scores = Scores(folder, "test", {})
    return Inputs(GOAL, Framing(task), data, metrics, model, model, scores, context(folder / "deploy"))


@pytest.fixture(scope="module")
def package(inputs: Inputs) -> Package:
    local = Registry().component("deploy", {"type": "local", "card": CARD, "licences": ["CC0-1.0"]})
    made: Package = local(inputs)
    return made


def test_it_says_what_the_model_says(package: Package) -> None:
    parity = json.loads((package.path / "parity.json").read_text())
    assert parity["model"]["same_decisions"] == 1
    assert parity["model"]["largest_difference"] < 1e-4
    gates = {verdict.name: verdict.passed for verdict in package.verdicts}
    assert gates["parity"]
    assert gates["licence"]
    card = json.loads((package.path / "card.json").read_text())
    assert {"bleu", "chrf"} <= set(card["metrics"]["package"])
    assert card["bytes"] == sum(path.stat().st_size for path in package.path.glob("*.onnx"))


def test_nothing_outside_of_it_is_needed(package: Package, inputs: Inputs) -> None:
    signature = manifest.verify(package.path)
    assert signature["platform"] == "translator"
    names = {path.name for path in package.path.iterdir()}
    assert names >= {"model.onnx", "encoder.onnx", "tokenizer.json", "memory.json", "translator.json"}
    engine = backend(BackendInputs(package.path, signature))
    for sample in sorted((package.path / "samples").iterdir()):
        told = json.loads(sample.read_text())
        text = np.array(told["request"]["inputs"][0]["data"], dtype=object).reshape(-1, 1)
        answer = engine({"text": text})
        wanted = {item["name"]: item["data"] for item in told["expected"]}
        assert answer["translation"].tolist() == wanted["translation"]
        assert answer["confidence"].tolist() == pytest.approx(wanted["confidence"], abs=1e-5)


def test_monitoring_compares_measures_of_texts_not_texts(package: Package, inputs: Inputs) -> None:
    found = sketch.read(package.path)
    wanted = {
        f"{name}.{what}"
        for name in ("text", "translation")
        for what in ("characters", "words", "placeholders")
    }
    assert set(found["columns"]) == wanted | {"confidence", "match"}
    assert found["n"] == inputs.data.counts["validation"]


def test_the_gateway_loads_it_and_empty_texts_are_answered(package: Package, inputs: Inputs) -> None:
    loaded = load(package.path, inputs.context.resolve, 1)
    answer: dict[str, Any] = loaded.engine(
        {"text": np.array([[""], ["Save page"]], dtype=object)}, ("translation",)
    )
    assert answer["translation"][0] == ""
    assert len(answer["translation"]) == 2


def test_a_package_without_its_settings_is_refused(package: Package, tmp_path: Path) -> None:
    for path in package.path.glob("*.*"):
        if path.name != "translator.json":
            (tmp_path / path.name).write_bytes(path.read_bytes())
    signature = json.loads((tmp_path / "signature.json").read_text())
    with pytest.raises(StagewrightError, match=r"no translator\.json"):
        backend(replace(BackendInputs(package.path, signature), path=tmp_path))
