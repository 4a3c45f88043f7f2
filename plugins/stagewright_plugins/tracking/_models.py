"""Fitted models as MLflow logged models: weights and a description of how to rebuild them, never a pickle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from stagewright.revisions import flattened

from ._names import model_name, parameters
from ._store import Store

ARTIFACT = "stagewright.artifact"
FLAVOUR = "stagewright"


@dataclass(frozen=True)
class Logged:
    """A model in MLflow; `new` if this run put it there."""

    id: str
    new: bool


def log(store: Store, run: str, recipe: str, step: str, event: Mapping[str, Any], folder: Path) -> Logged:
    """The logged model of a finished step: a model that an earlier run has logged is not copied again."""
    if known := _known(store, str(event["artifact"])):
        return Logged(known, False)
    output = event["output"]
    model = store.client.create_logged_model(
        store.experiment,
        name=model_name(recipe, step.removeprefix("train").removeprefix("/")),
        source_run_id=run,
        tags={ARTIFACT: event["artifact"], "stagewright.step": step},
        params=parameters(flattened({"model": output["spec"], "parameters": output["parameters"]})),
        model_type=str(output["spec"].get("type", output["format"])),
    )
    store.client.log_model_artifacts(model.model_id, str(folder / output["path"]))
    _describe(store, model, run, output)
    store.client.finalize_logged_model(model.model_id, "READY")
    return Logged(model.model_id, True)


def _known(store: Store, artifact: str) -> str | None:
    found = store.client.search_logged_models([store.experiment], f"tags.`{ARTIFACT}` = '{artifact}'")
    return next((str(model.model_id) for model in found if str(model.status) == "READY"), None)


def _describe(store: Store, model: Any, run: str, output: Mapping[str, Any]) -> None:
    """The file `MLmodel`, without which the model registry does not take a model."""
    from mlflow.models import Model

    described = Model(artifact_path=model.artifact_location, run_id=run, model_id=model.model_id)
    described.add_flavor(FLAVOUR, format=output["format"], spec=dict(output["spec"]))
    with TemporaryDirectory() as folder:
        described.save(str(Path(folder) / "MLmodel"))
        store.client.log_model_artifacts(model.model_id, folder)
