"""What can be sliced by, and what is known of each sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagewright.errors import StagewrightError
from stagewright_plugins.evaluate._columns import Columns


@pytest.fixture
def data(made: Any, tmp_path: Path) -> Any:
    nothing = np.zeros((4, 4), np.int64)
    items = [
        made.item(f"s{i}", nothing, nothing, split, f"g{i % 3}", {"site": "ab"[i % 2]}, {"area.cell": i / 7})
        for i, split in enumerate(["train", "validation", "test"] * 3)
    ]
    return made.table(tmp_path / "data", items, "scanner")


def test_tags_quality_and_groups_can_be_sliced_by(data: Any) -> None:
    columns = Columns(data, ["site", "area.cell", "scanner", "site"])
    assert columns.slices == ["site", "area.cell", "scanner"]
    assert columns.of("scanner").tolist() == [f"g{i % 3}" for i in range(9)]
    assert columns.described("s3") == {"site": "b", "area.cell": "0.429", "scanner": "g0"}
    assert columns.split("test").tolist() == [False, False, True] * 3


def test_a_misspelt_column_is_refused_with_the_nearest(data: Any) -> None:
    with pytest.raises(StagewrightError, match=r"no column 'area\.cel', did you mean 'area\.cell'\?"):
        Columns(data, ["area.cel"])
    with pytest.raises(StagewrightError, match=r"known: area\.cell, scanner, site"):
        Columns(data, ["xyz"])


def test_columns_of_the_table_itself_are_no_slices(data: Any) -> None:
    for name in ("id", "split"):
        with pytest.raises(StagewrightError, match="no column"):
            Columns(data, [name])


def test_units_are_groups_or_samples_and_are_told_apart(data: Any, made: Any, tmp_path: Path) -> None:
    assert Columns(data, []).groups()[:4] == ["group g0", "group g1", "group g2", "group g0"]
    nothing = np.zeros((4, 4), np.int64)
    items = [made.item("g0", nothing, nothing, split) for split in ("train", "validation", "test")]
    assert set(Columns(made.table(tmp_path / "other", items), []).groups()) == {"sample g0"}


def test_quality_comes_in_the_order_asked_for(data: Any) -> None:
    table = Columns(data, []).quality(["s5", "s2"])
    assert list(table.columns) == ["area.cell"]
    assert table["area.cell"].tolist() == [5 / 7, 2 / 7]
