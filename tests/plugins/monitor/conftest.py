"""A package whose every number is known, and the traffic of a model whose health is known."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from stagewright import contract
from stagewright.contract import Component
from stagewright.live.event_log import stamp
from stagewright.stages.deploy import Package
from stagewright.stages.framing import Task, TensorSpec
from stagewright.stages.monitor import Inputs
from stagewright.stages.rollout import Decision
from stagewright.testing import Heard, context
from stagewright_plugins.packaging import signature, sketch

CLASSES = ("late", "on_time")
VERSION = "v1"


def task() -> Task:
    spec = TensorSpec("x", (2,), "float32")
    return Task("tabular", spec, spec, spec, "argmax", CLASSES)


@dataclass
class World:
    """Requests `amount` (normal), `country` (three kinds); a model that is right as often as it says.

    Attributes:
        random: of everything.
        events: written so far.
        now: Unix time of the next request.
    """

    folder: Path
    random: np.random.Generator = field(default_factory=lambda: np.random.default_rng(1))
    events: list[dict[str, Any]] = field(default_factory=list)
    now: float = 1_780_000_000.0
    heard: Heard = field(default_factory=Heard)

    def package(self) -> Path:
        """A package folder without a model: monitoring reads what it says of itself."""
        folder = self.folder / "package"
        folder.mkdir(parents=True, exist_ok=True)
        told = signature.tabular("toy", task(), "onnx", {"amount": "FP32", "country": "BYTES"})
        (folder / "signature.json").write_text(signature.dumped(told), encoding="utf-8")
        rows = [self.row() for _ in range(2000)]
        columns = {
            "amount": np.array([row["amount"] for row in rows]),
            "country": np.array([row["country"] for row in rows], dtype=object),
            "label": np.array([row["label"] for row in rows]),
            "probability.late": np.array([row["probability"][0] for row in rows]),
            "probability.on_time": np.array([row["probability"][1] for row in rows]),
            "confidence": np.array([max(row["probability"]) for row in rows]),
        }
        sketch.write(folder, sketch.sketched(columns, 0))
        card = {"metrics": {"package": {"accuracy": {"value": 0.75}}}}
        (folder / "card.json").write_text(json.dumps(card), encoding="utf-8")
        return folder

    def row(self, shift: float = 0.0, countries: tuple[str, ...] = ("NL", "DE", "FR")) -> dict[str, Any]:
        amount = float(self.random.normal(shift, 1))
        late = float(1 / (1 + np.exp(-2 * amount)))
        return {
            "amount": amount,
            "country": str(self.random.choice(countries)),
            "probability": [late, 1 - late],
            "label": int(late < 0.5),
        }

    def send(
        self,
        count: int,
        wrong: float = 0.0,
        status: int = 200,
        ms: float = 5.0,
        labels: bool = True,
        **how: Any,
    ):
        """Requests one second apart; `wrong` turns the truth of that share around (concept drift)."""
        for _ in range(count):
            row, id = self.row(**how), f"r{len(self.events)}"
            truth = int(self.random.random() >= row["probability"][0])
            if self.random.random() < wrong:
                truth = 1 - truth
            self.events.append(self._request(id, row, status, ms * float(self.random.uniform(0.8, 1.2))))
            if labels and status == 200:
                self.events.append(
                    {"t": stamp(self.now), "kind": "label", "id": id, "values": {}, "target": truth}
                )
            self.now += 1.0

    def inputs(self, live: bool = False) -> Inputs:
        """Inputs of the stage over what was sent."""
        handle = Package(self.package(), "toy", VERSION, {})
        work = context(self.folder / f"work{len(self.heard.events)}", seed=3, heard=self.heard, name="toy")
        replay = self.folder / "rollout"
        replay.mkdir(exist_ok=True)
        (replay / "events.jsonl").write_text(
            "".join(json.dumps(e) + "\n" for e in self.events), encoding="utf-8"
        )
        rollout = None if live else Decision("promoted", "fine", replay)
        other: Any = SimpleNamespace()
        return Inputs(other, other, other, handle, rollout, work)

    def _request(self, id: str, row: dict[str, Any], status: int, ms: float) -> dict[str, Any]:
        outputs = {name: row[name] for name in ("label", "probability")}
        return {
            "t": stamp(self.now),
            "kind": "request",
            "id": id,
            "unit": "",
            "arm": "stable",
            "model": "toy",
            "version": VERSION,
            "status": status,
            "latency_ms": {"queue": 0.1, "predict": ms - 0.2, "total": ms},
            "error": "" if status == 200 else "broken",
            "inputs": {"amount": row["amount"], "country": row["country"]},
            "outputs": {**outputs, "confidence": max(row["probability"])} if status == 200 else {},
        }


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def component():
    """Binds settings to a plugin, as a recipe does."""

    def bound(plugin: Any, name: str = "", **settings: Any) -> Component[Any, Any]:
        mark = getattr(plugin, contract.MARK)
        return Component(mark.contract.name, name or plugin.__name__, settings, plugin, mark.facts)

    return bound
