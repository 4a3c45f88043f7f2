"""Cells as numbers: what training reads and what predictions read is the same."""

from __future__ import annotations

import pandas as pd
import pytest

from stagewright_plugins.tables.numbers import read_number, wrong


@pytest.mark.parametrize("cell", ["1", " 5 ", "-1.5", "1e3", "+2", ".5"])
def test_a_number_is_read_as_in_training(cell: str) -> None:
    assert read_number(cell) == pd.to_numeric(pd.Series([cell]), errors="coerce")[0]


@pytest.mark.parametrize("cell", ["1_000", "\u0661", "0x10", "7,5", "soon"])
def test_what_training_does_not_read_is_no_number(cell: str) -> None:
    assert pd.to_numeric(pd.Series([cell]), errors="coerce").isna()[0]
    with pytest.raises(ValueError, match=r".+"):
        read_number(cell)


def test_what_is_said_of_it() -> None:
    assert wrong("7,5") == "'7,5', which is no number; write 7.5"
    assert wrong("1_000") == "'1_000', which is no number"


@pytest.mark.parametrize(
    "cell", ["2023-11-21", "2023-11-21 09:30:00", " 2023-11-21T09:30Z", "31/12/2023", "3.1.24"]
)
def test_of_a_date_it_is_said_what_to_do(cell: str) -> None:
    assert wrong(cell).endswith("which is no number; make dates one first, such as days since another")


def test_what_only_looks_like_a_date_is_none() -> None:
    assert wrong("1.234.567") == "'1.234.567', which is no number"
    assert wrong("555-1234") == "'555-1234', which is no number"
