"""A package: whole, itself, described, judged, and the same when made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import parser
from PIL import Image

from stagewright.errors import RecipeError, StagewrightError
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import BackendInputs, Engine, Inputs, Package
from stagewright.stages.train import Model
from stagewright.testing import Heard
from stagewright_plugins.deploy.backend.onnx import onnx as backend
from stagewright_plugins.packaging import manifest, sketch
from stagewright_plugins.scoring.batches import opened

from .conftest import CARD, GRAPH, SIZE

Deployed = Callable[..., Package]


def engine(package: Package) -> Engine:
    return backend(BackendInputs(package.path, manifest.verify(package.path)))


def verdicts(package: Package) -> dict[str, bool]:
    return {item.name: item.passed for item in package.verdicts}


def test_a_package_holds_all_it_needs_and_no_pickle(deployed: Deployed) -> None:
    package = deployed()
    assert manifest.verify(package.path)["name"] == "cells"
    assert set(package.hashes) == {
        *("model.onnx", "signature.json", "card.json", "card.md", "reference.json", "parity.json"),
        *("samples/0.json", "samples/1.json"),
    }
    assert verdicts(package) == {"parity": True, "licence": True, "personal data": True, "card": True}
    pickles = [
        path for path in package.path.rglob("*") if path.is_file() and path.read_bytes()[:2] == b"\x80\x04"
    ]
    assert not pickles


def test_making_it_again_gives_the_same_version(deployed: Deployed, elsewhere: Callable[..., Inputs]) -> None:
    first = deployed()
    assert deployed(given=elsewhere("again")).version == first.version
    other = deployed(given=elsewhere("other"), card=CARD | {"limitations": "others"})
    assert other.version != first.version


def test_targets_do_not_change_the_version(deployed: Deployed, elsewhere: Callable[..., Inputs]) -> None:
    package = deployed(given=elsewhere("again"), targets=["local", "kserve"])
    assert package.targets == ("local", "kserve")
    assert package.version == deployed().version
    assert {name for name in package.hashes if name.startswith("targets/")} == {
        "targets/kserve/serving-runtime.yaml",
        "targets/kserve/inference-service.yaml",
    }


def test_raw_pictures_in_decisions_out(deployed: Deployed, dataset: Dataset) -> None:
    rows = opened(dataset, "test")
    raw, target = np.asarray(rows["input"], np.uint8), np.asarray(rows["target"])
    found = engine(deployed())({"image": raw})
    seen = np.array([group == "scanner_a" for group in rows["group"]])
    assert found["mask"].dtype == np.uint8
    assert (found["mask"][seen] == target[seen]).all()
    assert not found["mask"][~seen].any()
    bright = 1 / (1 + np.exp(10 - 20 * raw[:, 0].astype(np.float64) / 255))
    assert found["probability"][:, 1] == pytest.approx(bright, abs=1e-6)
    confidence = np.maximum(bright, 1 - bright).mean(axis=(1, 2))
    assert found["confidence"] == pytest.approx(confidence, abs=1e-6)


@pytest.mark.parametrize("size", [(48, 64), (31, 17), (16, 33), (9, 12), (200, 300)])
def test_a_picture_of_another_size_is_resized_as_the_data_stage_does(
    deployed: Deployed, size: tuple[int, int]
) -> None:
    """PIL rounds between its two passes; onnxruntime goes one way for both: at most one grey level apart."""
    raw = np.random.default_rng(0).integers(0, 256, size, dtype=np.uint8)
    wanted = Image.fromarray(raw).resize((SIZE, SIZE), Image.Resampling.BILINEAR)
    found = engine(deployed())({"image": raw[None, None]}, ["probability"])["probability"][0]
    grey = (np.log(found[1] / found[0]) + 10) / 20 * 255
    assert np.abs(grey - np.asarray(wanted)).max() < 1.01


def test_a_graph_that_says_something_else_fails_parity(
    deployed: Deployed, elsewhere: Callable[..., Inputs], model: Model, tmp_path: Path, monkeypatch: Any
) -> None:
    """The runtime runs the model as it is; the export is planted to differ."""
    other = tmp_path / "other.onnx"
    onnx.save(parser.parse_model(GRAPH.replace("{10.0}", "{9.0}")), other)
    monkeypatch.setattr("stagewright_plugins.deploy._modality.exported", lambda *_: other)
    (parity,) = (item for item in deployed().verdicts if item.name == "parity")
    assert not parity.passed
    assert parity.value is not None
    assert parity.value > 0.1


def test_a_compressed_model_is_held_against_itself_and_compared_with_the_trained_one(
    deployed: Deployed, elsewhere: Callable[..., Inputs], tmp_path: Path
) -> None:
    folder = tmp_path / "compressed"
    folder.mkdir()
    onnx.save(parser.parse_model(GRAPH.replace("{10.0}", "{9.0}")), folder / "model.onnx")
    package = deployed(given=elsewhere("c", model=Model(folder, "onnx", {"type": "threshold"}, {}, 0)))
    found = json.loads((package.path / "parity.json").read_text())
    assert found["model"]["largest_difference"] < 1e-5
    assert found["trained"]["largest_difference"] > 0.1
    assert verdicts(package)["parity"]


def test_the_card_states_what_the_package_itself_scores(deployed: Deployed) -> None:
    package = deployed(fairness={"groups": ["scanner"], "max_gap": 0.9})
    card = json.loads((package.path / "card.json").read_text())
    groups = {item["value"]: item for item in card["groups"]}
    assert groups["scanner_a"]["score"]["value"] == 1.0
    assert groups["scanner_b"]["score"]["value"] < 0.5
    assert groups["scanner_b"]["samples"] == 10
    assert groups["scanner_b"]["score"]["value"] < card["metrics"]["package"]["iou_mean"]["value"] < 1
    assert card["metrics"]["trained"]["iou_mean"]["value"] == 0.75
    text = (package.path / "card.md").read_text()
    for told in ("counting", "only bright cells", "CC-BY-4.0", "scanner_b", "lab"):
        assert told in text


def test_groups_that_lie_too_far_apart_fail(deployed: Deployed) -> None:
    package = deployed(fairness={"groups": ["scanner"], "max_gap": 0.2})
    (gate,) = (item for item in package.verdicts if item.name == "fairness")
    assert not gate.passed
    assert "scanner_b, 10 samples" in gate.message
    assert gate.value is not None
    assert gate.value > 0.5


def test_a_group_too_small_to_judge_does_not_pass_in_silence(deployed: Deployed) -> None:
    package = deployed(fairness={"groups": ["scanner"], "max_gap": 0.9, "minimum": 11})
    (gate,) = (item for item in package.verdicts if item.name == "fairness")
    assert not gate.passed
    assert "two are needed" in gate.message


def test_a_group_that_is_no_tag_is_said_with_the_nearest(deployed: Deployed) -> None:
    with pytest.raises(StagewrightError, match="no tag 'scaner', did you mean 'scanner'"):
        deployed(fairness={"groups": ["scaner"], "max_gap": 0.9})


@pytest.mark.parametrize(
    ("declared", "settings", "gate"),
    [
        ({"licence": ""}, {}, "licence"),
        ({"licence": "unknown"}, {}, "licence"),
        ({}, {"licences": ["CC0-1.0"]}, "licence"),
        ({"licence": "CC-BY-NC-4.0"}, {"licences": ["CC-BY"]}, "licence"),
        ({"personal_data": "unknown"}, {}, "personal data"),
        ({"personal_data": "pseudonymised"}, {"personal_data": ["none"]}, "personal data"),
        ({}, {"card": CARD | {"limitations": " "}}, "card"),
        ({}, {"card": {"licence": "MIT"}}, "card"),
    ],
)
def test_gates_that_fail(
    deployed: Deployed,
    elsewhere: Callable[..., Inputs],
    dataset: Dataset,
    tmp_path: Path,
    declared: dict[str, str],
    settings: dict[str, Any],
    gate: str,
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("splits", "quality.parquet"):
        (folder / name).symlink_to(dataset.path / name)
    known = json.loads((dataset.path / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(known | declared))
    package = deployed(given=elsewhere("g", data=replace(dataset, path=folder)), **settings)
    assert [name for name, passed in verdicts(package).items() if not passed] == [gate]


def test_a_licence_may_be_named_by_its_heading(deployed: Deployed) -> None:
    assert verdicts(deployed(licences=["cc-by-4.0"]))["licence"]


def test_the_reference_tells_the_scanners_apart_but_holds_no_picture(deployed: Deployed) -> None:
    found = sketch.read(deployed().path)
    assert found["n"] == 40
    columns = found["columns"]
    assert set(columns) == {
        *(f"image.{name}" for name in ("brightness", "contrast", "sharpness", "noise", "height", "width")),
        *("mask.dark", "mask.bright", "confidence"),
    }
    bright = columns["mask.bright"]
    assert bright["kind"] == "numeric"
    assert len(bright["quantiles"]) == 101
    assert (bright["quantiles"][0], bright["quantiles"][-1]) == (0.0, 0.25)
    assert bright["sample"].count(0.0) == 10


def test_a_sample_request_gets_the_answer_it_must_get(deployed: Deployed) -> None:
    package = deployed()
    sample = json.loads((package.path / "samples" / "1.json").read_text())
    (tensor,) = sample["request"]["inputs"]
    raw = np.array(tensor["data"], np.uint8).reshape(tensor["shape"])
    found = engine(package)({"image": raw})
    for wanted in sample["expected"]:
        assert found[wanted["name"]].ravel().tolist() == wanted["data"]


def test_the_report_says_what_was_found(deployed: Deployed, heard: Heard) -> None:
    deployed(fairness={"groups": ["scanner"], "max_gap": 0.9})
    assert [block.title for block in heard.blocks] == [
        *("Package", "Parity", "Scores of the package", "Model card", "Fairness"),
    ]


def test_a_task_that_cannot_be_packaged_is_said(inputs: Inputs, deployed: Deployed) -> None:
    task = replace(inputs.framing.task, type="ranking")
    with pytest.raises(StagewrightError, match="'ranking' cannot be packaged"):
        deployed(given=replace(inputs, framing=replace(inputs.framing, task=task)))


def test_settings_are_strict(deployed: Deployed) -> None:
    with pytest.raises(RecipeError, match="did you mean 'intended_use'"):
        deployed(card={"intendeduse": "x"})
    with pytest.raises(RecipeError, match="did you mean 'kserve'"):
        deployed(targets=["kserv"])


@pytest.mark.slow
def test_a_network_of_torch_and_its_package_agree(
    deployed: Deployed, elsewhere: Callable[..., Inputs], inputs: Inputs, tmp_path: Path
) -> None:
    from safetensors.torch import save_file

    spec = {"type": "unet", "width": 4, "depth": 2}
    network = inputs.context.resolve("train.model", spec)(inputs.framing.task)
    folder = tmp_path / "torch"
    folder.mkdir()
    save_file(network.state_dict(), folder / "model.safetensors")
    trained = Model(folder, "torch", spec, {}, 0)
    package = deployed(given=elsewhere("t", model=trained, train=trained))
    found = json.loads((package.path / "parity.json").read_text())
    assert found["model"]["largest_difference"] < 1e-4
    assert found["samples"] == 40
    assert "trained" not in found
    assert verdicts(package)["parity"]
