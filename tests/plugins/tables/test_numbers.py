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
