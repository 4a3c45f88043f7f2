"""A run's events, one after the other, into one MLflow run."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stagewright.lifecycle import STEPS
from stagewright.record.revisions import flattened
from stagewright.stages.data import Dataset
from stagewright.stages.scores import Scores
from stagewright.stages.tracking import Inputs, Mirrored
from stagewright.stages.train import Model

from . import _models
from ._dataset import dataset
from ._names import LONGEST_TAG, cut, numbers, parameters
from ._registry import Registry
from ._store import Store
from ._trials import Trials

# A run that ended at a gate did all it was asked to; MLflow's word for that is FINISHED.
STATUS = {"failed": "FAILED", "interrupted": "KILLED", "killed": "KILLED"}
SWEEP = "sweep"
FILES = ("record.json", "report.html", "run.json", "events.jsonl")


def mirror(inputs: Inputs, store: Store, tags: Mapping[str, str]) -> Mirrored:
    """Follow a run to its end, whatever that is; gives the MLflow run."""
    run = json.loads((inputs.run / "run.json").read_text(encoding="utf-8"))
    store.open(run["name"])
    live = _Live(store, run, inputs.artifact, tags)
    seen = Mirrored(store.page(live.id), live.id)
    inputs.announce(seen)
    for event in inputs.events():
        live.take(event)
    live.close(inputs.run)
    return seen


class _Live:
    """The MLflow run while the run it mirrors works."""

    def __init__(
        self, store: Store, run: Mapping[str, Any], artifact: Callable[[str], Path], tags: Mapping[str, str]
    ) -> None:
        self.store, self.run, self.artifact = store, run, artifact
        self.many = len({item["step"] for item in run["plan"] if item["step"].startswith("train")}) > 1
        self.models: dict[str, str] = {}  # id by train step
        self.data: Any = None
        self.scored: list[Mapping[str, Any]] = []  # waits until it is known which model was scored
        self.waiting: list[Any] = []
        started = store.client.create_run(
            store.experiment,
            start_time=_milliseconds(run["started"]),
            run_name=run["id"],
            tags=_cut(_tags(run) | tags),
        )
        self.id: str = started.info.run_id
        self.registry = Registry(store, self.id)
        self.trials = Trials(store, self.id)
        # How a run is tracked has no part in what it gives, and may hold a password.
        config = {key: value for key, value in run["config"].items() if key != "tracking"}
        self._batch(params=parameters({"name": run["name"], "seed": run["seed"]} | flattened(config)))

    def take(self, event: Mapping[str, Any]) -> None:
        """Mirror one event; those without a counterpart in MLflow are in the log that is kept as a file."""
        if event["event"] == "epoch":
            self._epoch(event)
        elif event["event"] in ("step_finished", "step_cached"):
            self._finished(event)
        elif event["event"] == "trial" and event.get("step") == SWEEP and not event.get("replayed"):
            self.trials.add(event)  # those of a sweep that was cached are below the run that searched
        elif event["event"] == "package_registered":
            self._batch(tags=_cut({"stagewright.package": event["version"]}))
            self.registry.add(event["name"], event["version"], self.store.home / event["package"])
        elif event["event"] == "alias_moved":
            self.registry.align(event["name"])

    def close(self, folder: Path) -> None:
        """How the run ended. Files and the registry come last: a disk that is full by then costs nothing else."""
        path = folder / "record.json"
        record = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"status": "killed"}
        chosen = _chosen(record)
        for event in self.scored:
            self._scores(event, self.models.get(f"train/{chosen}"))
        for kpi in record.get("kpis", ()):
            key = kpi["name"]
            values = {key: kpi["value"], f"{key}.no_ml": kpi["no_ml"], f"{key}.target": kpi["target"]}
            self._metrics(numbers(values, "kpi"), time=record["finished"])
        self._flush()
        self._batch(tags=_cut(_ending(record)))
        finished = _milliseconds(record["finished"]) if "finished" in record else None
        self.store.client.set_terminated(self.id, STATUS.get(record["status"], "FINISHED"), finished)
        for name in FILES:
            if (folder / name).is_file():
                self.store.client.log_artifact(self.id, str(folder / name))
        if (folder / "errors").is_dir():
            self.store.client.log_artifacts(self.id, str(folder / "errors"), "errors")
        self.registry.align(self.run["name"])  # aliases move outside of runs too

    # ---- events ---------------------------------------------------------------------------------

    def _epoch(self, event: Mapping[str, Any]) -> None:
        values = numbers(event["metrics"], "epoch", self._approach(event["step"]))
        self._metrics(values, step=event["epoch"], time=event["t"])
        if not event.get("replayed"):  # a cached step tells its epochs all at once: one batch
            self._flush()

    def _finished(self, event: Mapping[str, Any]) -> None:
        step, gives = event["step"], _gives(event["step"])
        if event["status"] == "ran":
            self._metrics(numbers({step: event["seconds"]}, "seconds"), time=event["t"])
        if step == SWEEP:
            self._swept(event)
        elif issubclass(gives, Dataset):
            self._dataset(event)
        elif issubclass(gives, Model):
            self._model(event)
        elif issubclass(gives, Scores) and step == "baseline":
            self._scores(event)
        elif issubclass(gives, Scores) and len(self.models) > 1:
            self.scored.append(event)
        elif issubclass(gives, Scores):
            self._scores(event, next(iter(self.models.values()), None))
        self._flush()

    def _dataset(self, event: Mapping[str, Any]) -> None:
        from mlflow.entities import DatasetInput, InputTag

        self.data = dataset(self.run["name"], event, self.artifact(event["artifact"]))
        context = InputTag("mlflow.data.context", "training")
        self.store.client.log_inputs(self.id, [DatasetInput(self.data, [context])])

    def _swept(self, event: Mapping[str, Any]) -> None:
        """The best trial beside the scores, and every trial below this run."""
        found = event["output"]
        self._metrics(numbers(found["values"], "sweep"), time=event["t"])
        self._batch(params=parameters(flattened({"sweep": {"best": found["settings"]}})))
        if event["status"] == "ran":
            self.trials.complete(event["study"], self.artifact(event["artifact"]), event["t"])

    def _model(self, event: Mapping[str, Any]) -> None:
        from mlflow.entities import LoggedModelInput, LoggedModelOutput

        step, folder = event["step"], self.artifact(event["artifact"])
        model = _models.log(self.store, self.id, self.run["name"], step, event, folder)
        if model.new:
            self.store.client.log_outputs(self.id, [LoggedModelOutput(model.id, 0)])
        else:
            self.store.client.log_inputs(self.id, models=[LoggedModelInput(model.id)])
        if step.startswith("train"):
            self.models[step] = model.id
        values = numbers(event["output"]["validation"], "validation", self._approach(step))
        self._metrics(values, time=event["t"], model=model.id)

    def _scores(self, event: Mapping[str, Any], model: str | None = None) -> None:
        """Every value with the ends of its interval; what a model scored is shown with the model too."""
        prefix = "baseline" if event["step"] == "baseline" else event["output"]["split"]
        values: dict[str, Any] = {}
        for key, score in event["output"]["values"].items():
            values |= {key: score["value"], f"{key}.low": score["low"], f"{key}.high": score["high"]}
        self._metrics(numbers(values, prefix), time=event["t"], model=model)

    def _approach(self, step: str) -> str:
        """What tells the values of models apart: the approach where there are several, or the later step."""
        section, _, approach = step.partition("/")
        return step if section != "train" else approach if self.many else ""

    # ---- to MLflow ------------------------------------------------------------------------------

    def _metrics(
        self, values: Mapping[str, float], step: int = 0, time: str = "", model: str | None = None
    ) -> None:
        from mlflow.entities import Metric

        moment = _milliseconds(time or self.run["started"])
        data = (self.data.name, self.data.digest) if model and self.data else (None, None)
        self.waiting += [Metric(key, value, moment, step, model, *data) for key, value in values.items()]

    def _flush(self) -> None:
        waiting, self.waiting = self.waiting, []
        if waiting:
            self.store.client.log_batch(self.id, metrics=waiting)

    def _batch(self, params: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None) -> None:
        """MLflow splits what is beyond its limits into several requests."""
        from mlflow.entities import Param, RunTag

        self.store.client.log_batch(
            self.id,
            params=[Param(key, value) for key, value in (params or {}).items()],
            tags=[RunTag(key, value) for key, value in (tags or {}).items()],
        )


def _gives(step: str) -> type:
    """The handle that a step gives; of a step that no section stands for, nothing is known."""
    section = step.partition("/")[0]
    return next((item.contract.gives for item in STEPS if item.name == section), object)


def _tags(run: Mapping[str, Any]) -> dict[str, Any]:
    """What is known before the first step."""
    git = run.get("git") or {}
    found = {
        "stagewright.run": run["id"],
        "stagewright.status": "running",
        "stagewright.multirun": run.get("parent"),
        "stagewright.within": run.get("within"),
        "stagewright.command": " ".join(run.get("command") or ()),
        "stagewright.overrides": " ".join(run.get("overrides") or ()),
        "mlflow.note.content": run["config"].get("description"),
        "mlflow.source.name": run.get("recipe"),
        "mlflow.source.type": "LOCAL",
        "mlflow.source.git.commit": git.get("commit"),
        "mlflow.source.git.branch": git.get("branch"),
        "mlflow.source.git.dirty": str(git["dirty"]).lower() if git else None,
        **{f"version.{name}": version for name, version in run["versions"].items()},
    }
    return {key: value for key, value in found.items() if value}


def _ending(record: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "stagewright.status": record["status"],
        "stagewright.exit_code": record.get("exit_code"),
        "stagewright.message": record.get("message"),
        "stagewright.approach": _chosen(record),
    }
    return {key: value for key, value in found.items() if value is not None}


def _chosen(record: Mapping[str, Any]) -> str | None:
    """The approach that won, where the recipe lists approaches."""
    approaches = record.get("approaches", ())
    chosen = (item["name"] for item in approaches if item["status"] == "chosen")
    return next(chosen, None) if len(approaches) > 1 else None


def _cut(tags: Mapping[str, Any]) -> dict[str, str]:
    return {key: cut(value, LONGEST_TAG) for key, value in tags.items()}


def _milliseconds(moment: str) -> int:
    return round(datetime.datetime.fromisoformat(moment).timestamp() * 1000)
