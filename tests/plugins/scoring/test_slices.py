"""Columns cut into slices: equal sizes, every sample once, whatever the values."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stagewright_plugins.scoring.slices import MISSING, VALUES, cut


@pytest.mark.parametrize("n", [7, 40, 101])
@pytest.mark.parametrize("quantiles", [2, 4, 5])
def test_quantiles_are_of_equal_size_and_hold_every_sample_once(n: int, quantiles: int) -> None:
    values = pd.Series(np.random.default_rng(n).normal(size=n))
    slices = cut(values, quantiles)
    assert len(slices) == quantiles
    assert (np.sum([item.rows for item in slices], axis=0) == 1).all()
    sizes = [int(item.rows.sum()) for item in slices]
    assert max(sizes) - min(sizes) <= 1
    for item in slices:
        assert (item.low, item.high) == (values[item.rows].min(), values[item.rows].max())


def test_a_value_that_most_samples_have_is_a_slice_of_its_own() -> None:
    values = pd.Series([0.0] * 60 + np.linspace(1, 2, 40).tolist())
    slices = cut(values, 4)
    assert [(item.name, int(item.rows.sum())) for item in slices] == [
        ("0", 60),
        ("1 to 1.359", 15),
        ("1.385 to 2", 25),
    ]


def test_few_numbers_and_texts_are_one_slice_each() -> None:
    assert [item.name for item in cut(pd.Series([3, 1, 2, 1]), 4)] == ["1", "2", "3"]
    slices = cut(pd.Series(["b", "a", "b"]), 4)
    assert [(item.name, item.rows.tolist()) for item in slices] == [
        ("a", [False, True, False]),
        ("b", [True, False, True]),
    ]
    assert [item.name for item in cut(pd.Series([True, False]), 4)] == ["False", "True"]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_has_no_finite_number_is_a_slice_of_its_own(bad: float) -> None:
    slices = cut(pd.Series([bad, *np.linspace(0, 1, 20)]), 4)
    assert slices[-1].name == MISSING
    assert np.flatnonzero(slices[-1].rows).tolist() == [0]
    assert (np.sum([item.rows for item in slices], axis=0) == 1).all()


def test_missing_texts_are_a_slice_of_their_own() -> None:
    assert [item.name for item in cut(pd.Series(["a", None, "b"]), 4)] == ["a", "b", MISSING]


def test_of_very_many_values_the_frequent_ones_have_a_slice_each() -> None:
    values = pd.Series([f"v{i:03d}" for i in range(100)] + ["v050", "v099"])
    slices = cut(values, 4)
    assert len(slices) == VALUES + 1
    assert {"v050", "v099", "v000"} <= {item.name for item in slices}
    assert slices[-1].name == "(70 other values)"
    assert (np.sum([item.rows for item in slices], axis=0) == 1).all()
