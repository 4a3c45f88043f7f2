"""Three months of rows whose meaning turns around after the first, packages that learned from some of them."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import pandas as pd

from small_tables import a_metric_set, a_task
from stagewright.plugin.registry import Registry
from stagewright.stages.data import Column, Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.framing import Framing
from stagewright.stages.monitor import Inputs, Retrained
from stagewright.stages.scores import Scores
from stagewright.testing import Heard, context
from stagewright_plugins.packaging import manifest, rule, sketch
from stagewright_plugins.scoring import rules, table_rules

COLUMNS = {"carrier": Column("category"), "wind": Column("number")}
DATATYPES = {"carrier": "BYTES", "wind": "FP32"}
PER_DAY = 12
STEPS = [{"setWeight": 50}, {"pause": {"minRequests": 80}}]


def rows(first: str, last: str, turned: bool = False, windier: float = 0.0) -> pd.DataFrame:
    """Rows evenly in time; the slow carrier is wrong nine times of ten, or, turned around, the quick one is.

    A label is known three hours later, but that of a day's last row after two days.
    """
    times = pd.date_range(first, last, freq=f"{24 * 60 // PER_DAY}min", inclusive="left", tz="UTC")
    random = np.random.default_rng(int(times[0].timestamp()))
    slow = random.random(len(times)) < 0.5
    wrong = random.random(len(times)) < np.where(slow != turned, 0.9, 0.1)
    delay = np.where(np.arange(len(times)) % PER_DAY == PER_DAY - 1, 48, 3)
    return pd.DataFrame(
        {
            "id": [f"r{time:%Y%m%d%H%M}" for time in times],
            "time": times,
            "label_time": times + pd.to_timedelta(delay, unit="h"),
            "group": [f"{time:%Y-%m-%d}" for time in times],
            "carrier": np.where(slow, "slow", "quick"),
            "wind": (random.normal(10, 2, len(times)) + windier).astype(np.float32),
            "target": wrong.astype(np.int64),
        }
    )


class Stream:
    """A dataset until February 2024, a package from before, and traffic until May; March turns around."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.heard, self.task = folder, Heard(), a_task()
        self.past = rows("2024-01-18", "2024-02-01")
        self.live = pd.concat(
            [
                rows("2024-02-01", "2024-03-01"),
                rows("2024-03-01", "2024-04-01", turned=True, windier=4.0),
                rows("2024-04-01", "2024-05-01", turned=True, windier=4.0),
            ]
        )
        self.asked: list[dict[str, Any]] = []

    def dataset(self, live: bool = True) -> Dataset:
        folder = self.folder / "data"
        _kept(self.past.drop(columns="label_time"), folder / "splits" / "test")
        if live:
            _kept(self.live, folder / "live")
        columns = {name: asdict(column) for name, column in COLUMNS.items()}
        (folder / "columns.json").write_text(json.dumps(columns))
        (folder / "card.json").write_text(json.dumps({"title": "made", "zone": "UTC"}))
        return Dataset(folder, "0" * 64, "tabular", {"test": len(self.past)}, "day", tuple(COLUMNS))

    def package(self, name: str, learned: pd.DataFrame) -> Package:
        """Rates by carrier in those rows, with a reference and a card like a model's."""
        source, folder = self.folder / "rules" / name, self.folder / "packages" / name
        self.rated(source, learned)
        rule.packaged(source, folder, "stream", self.task)
        rate = table_rules.rebuilt(rules.read(source))
        inputs = {name: learned[name].to_numpy() for name in COLUMNS}
        given = rate(inputs)
        shares = {f"probability.{label}": given[:, i] for i, label in enumerate(self.task.classes)}
        answers = {"label": given.argmax(1), **shares, "confidence": given.max(1)}
        sketch.write(folder, sketch.sketched({**inputs, **answers}, 0))
        card = {"data": {"counts": {"test": 100}}, "metrics": {"package": {"auroc": {"value": 0.9}}}}
        (folder / "card.json").write_text(json.dumps(card))
        version = manifest.stamp(folder)
        manifest.write(folder)
        return Package(folder, "stream", version, {})

    def rated(self, folder: Path, learned: pd.DataFrame, by: str = "carrier") -> None:
        folder.mkdir(parents=True)
        columns = {name: learned[name].to_numpy() for name in COLUMNS}
        spec = table_rules.historical_rate(columns, learned["target"].to_numpy(), [by], 2, 5.0)
        rules.write(folder, spec | {"inputs": DATATYPES})

    def retrain(self, changes: dict[str, Any], why: str) -> Retrained:
        """What the runner does, on the newest 400 rows whose labels were known by `data.until`."""
        self.asked.append({**changes, "why": why})
        until = pd.Timestamp(changes["data.until"], tz="UTC")
        known = self.live[(self.live["time"] < until) & (self.live["label_time"] <= until)]
        learned = self.spoiled(known.iloc[-400:])
        return Retrained(
            f"run-{until:%m}", "fine", {"auroc": 0.9}, self.package(f"until-{until:%m}", learned)
        )

    def spoiled(self, learned: pd.DataFrame) -> pd.DataFrame:
        return learned

    def lived(self, work: str = "work", **settings: Any) -> Any:
        given = context(self.folder / work, seed=3, heard=self.heard, name="stream")
        metrics = a_metric_set(self.folder / "metrics", self.task, "auroc", "brier")
        first = self.folder / "packages" / "first"
        package = self.package("first", self.past) if not first.exists() else self.known
        self.known = package
        baseline = self.folder / "baseline"
        if not baseline.exists():
            self.rated(baseline, self.past.assign(carrier="any"))
        inputs = Inputs(
            Framing(self.task),
            self.dataset(),
            metrics,
            package,
            None,
            given,
            self.retrain,
            Scores(baseline, "test", {}),
        )
        policy = {"schedule": "0 0 1 * *", "cooldown": "1d", "set": {"data.until": "{today}"}}
        section = {
            "requests": 200,
            "canary": {"steps": STEPS, "onInconclusive": "notify"},  # 200 requests prove nothing
            "retrain": policy,
            "resamples": 60,
            **settings,
        }
        return Registry().component("monitor", {"type": "stream", **section})(inputs)


def _kept(table: pd.DataFrame, folder: Path) -> None:
    text = {
        name: table[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        for name in ("time", "label_time")
        if name in table
    }
    kept = datasets.Dataset.from_pandas(table.assign(**text), preserve_index=False)
    kept.save_to_disk(str(folder))
