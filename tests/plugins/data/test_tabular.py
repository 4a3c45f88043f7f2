"""A table from file to splits: cut by time, purged, validated, with what came later kept apart."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from datasets import load_from_disk

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright.stages.data import Dataset, Inputs, Table
from stagewright.stages.framing import Framing
from stagewright.testing import Heard, context
from stagewright_plugins.data.features.rolling_mean import rolling_mean
from stagewright_plugins.data.table.table_file import ColumnSetting, table_file
from stagewright_plugins.data.tabular import tabular
from stagewright_plugins.framing.task.classification import classification
from stagewright_plugins.tables.reading import id_column

TASK = classification(None, classes=("no", "yes"))  # type: ignore[arg-type]
COLUMNS = {
    "kind": ColumnSetting(kind="category", required=True),
    "size": ColumnSetting(kind="number", low=0, high=100),
}


def a_file(folder: Path, days: int = 40, per_day: int = 12, **wrong: Any) -> Path:
    """One row every two hours from 1 March 2024, in New York's time; outcomes are known three hours later."""
    random = np.random.default_rng(1)
    count = days * per_day
    begin = pd.date_range("2024-03-01 05:00", periods=count, freq="2h", tz="UTC")
    kind = random.choice(["a", "b", "c"], count)
    late = random.random(count) < np.where(kind == "a", 0.6, 0.2)
    table = pd.DataFrame(
        {
            "row": [f"r{i:04d}" for i in range(count)],
            "at": begin.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "seen": (begin + pd.Timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "day": begin.tz_convert("America/New_York").strftime("%Y-%m-%d"),
            "kind": kind,
            "size": random.uniform(0, 100, count).round(2),
            "late": late.astype(float),
            "outcome": np.where(late, "yes", "no"),
        }
    )
    for name, (row, value) in wrong.items():
        table.loc[row, name] = value
    path = folder / "rows.csv"
    table.to_csv(path, index=False)
    return path


def source(path: Path, **more: Any) -> Component[Any, Table]:
    settings = {
        "path": path, "columns": COLUMNS, "id": "row", "time": "at", "target": "outcome", "known": "seen",
        "group": "day", "outcomes": ["late"], "query": None, "zone": "America/New_York",
        "title": "made", "licence": "CC0-1.0", "personal_data": "none", "description": "",
    }  # fmt: skip
    return Component("data.table", "table_file", settings | more, table_file)


def prepared(
    folder: Path, made: Component[Any, Table], heard: Heard | None = None, **settings: Any
) -> Dataset:
    inputs = Inputs(Framing(TASK), context(folder / "work", heard=heard))
    chosen = {"until": datetime.date(2024, 3, 31), "validation_days": 5, "test_days": 5, **settings}
    return tabular(inputs, source=made, **chosen)


def rows_of(data: Dataset, split: str) -> pd.DataFrame:
    return load_from_disk(str(data.path / "splits" / split)).to_pandas()


def test_the_card_names_the_column_that_names_rows(tmp_path: Path):
    assert id_column(prepared(tmp_path, source(a_file(tmp_path)))) == "row"


def test_splits_follow_local_days_and_the_rest_is_live(tmp_path: Path):
    data = prepared(tmp_path, source(a_file(tmp_path)))
    # 26 and 31 March begin at 04:00 UTC: summer time came on the 10th.
    assert rows_of(data, "validation")["time"].min() >= "2024-03-21T04:00:00Z"
    assert rows_of(data, "test")["time"].min() >= "2024-03-26T04:00:00Z"
    live = load_from_disk(str(data.path / "live")).to_pandas()
    assert live["time"].min() >= "2024-03-31T04:00:00Z"
    assert live["time"].is_monotonic_increasing
    assert (live["label_time"] > live["time"]).all()
    days = [set(rows_of(data, split)["group"]) for split in ("train", "validation", "test")]
    assert not days[0] & days[1]
    assert not days[1] & days[2]


def test_what_was_not_known_at_the_end_of_its_split_is_left_out(tmp_path: Path):
    data = prepared(tmp_path, source(a_file(tmp_path)))
    ends = {
        "train": "2024-03-21T04:00:00Z",
        "validation": "2024-03-26T04:00:00Z",
        "test": "2024-03-31T04:00:00Z",
    }
    for split, end in ends.items():
        known = pd.to_datetime(rows_of(data, split)["time"]) + pd.Timedelta(hours=3)
        assert known.max() <= pd.Timestamp(end)
    assert json.loads((data.path / "issues.json").read_text())["purged"] == 3  # one row before each end


def test_features_of_a_row_do_not_depend_on_what_comes_after_it(tmp_path: Path):
    path = a_file(tmp_path)
    settings = {"name": "share", "entities": ["kind"], "of": "late", "hours": 24.0, "minimum": 1}
    view = Component("data.features", "rolling_mean", settings, rolling_mean)
    whole = prepared(tmp_path / "whole", source(path), features=[view])
    cut = pd.read_csv(path)
    for column in ("late", "outcome"):  # other outcomes after the test split's last row
        later = cut["seen"] > "2024-03-31T04:00:00Z"
        cut.loc[later, column] = 1.0 if column == "late" else "yes"
    cut.to_csv(path, index=False)
    changed = prepared(tmp_path / "changed", source(path), features=[view])
    assert changed.version == whole.version
    assert rows_of(whole, "test")["share"].notna().mean() > 0.9


def test_the_same_rows_give_the_same_version_in_any_order(tmp_path: Path):
    path = a_file(tmp_path)
    first = prepared(tmp_path / "a", source(path))
    pd.read_csv(path).sample(frac=1, random_state=3).to_csv(path, index=False)
    assert prepared(tmp_path / "b", source(path)).version == first.version


def test_unusable_rows_are_set_aside_with_their_reason(tmp_path: Path):
    path = a_file(tmp_path, size=(3, 400.0), kind=(5, None), row=(7, "r0006"))
    data = prepared(tmp_path, source(path))
    refused = {item["id"]: item["reason"] for item in json.loads((data.path / "quarantine.json").read_text())}
    assert refused == {"r0003": "out of range", "r0005": "missing value", "r0006": "id twice"}


def test_too_many_unusable_rows_stop_the_run(tmp_path: Path):
    with pytest.raises(StagewrightError, match="max_quarantined"):
        prepared(tmp_path, source(a_file(tmp_path, size=(slice(0, 100), 400.0))))


def test_a_class_that_the_task_does_not_have_is_named(tmp_path: Path):
    said = r"100 unknown class, such as outcome 'yess', did you mean 'yes'\?\)"
    with pytest.raises(StagewrightError, match=said):
        prepared(tmp_path, source(a_file(tmp_path, outcome=(slice(0, 99), "yess"))))


def test_rows_without_an_outcome_are_neither_refused_nor_learned_from(tmp_path: Path):
    data = prepared(tmp_path, source(a_file(tmp_path, outcome=(slice(0, 9), None))))
    assert json.loads((data.path / "quarantine.json").read_text()) == []
    assert rows_of(data, "train")["id"].min() == "r0010"


def test_a_cut_that_leaves_a_split_empty_is_said(tmp_path: Path):
    with pytest.raises(StagewrightError, match="leaves no rows for train"):
        prepared(tmp_path, source(a_file(tmp_path)), until=datetime.date(2024, 3, 8))


def test_a_query_chooses_rows_and_sees_nothing_else(tmp_path: Path):
    path = a_file(tmp_path)
    data = prepared(tmp_path, source(path, query="SELECT * FROM source WHERE kind <> 'c'"))
    assert set(rows_of(data, "train")["kind"]) == {"a", "b"}
    with pytest.raises(StagewrightError, match=r"data\.source\.query"):
        prepared(tmp_path / "other", source(path, query=f"SELECT * FROM read_csv('{path}')"))


def test_a_column_that_is_not_there_is_said(tmp_path: Path):
    with pytest.raises(StagewrightError, match="'outcom', did you mean 'outcome'"):
        prepared(tmp_path, source(a_file(tmp_path), target="outcom"))


def test_a_column_of_times_that_is_not_there_need_not_be(tmp_path: Path) -> None:
    said = r"no column 'moment'.*; leave out `time` where rows have none"
    with pytest.raises(StagewrightError, match=said):
        prepared(tmp_path, source(a_file(tmp_path), time="moment"))
