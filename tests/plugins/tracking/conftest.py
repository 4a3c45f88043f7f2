"""Runs as the framework records them, written by hand: a tracker needs nothing else."""

from __future__ import annotations

import datetime
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from stagewright import releases
from stagewright.stages.tracking import Inputs, Mirrored
from stagewright_plugins.packaging import manifest

BEGAN = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
VERSION = "ab" * 32
VALIDATION = {"iou_mean": 0.7, "iou.cell": 0.6}
TEST = {
    "iou_mean": {"value": 0.66, "low": 0.6, "high": 0.7, "n": 9},
    "iou.cell": {"value": None, "low": None, "high": None, "n": 0},
}


def moment(seconds: float) -> str:
    return (BEGAN + datetime.timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


@dataclass
class Recorded:
    """A run in a project folder. `events` and `record` are as the runner writes them."""

    project: Path
    id: str = "20260102-030405-000-cells-abcd"
    approaches: tuple[str, ...] = ()
    run: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    announced: list[Mirrored] = field(default_factory=list)
    meanwhile: Callable[[dict[str, Any]], None] | None = None

    @property
    def folder(self) -> Path:
        return self.project / ".stagewright" / "runs" / self.id

    def artifact(self, digest: str) -> Path:
        return self.project / ".stagewright" / "store" / digest

    def write(self) -> None:
        steps = [f"train/{name}" for name in self.approaches] or ["train"]
        about = {
            "id": self.id,
            "name": "cells",
            "recipe": "/somewhere/recipes/cells.yaml",
            "overrides": ["train.max_epochs=2"],
            "command": ["stagewright", "run", "cells", "train.max_epochs=2"],
            "started": moment(0),
            "seed": 7,
            "config": {
                "name": "cells",
                "description": "Cells on plates.",
                "objective": {"kpis": [{"name": "minutes", "target": 10}]},
                "train": {"model": {"type": "unet", "width": 4}, "max_epochs": 2},
                "metrics": ["iou", "dice"],
                "tracking": {"type": "mlflow", "uri": "postgresql://me:secret@db/tracking"},
            },
            "versions": {"python": "3.11.7", "torch": "2.13.0"},
            "git": {"commit": "c0ffee" * 6, "branch": "main", "dirty": True},
            "plan": [{"step": step} for step in ("objective", "data", "baseline", *steps, "evaluate")],
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "run.json").write_text(json.dumps(about | self.run))

    def record(self, **changes: Any) -> None:
        chosen = self.approaches[-1] if self.approaches else "train"
        found = {
            "id": self.id,
            "status": "succeeded",
            "exit_code": 0,
            "message": "all gates passed",
            "finished": moment(60),
            "kpis": [{"name": "minutes", "value": 8.5, "no_ml": 31.0, "target": 10.0}],
            "approaches": [
                {"name": name, "status": "chosen" if name == chosen else "missed"}
                for name in self.approaches or ("train",)
            ],
        }
        (self.folder / "record.json").write_text(json.dumps(found | changes))
        (self.folder / "report.html").write_text("<title>report</title>")

    def add(self, event: str, at: float = 1.0, **fields: Any) -> None:
        self.events.append({"t": moment(at), "event": event, **fields})

    def finished(
        self, step: str, output: dict[str, Any], status: str = "ran", files: dict[str, str] | None = None
    ) -> None:
        """A finished step that left `files` as its artifact."""
        digest = f"digest-of-{step.replace('/', '-')}"
        self.artifact(digest).mkdir(parents=True, exist_ok=True)
        for name, text in (files or {}).items():
            (self.artifact(digest) / name).write_text(text)
        event = "step_finished" if status == "ran" else "step_cached"
        seconds = 2.5 if status == "ran" else 0.0
        self.add(event, 5, step=step, status=status, seconds=seconds, artifact=digest, output=output)

    def data(self) -> None:
        output = {"path": ".", "version": VERSION, "modality": "image", "counts": {"train": 9, "test": 3}}
        self.finished("data", output, files={"card.json": json.dumps({"title": "Plates"})})

    def train(self, step: str = "train", status: str = "ran") -> None:
        for epoch in (0, 1):
            metrics = {"train_loss": 1.0 / (epoch + 1), "iou_mean": 0.3 * (epoch + 1), "lr": float("nan")}
            replayed = {"replayed": True} if status == "cached" else {}
            self.add("epoch", 2 + epoch, step=step, epoch=epoch, metrics=metrics, **replayed)
        output = {"path": ".", "format": "torch", "spec": {"type": "unet", "width": 4},
                  "validation": VALIDATION, "parameters": 77}  # fmt: skip
        self.finished(step, output, status, {"model.safetensors": "weights", "history.json": "[]"})

    def scores(self, step: str) -> None:
        self.finished(step, {"path": ".", "split": "test", "values": TEST})

    def whole(self) -> Recorded:
        """Events of a run that went through."""
        self.add("run_started", 0, run=self.id)
        self.add("step_started", 0, step="data")
        self.data()
        self.scores("baseline")
        for step in [f"train/{name}" for name in self.approaches] or ["train"]:
            self.train(step)
        self.scores("evaluate")
        self.add("run_finished", 60, status="succeeded")
        return self

    def log(self) -> None:
        (self.folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in self.events))

    def inputs(self) -> Inputs:
        """What the follower hands to a tracker; `meanwhile` looks in after every event."""

        def told() -> Iterator[dict[str, Any]]:
            for event in self.events:
                yield event
                if self.meanwhile:
                    self.meanwhile(event)

        self.log()
        return Inputs(self.folder, self.project, told, self.artifact, self.announced.append)


