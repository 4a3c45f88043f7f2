"""Models and packages as MLflow logged models: files and a description of how to use them, never a pickle."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stagewright.record.revisions import flattened

from ._names import model_name, parameters
from ._store import Store

ARTIFACT = "stagewright.artifact"
VERSION = "stagewright.version"
STEP = "stagewright.step"
PACKAGE = "package"
FLAVOUR = "stagewright"


@dataclass(frozen=True)
class Logged:
    """A model in MLflow; `new` if this run put it there."""

    id: str
    new: bool


def log(store: Store, run: str, recipe: str, step: str, event: Mapping[str, Any], folder: Path) -> Logged:
    """The logged model of a finished step: a model that an earlier run has logged is not copied again."""
    if known := _known(store, ARTIFACT, str(event["artifact"])):
        return Logged(str(known.model_id), False)
    output = event["output"]
    model = store.client.create_logged_model(
        store.experiment,
        name=model_name(recipe, step.removeprefix("train").removeprefix("/")),
        source_run_id=run,
        tags={ARTIFACT: event["artifact"], STEP: step},
        params=parameters(flattened({"model": output["spec"], "parameters": output["parameters"]})),
        model_type=str(output["spec"].get("type", output["format"])),
    )
    store.client.log_model_artifacts(model.model_id, str(folder / output["path"]))
    flavours = {FLAVOUR: {"format": output["format"], "spec": dict(output["spec"])}}
    with TemporaryDirectory() as described:
        _describe(Path(described), model, flavours)
        store.client.log_model_artifacts(model.model_id, described)
    store.client.finalize_logged_model(model.model_id, "READY")
    return Logged(model.model_id, True)


def log_package(store: Store, run: str, name: str, version: str, folder: Path) -> Any:
    """The logged model that holds a package, as MLflow has it; made where there is none yet.

    The package lies in a folder of its own beside `MLmodel`: one file too many, and it would be refused when loaded.
    """
    if known := _known(store, VERSION, version):
        return known
    platform = json.loads((folder / "signature.json").read_text(encoding="utf-8"))["platform"]
    model = store.client.create_logged_model(
        store.experiment,
        name=model_name(name, PACKAGE),
        source_run_id=run,
        tags={VERSION: version, STEP: "deploy"},
        model_type=platform,
    )
    flavours = {FLAVOUR: {"format": PACKAGE, "platform": platform, "version": version, "data": PACKAGE}}
    if platform == "onnx":
        flavours["onnx"] = {"onnx_version": installed("onnx"), "data": f"{PACKAGE}/model.onnx"}
    with TemporaryDirectory() as described:
        shutil.copytree(folder, Path(described) / PACKAGE)
        _describe(Path(described), model, flavours)
        store.client.log_model_artifacts(model.model_id, described)
    return store.client.finalize_logged_model(model.model_id, "READY")


def _known(store: Store, tag: str, value: str) -> Any:
    """The logged model with a tag, whole; None where there is none."""
    found = store.client.search_logged_models([store.experiment], f"tags.`{tag}` = '{value}'")
    return next((model for model in found if str(model.status) == "READY"), None)


def _describe(folder: Path, model: Any, flavours: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the file `MLmodel`, without which the model registry does not take a model."""
    from mlflow.models import Model

    described = Model(
        artifact_path=model.artifact_location, run_id=model.source_run_id, model_id=model.model_id
    )
    for flavour, about in flavours.items():
        described.add_flavor(flavour, **about)
    described.save(str(folder / "MLmodel"))
