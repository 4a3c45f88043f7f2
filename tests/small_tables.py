"""A small tabular dataset on disk, as the stage `tabular` leaves it, with a rule in it that a model can find."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import datasets
import numpy as np
import pandas as pd

from stagewright.stages import metrics as metrics_stage
from stagewright.stages.data import Column, Dataset
from stagewright.stages.framing import Framing, Task
from stagewright.stages.metrics import MetricSet
from stagewright.stages.objective import Goal
from stagewright.testing import context
from stagewright_plugins.framing.task.classification import classification
from stagewright_plugins.metrics.standard import standard

COLUMNS = {
    "place": Column("category"),
    "wind": Column("number"),
    "useless": Column("number"),
}
GOAL = Goal(problem="rows go wrong", owner="tests", kpis=())
COUNTS = {"train": 900, "validation": 300, "test": 300}


def a_task(*classes: str) -> Task:
    return classification(GOAL, classes=classes or ("fine", "wrong"))


def a_table(folder: Path, task: Task, seed: int = 0) -> Dataset:
    """Three splits of rows in days of 30; a class follows from the place and the wind, where that is known."""
    random = np.random.default_rng(seed)
    tables = {split: _rows(split, count, len(task.classes), random) for split, count in COUNTS.items()}
    for split, table in tables.items():
        kept = datasets.Dataset.from_pandas(table.drop(columns="split"), preserve_index=False)
        kept.save_to_disk(str(folder / "splits" / split))
    pd.concat(tables.values()).to_parquet(folder / "quality.parquet", index=False)
    columns = {name: asdict(column) for name, column in COLUMNS.items()}
    (folder / "columns.json").write_text(json.dumps(columns))
    card = {"title": "made", "licence": "CC0-1.0", "personal_data": "none"}
    (folder / "card.json").write_text(json.dumps(card))
    return Dataset(folder, "0" * 64, "tabular", COUNTS, "day", tuple(COLUMNS))


def a_metric_set(folder: Path, task: Task, *names: str) -> MetricSet:
    given = context(folder)
    of = [given.resolve("metrics.metric", {"type": name}) for name in names or ("auroc", "brier", "f1")]
    return standard(metrics_stage.Inputs(Framing(task), given), of=of)


def _rows(split: str, count: int, classes: int, random: np.random.Generator) -> pd.DataFrame:
    place = random.choice(["north", "south", "", "rare"], count, p=[0.45, 0.45, 0.08, 0.02])
    wind = random.normal(10, 4, count).astype(np.float32)
    risk = (place == "south") * 2.0 + (wind - 10) / 4
    wind[random.random(count) < 0.1] = np.nan
    noise = risk + random.logistic(0, 1, count)
    target = np.digitize(noise, np.linspace(1.5, 3, classes - 1))
    return pd.DataFrame(
        {
            "id": [f"{split}-{i}" for i in range(count)],
            "split": split,
            "time": [f"2024-01-{1 + i // 30:02d}T00:00:00Z" for i in range(count)],
            "group": [f"{split} {i // 30}" for i in range(count)],
            "place": place,
            "wind": wind,
            "useless": random.random(count).astype(np.float32),
            "target": target.astype(np.int64),
        }
    )