def home(recorded: Recorded) -> Path:
    return recorded.project / ".stagewright"


def packaged(recorded: Recorded, number: float, platform: str = "onnx") -> str:
    """A package that adds `number`, registered as the runner does it; gives its version."""
    place = f"store/digest-of-package-{number}/package"
    folder = home(recorded) / place
    folder.mkdir(parents=True)
    tensor = {"datatype": "FP32", "shape": [-1, 1]}
    about = {"name": "cells", "version": "", "platform": platform, "task": {}, "classes": [],
             "inputs": [tensor | {"name": "x"}], "outputs": [tensor | {"name": "y"}]}  # fmt: skip
    (folder / "signature.json").write_text(json.dumps(about))
    if platform == "onnx":
        _adding(number, folder / "model.onnx")
    else:
        (folder / "rule.json").write_text(json.dumps({"add": number}))
    version = manifest.stamp(folder)
    manifest.write(folder)
    releases.register(home(recorded), "cells", version, place, recorded.id)
    recorded.add("package_registered", name="cells", version=version, package=place)
    return version


def _adding(number: float, path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in "xy"]
    constant = helper.make_tensor("n", TensorProto.FLOAT, [1], [number])
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "n"], ["y"])], "g", ends[:1], ends[1:], [constant]
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10)
    onnx.save(model, str(path))


def moved(recorded: Recorded, alias: str, version: str) -> None:
    """An alias moved within the run."""
    releases.assign(home(recorded), "cells", alias, version, recorded.id, "why")
    recorded.add("alias_moved", name="cells", alias=alias, version=version, reason="why")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as MLflow makes it, made once: sixty migrations are slow."""
    from stagewright_plugins.tracking._store import Store

    folder = tmp_path_factory.mktemp("empty")
    Store(f"sqlite:///{folder}/mlflow.db", "other", None, 10, folder).open("other")
    return folder / "mlflow.db"


@pytest.fixture
def recorded(tmp_path: Path, empty_database: Path) -> Recorded:
    """A run in a project that has a database."""
    run = Recorded(tmp_path / "project")
    run.write()
    shutil.copy(empty_database, run.project / ".stagewright" / "mlflow.db")
    return run
