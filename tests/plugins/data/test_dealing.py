"""Tables without a time: dealt by a hash of the row or its group, with nothing that needs a time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from datasets import load_from_disk

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset, FeatureView, Inputs, Table
from stagewright.stages.framing import Framing
from stagewright.testing import context
from stagewright_plugins.data.split.random import random
from stagewright_plugins.data.split.stratified import stratified
from stagewright_plugins.data.table.table_file import ColumnSetting, table_file
from stagewright_plugins.data.tabular import tabular
from stagewright_plugins.framing.task.classification import classification
from stagewright_plugins.tables.arriving import before
from stagewright_plugins.tables.reading import read

TASK = classification(None, classes=("no", "yes"))  # type: ignore[arg-type]
SPLITS = ("train", "validation", "test")


def a_file(folder: Path, count: int = 400) -> Path:
    """Four rows per patient, one in five is `yes`."""
    chance = np.random.default_rng(2)
    table = pd.DataFrame(
        {
            "row": [f"r{i:04d}" for i in range(count)],
            "patient": [f"p{i // 4:03d}" for i in range(count)],
            "at": pd.date_range("2024-01-01", periods=count, freq="6h").strftime("%Y-%m-%dT%H:%M:%SZ"),
            "size": chance.uniform(0, 100, count).round(3),
            "late": chance.random(count).round(1),
            "outcome": np.where(np.arange(count) % 5 == 0, "yes", "no"),
        }
    )
    path = folder / "rows.csv"
    table.to_csv(path, index=False)
    return path


def prepared(
    folder: Path, path: Path, split: Any = None, features: Any = (), seed: int = 0, **more: Any
) -> Dataset:
    columns = {"size": ColumnSetting(kind="number", low=0, high=100)}
    settings = {"path": path, "columns": columns, "id": "row", "target": "outcome", **more}
    source: Component[Any, Table] = Component("data.table", "table_file", settings, table_file)
    inputs = Inputs(Framing(TASK), context(folder, seed=seed))
    return tabular(inputs, source=source, split=split, features=list(features))


def rows_of(data: Dataset, split: str) -> pd.DataFrame:
    return load_from_disk(str(data.path / "splits" / split)).to_pandas()


def split_of(data: Dataset) -> dict[str, str]:
    return {name: split for split in SPLITS for name in rows_of(data, split)["id"]}


def test_rows_without_a_time_are_all_dealt_and_carry_none(tmp_path: Path) -> None:
    data = prepared(tmp_path / "work", a_file(tmp_path))
    assert sum(data.counts.values()) == 400
    assert abs(data.counts["train"] - 280) < 40
    assert "time" not in rows_of(data, "test")
    assert "time" not in pd.read_parquet(data.path / "quality.parquet")
    assert not (data.path / "live").exists()
    card = json.loads((data.path / "card.json").read_text())
    assert (card["until"], card["live"]) == ("", 0)
    assert len(read(data, "train").targets) == data.counts["train"]


def test_a_row_keeps_its_split_in_any_order_and_as_the_file_grows(tmp_path: Path) -> None:
    path = a_file(tmp_path, 4000)
    first = prepared(tmp_path / "a", path)
    whole = pd.read_csv(path)
    whole.sample(frac=1, random_state=3).to_csv(path, index=False)
    assert prepared(tmp_path / "b", path).version == first.version
    whole[::2].to_csv(path, index=False)
    half = split_of(prepared(tmp_path / "c", path))
    assert half.items() <= split_of(first).items()


def test_a_small_table_has_all_splits_and_its_lineage_says_what_was_done(tmp_path: Path) -> None:
    data = prepared(tmp_path / "work", a_file(tmp_path, 20))
    assert data.counts["train"] >= 11
    assert min(data.counts.values()) >= 2
    (split,) = [
        item for item in json.loads((data.path / "lineage.json").read_text()) if item["pass"] == "split"
    ]
    assert split["what"].startswith("by_hash; cuts moved past ")


def test_the_seed_deals_anew(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    one, other = (split_of(prepared(tmp_path / str(seed), path, seed=seed)) for seed in (1, 2))
    assert one != other


def test_all_rows_of_a_group_are_in_one_split(tmp_path: Path) -> None:
    data = prepared(tmp_path / "work", a_file(tmp_path), group="patient")
    groups = [set(rows_of(data, split)["group"]) for split in SPLITS]
    assert sum(map(len, groups)) == len(set.union(*groups)) == 100


def test_rows_that_name_no_group_are_not_one(tmp_path: Path) -> None:
    path = a_file(tmp_path)
    table = pd.read_csv(path)
    table.assign(patient=table["patient"].where(table.index >= 100)).to_csv(path, index=False)
    alone = {f"r{i:04d}" for i in range(100)}
    data = prepared(tmp_path / "work", path, group="patient")
    assert all(alone & set(rows_of(data, split)["id"]) for split in SPLITS)


def test_a_splitter_that_tears_groups_is_refused(tmp_path: Path) -> None:
    torn: Component[Any, Any] = Component("data.split", "random", {}, random)
    with pytest.raises(
        StagewrightError, match=r"'random' leaves \d+ groups in more than one split, such as 'p"
    ):
        prepared(tmp_path / "work", a_file(tmp_path), torn, group="patient")


def test_every_split_holds_the_same_mix_where_it_is_stratified_by_the_target(tmp_path: Path) -> None:
    even: Component[Any, Any] = Component("data.split", "stratified", {"by": ["target"]}, stratified)
    data = prepared(tmp_path / "work", a_file(tmp_path), even)
    assert data.counts == {"train": 280, "validation": 60, "test": 60}
    assert [int(rows_of(data, split)["target"].sum()) for split in SPLITS] == [56, 12, 12]


def test_a_splitter_deals_rows_that_have_a_time_without_looking_at_it(tmp_path: Path) -> None:
    plain: Component[Any, Any] = Component("data.split", "random", {}, random)
    data = prepared(tmp_path / "work", a_file(tmp_path), plain, time="at")
    moments = {split: rows_of(data, split)["time"] for split in SPLITS}
    assert moments["test"].min() < moments["train"].max()
    assert not (data.path / "live").exists()


def test_views_over_the_past_need_a_time(tmp_path: Path) -> None:
    class View:
        def __call__(self, _: Table) -> FeatureView:
            return FeatureView("share", (), None, {})

    with pytest.raises(StagewrightError, match="'share' is a view over the past and needs rows that are cut"):
        prepared(tmp_path / "work", a_file(tmp_path), features=[View()])


def test_an_outcome_that_is_known_at_a_time_needs_the_time_of_its_row(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match=r"data\.source\.known: 'at' needs `time`"):
        prepared(tmp_path / "work", a_file(tmp_path), known="at")


def test_rows_too_few_to_fill_every_split_are_said(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="'by_hash' needs at least 3 samples or groups, there are 2"):
        prepared(tmp_path / "work", a_file(tmp_path, 2))


def test_living_through_rows_without_a_time_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match="the rows have no time"):
        before(prepared(tmp_path / "work", a_file(tmp_path)))
