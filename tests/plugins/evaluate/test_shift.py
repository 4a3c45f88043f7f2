"""Distributions by split, and a planted shift that is told from what random splits give."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stagewright_plugins.evaluate import _shift
from stagewright_plugins.evaluate._columns import Columns
from stagewright_plugins.evaluate._shift import distribution, shift, total_variation, wasserstein
from stagewright_plugins.scoring.slices import MISSING

SPLITS = ["train"] * 60 + ["validation"] * 20 + ["test"] * 20
NOTHING = np.zeros((2, 2), np.int64)


@pytest.fixture
def columns(made: Any, tmp_path: Path) -> Any:
    """Columns of one tag `x`, its values train first; 5 samples in each group."""

    def of(values: Any, group: str = "") -> Columns:
        items = [
            made.item(f"s{i}", NOTHING, NOTHING, split, f"g{i // 5}" if group else "", {"x": value})
            for i, (split, value) in enumerate(zip(SPLITS, values, strict=True))
        ]
        return Columns(made.table(tmp_path / "data", items, group), ["x"])

    return of


def test_a_number_is_counted_over_the_same_bins_in_each_split(columns: Any) -> None:
    values = np.random.default_rng(0).normal(size=100)
    values[3] = np.nan
    found = distribution(columns(values), "x", True)
    edges = np.array(found["edges"])
    assert (edges[0], edges[-1]) == (np.nanmin(values), np.nanmax(values))
    for split in ("train", "validation", "test"):
        own = [v for v, s in zip(values, SPLITS, strict=True) if s == split and np.isfinite(v)]
        assert found["counts"][split] == np.histogram(own, edges)[0].tolist()


def test_texts_are_counted_by_value_and_missing_ones_are_named(columns: Any) -> None:
    found = distribution(columns(["b"] * 50 + [None] * 10 + ["a"] * 40), "x", False)
    assert found["values"] == [MISSING, "a", "b"]
    assert found["counts"] == {"train": [10, 0, 50], "validation": [0, 20, 0], "test": [0, 20, 0]}


@pytest.mark.parametrize("numeric", [True, False])
def test_a_planted_shift_is_found_and_the_same_distribution_is_none(columns: Any, numeric: bool) -> None:
    random = np.random.default_rng(1)
    same = random.normal(size=100) if numeric else random.choice(["a", "b"], 100)
    moved = same.copy()
    moved[80:] = same[80:] + 1.5 if numeric else "b"
    assert not shift(columns(same), "x", numeric, 0)["shifted"]
    found = shift(columns(moved), "x", numeric, 0)
    assert found["shifted"]
    assert found["distance"] > found["chance"] > 0


def test_groups_are_dealt_whole_so_that_new_groups_are_no_shift_by_themselves(columns: Any) -> None:
    """Each scanner has its own level; test scanners are new ones, drawn as the others were."""
    values = np.repeat(np.random.default_rng(3).normal(size=20), 5) + np.linspace(0, 0.01, 100)
    alone, grouped = shift(columns(values), "x", True, 0), shift(columns(values, "scanner"), "x", True, 0)
    assert alone["distance"] == grouped["distance"]
    assert alone["shifted"]
    assert not grouped["shifted"]
    assert grouped["chance"] > 1.5 * alone["chance"]


def test_chance_calls_a_shift_about_as_often_as_it_says(
    columns: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_shift, "DEALS", 60)
    random = np.random.default_rng(4)
    called = sum(shift(columns(random.normal(size=100)), "x", True, seed)["shifted"] for seed in range(60))
    assert called <= 8  # 3 expected


def test_the_same_seed_gives_the_same_line(columns: Any) -> None:
    values = columns(np.random.default_rng(5).normal(size=100))
    assert shift(values, "x", True, 7) == shift(values, "x", True, 7)
    assert shift(values, "x", True, 7)["chance"] != shift(values, "x", True, 8)["chance"]


def test_a_column_without_spread_in_train_has_no_distance(columns: Any) -> None:
    found = shift(columns([1.0] * 80 + [2.0] * 20), "x", True, 0)
    assert found["distance"] is None
    assert not found["shifted"]
    assert shift(columns([np.nan] * 80 + [2.0] * 20), "x", True, 0)["distance"] is None


def test_distances_are_those_of_the_textbook() -> None:
    random = np.random.default_rng(6)
    one, other = random.normal(size=50), random.normal(2, 1, 50)
    moved = float(np.abs(np.sort(one) - np.sort(other)).mean())  # of equally many: sorted pairs
    assert wasserstein(one, other) == pytest.approx(moved / one.std())
    assert total_variation(np.array([0, 0, 1, 2]), np.array([0, 3])) == pytest.approx(0.5)
    assert total_variation(np.array([0, 1]), np.array([1, 0])) == 0
    assert total_variation(np.array([0, 1]), np.array([], int)) is None
