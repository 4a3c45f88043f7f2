"""Members' answers side by side, and what must not be parted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from small_tables import a_table, a_task
from stagewright.errors import StepError
from stagewright_plugins.ensembling.answers import answers
from stagewright_plugins.tables.reading import read


def test_parts_are_put_together_and_days_stay_whole(tmp_path: Path) -> None:
    data = a_table(tmp_path, a_task())
    rows = read(data, "validation")
    first, second = np.full((300, 2), 0.5, np.float32), np.tile(np.float32([0.1, 0.9]), (300, 1))
    found = answers(data, rows.ids, [[first], [second[:200], second[200:]]], [rows.targets])
    np.testing.assert_array_equal(found.given, np.stack([first, second]))
    assert [len(set(found.units[start : start + 30])) for start in range(0, 300, 30)] == [1] * 10
    assert len(set(found.units)) == 10


def test_one_sample_is_too_few(tmp_path: Path) -> None:
    data = a_table(tmp_path, a_task())
    with pytest.raises(StepError, match="fewer than two samples"):
        answers(data, ["validation-0"], [[np.ones((1, 2), np.float32)]], [np.zeros(1, np.int64)])
