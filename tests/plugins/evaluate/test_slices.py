"""A planted weak slice is named, and what chance alone does is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagewright.testing import context
from stagewright_plugins.evaluate._columns import Columns
from stagewright_plugins.evaluate._slices import FEWEST, Slicer
from stagewright_plugins.scoring.sheet import Sheet


class Made:
    """A sheet of pixel accuracies (per sample) with their columns; 8 samples in each group."""

    def __init__(self, made: Any, folder: Path) -> None:
        self.made, self.folder, self.calls = made, folder, 0

    def __call__(
        self, accuracy: np.ndarray, tags: dict[str, Any], minimum: int = 10, group: str = "scanner"
    ) -> Any:
        self.calls += 1
        task = self.made.task((8, 8))
        metrics = self.made.metric_set(task, self.folder, ["pixel_accuracy"])
        sheet = Sheet(metrics, task, context(self.folder / "sheet"))
        truth = np.zeros((8, 8), np.int64)
        items = []
        for i, share in enumerate(accuracy):
            given = (np.arange(64) >= round(64 * share)).reshape(8, 8).astype(np.int64)
            own = {name: values[i] for name, values in tags.items()}
            items.append(
                self.made.item(f"s{i:04d}", truth, given, "test", f"g{i // 8}" if group else "", own)
            )
        ids = [item.id for item in items]
        labels = np.stack([item.given for item in items])
        sheet.update(
            ids, np.eye(3, dtype=np.float32)[labels].transpose(0, 3, 1, 2), np.stack([truth] * len(ids))
        )
        extra = [self.made.item(f"{split}{i}", truth, truth, split, "x", dict(items[i].tags))
                 for split in ("train", "validation") for i in range(len(items))]  # fmt: skip
        data = self.made.table(self.folder / f"data{self.calls}", [*extra, *items], group)
        groups = {item.id: item.group for item in items} if group else {}
        slicer = Slicer(sheet, groups, "pixel_accuracy", "maximize", 4, minimum, 0, resamples=200)
        overall = sheet.scores(groups=groups, resamples=50)["pixel_accuracy"]
        return slicer.sliced(Columns(data, list(tags)), overall)


@pytest.fixture
def sliced(made: Any, tmp_path: Path) -> Made:
    return Made(made, tmp_path)


def test_a_planted_weak_slice_is_named_and_the_others_are_not(sliced: Made) -> None:
    random = np.random.default_rng(0)
    site = np.array(["north", "south", "east", "west"])[np.arange(160) % 4]
    accuracy = np.where(site == "south", 0.6, 0.9) + random.normal(0, 0.05, 160)
    found = sliced(accuracy, {"site": site, "day": random.random(160)})
    slices = {
        column["column"]: {item["name"]: item for item in column["slices"]} for column in found["columns"]
    }
    assert [name for name, item in slices["site"].items() if item["weak"]] == ["south"]
    assert not any(item["weak"] for item in slices["day"].values())
    south = slices["site"]["south"]
    assert south["gap"] == pytest.approx(-0.225, abs=0.03)
    assert (south["samples"], south["resampled"], south["small"]) == (40, "groups", False)
    assert found["overall"] + south["gap"] == south["scores"]["pixel_accuracy"]["value"]


def test_a_weak_range_of_a_number_is_named_by_its_ends(sliced: Made) -> None:
    level = np.random.default_rng(1).permutation(np.linspace(0, 1, 160))
    (column,) = sliced(np.where(level > 0.75, 0.5, 0.9), {"level": level})["columns"]
    assert column["numeric"]
    weak = [item for item in column["slices"] if item["weak"]]
    assert [(item["name"], item["samples"]) for item in weak] == [("0.7547 to 1", 40)]


def test_small_slices_are_scored_and_not_judged(sliced: Made) -> None:
    site = np.array(["a"] * 71 + ["b"] * 9)
    (column,) = sliced(np.where(site == "b", 0.2, 0.9), {"site": site}, group="")["columns"]
    item = {item["name"]: item for item in column["slices"]}["b"]
    assert (item["small"], item["weak"]) == (True, False)
    assert item["scores"]["pixel_accuracy"]["high"] < 0.3


def test_an_interval_over_too_few_groups_is_not_judged(sliced: Made) -> None:
    """Two groups that happen to be bad: an interval from one to the other says nothing of a third."""
    group = np.arange(160) // 8
    site = np.where(group < 2, "new", "old")
    (column,) = sliced(np.where(site == "new", 0.7, 0.9), {"site": site})["columns"]
    new = column["slices"][0]
    assert (new["name"], new["samples"], new["scores"]["pixel_accuracy"]["n"]) == ("new", 16, 2)
    assert FEWEST > 2
    assert not new["weak"]


def test_inside_one_group_its_samples_are_resampled(sliced: Made) -> None:
    group = np.arange(160) // 8
    (column,) = sliced(np.where(group == 3, 0.5, 0.9), {"scanner": [f"g{i}" for i in group]}, 8)["columns"]
    by_name = {item["name"]: item for item in column["slices"]}
    assert {item["resampled"] for item in by_name.values()} == {"samples"}
    assert [name for name, item in by_name.items() if item["weak"]] == ["g3"]


def test_chance_rarely_looks_weak(sliced: Made) -> None:
    """Scanners differ, a tag of the scanner does not matter: few of its slices are called weak."""
    random, weak, judged = np.random.default_rng(5), 0, 0
    for _ in range(12):
        level = np.repeat(random.normal(0.8, 0.08, 24), 8)
        tag = np.repeat(random.permutation(np.arange(24) % 3), 8).astype(str)
        (column,) = sliced((level + random.normal(0, 0.02, 192)).clip(0, 1), {"tag": tag})["columns"]
        weak += sum(item["weak"] for item in column["slices"])
        judged += len(column["slices"])
    assert judged == 36
    assert weak / judged < 0.1
