"""Rows after the cut-off, in order, with the moment their labels are known."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from small_streams import PER_DAY, Stream
from stagewright.errors import StagewrightError
from stagewright_plugins.tables.arriving import after, before, zone


def test_rows_come_in_the_order_of_time(tmp_path: Path) -> None:
    stream = Stream(tmp_path)
    stream.live = stream.live.sample(frac=1, random_state=0)
    found = after(stream.dataset())
    assert len(found) == len(stream.live)
    assert (found.times[1:] >= found.times[:-1]).all()
    first = stream.live.sort_values("time").iloc[0]
    assert found.rows.ids[0] == first["id"]
    assert found.rows.inputs["carrier"][0] == first["carrier"]
    assert found.times[0] == pd.Timestamp("2024-02-01", tz="UTC").timestamp()
    assert found.known[0] - found.times[0] == 3 * 3600
    assert found.known[PER_DAY - 1] - found.times[PER_DAY - 1] == 48 * 3600
    assert found.groups[PER_DAY] == "2024-02-02"


def test_labels_of_the_test_split_are_known(tmp_path: Path) -> None:
    data = Stream(tmp_path).dataset()
    found = before(data)
    assert (found.known == found.times).all()
    assert found.times[-1] < after(data).times[0]
    assert zone(data) == "UTC"


def test_some_rows_are_taken_by_place_or_by_truth(tmp_path: Path) -> None:
    found = after(Stream(tmp_path).dataset())
    some = found.taken(found.times < found.times[3])
    assert some.rows.ids == found.rows.ids[:3]
    assert some.rows.inputs["wind"].tolist() == found.rows.inputs["wind"][:3].tolist()


def test_data_without_later_rows_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StagewrightError, match=r"set `data\.until`"):
        after(Stream(tmp_path).dataset(live=False))
