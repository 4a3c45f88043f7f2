"""Sketches: what is kept of a column."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stagewright.errors import StagewrightError
from stagewright_plugins.packaging import sketch


def test_numbers_and_words() -> None:
    numbers = np.array([1.0, 2.0, np.nan, 3.0], np.float32)
    words = np.array(["a", "b", "", "a"], object)
    found = sketch.sketched({"x": numbers, "w": words}, seed=0)
    assert found["n"] == 4
    x, w = found["columns"]["x"], found["columns"]["w"]
    assert (x["quantiles"][0], x["quantiles"][50], x["quantiles"][100], x["missing"]) == (1.0, 2.0, 3.0, 1)
    assert x["sample"] == [1.0, 2.0, None, 3.0]
    assert (w["counts"], w["missing"], w["sample"]) == ({"a": 2, "b": 1}, 1, ["a", "b", None, "a"])


def test_of_many_rows_the_same_ones_are_kept_in_every_column() -> None:
    values = np.arange(10_000.0)
    found = sketch.sketched({"x": values, "y": values * 2}, seed=1)
    x, y = (found["columns"][name]["sample"] for name in ("x", "y"))
    assert len(x) == sketch.MOST
    assert y == [2 * value for value in x]
    assert found["columns"]["x"]["quantiles"][25] == pytest.approx(2499.75)


def test_it_is_json_and_reads_back(tmp_path: Path) -> None:
    found = sketch.sketched({"x": np.array([np.nan, np.inf]), "b": np.array([True, False])}, seed=0)
    sketch.write(tmp_path, found)
    assert sketch.read(tmp_path) == json.loads((tmp_path / "reference.json").read_text()) == found
    assert found["columns"]["x"]["quantiles"] == []


def test_a_package_without_one_is_said(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match=r"no reference\.json"):
        sketch.read(tmp_path)
