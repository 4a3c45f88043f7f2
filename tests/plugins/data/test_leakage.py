"""Leaks between splits: all are found, and after a repair there are none."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from stagewright_plugins.data._copies import Copies
from stagewright_plugins.data._leakage import leaks, repair

IDS = [f"s{n}" for n in range(12)]
SPLIT = st.sampled_from(["train", "validation", "test"])
PAIR = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS), st.just(1.0)).filter(
    lambda pair: pair[0] != pair[1]
)


def among(rows: pd.DataFrame, copies: Copies) -> list:
    by_id = rows.set_index("id")
    return leaks(by_id["split"].to_dict(), by_id["group"].to_dict(), copies)


@given(
    splits=st.lists(SPLIT, min_size=12, max_size=12),
    groups=st.lists(st.sampled_from(["", "", "a", "b", "c"]), min_size=12, max_size=12),
    near=st.lists(PAIR, max_size=8),
    exact=st.lists(st.sampled_from(IDS), min_size=2, max_size=4, unique=True),
)
def test_a_repair_leaves_no_leak_and_the_whole_test_set(
    splits: list[str], groups: list[str], near: list[tuple[str, str, float]], exact: list[str]
) -> None:
    rows = pd.DataFrame({"id": IDS, "split": splits, "group": groups})
    copies = Copies(exact=(tuple(exact),), near=tuple(near))
    left, gone = repair(rows, copies)
    assert among(left, copies) == []
    assert list(left["id"][left["split"] == "test"]) == list(rows["id"][rows["split"] == "test"])
    assert sorted([*left["id"], *(leak.loser for leak in gone)]) == sorted(IDS)
    assert bool(gone) == bool(among(rows, copies))


def test_a_sample_dropped_for_test_costs_no_other() -> None:
    rows = pd.DataFrame(
        {"id": ["a", "b", "c"], "split": ["train", "validation", "test"], "group": ["", "", ""]}
    )
    left, gone = repair(rows, Copies(near=(("a", "b", 1.0), ("b", "c", 1.0))))
    assert list(left["id"]) == ["a", "c"]
    assert [str(leak) for leak in gone] == ["b (validation) is a near copy (distance 1) of c (test)"]


def test_one_leak_for_a_group_in_two_splits() -> None:
    rows = pd.DataFrame({"id": IDS[:4], "split": ["train", "train", "test", "test"], "group": ["p1"] * 4})
    (leak,) = among(rows, Copies())
    assert str(leak) == "group p1 is in train (s0) and test (s2)"
