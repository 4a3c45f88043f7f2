"""One class everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from small_tables import a_metric_set, a_table, a_task
from stagewright.stages.baseline import Inputs
from stagewright.stages.framing import Framing
from stagewright.testing import context
from stagewright_plugins.objective.baseline.majority_class import majority_class
from stagewright_plugins.packaging.rule import packaged
from stagewright_plugins.scoring import rules, table_rules
from stagewright_plugins.scoring.batches import batches
from stagewright_plugins.tables.reading import read


def test_the_class_is_the_train_splits_commonest_and_its_iou_its_share_of_the_test(
    inputs: Callable[..., Inputs],
) -> None:
    given = inputs()
    values = majority_class(given).values
    share = np.mean([(batch.targets == 2).mean() for batch in batches(given.data, "test")])
    assert values["iou.c"].value == pytest.approx(share)
    assert values["iou.a"].value == values["iou.b"].value == 0.0
    assert values["iou_mean"].value == pytest.approx(share / 3)


def test_of_a_table_it_is_the_train_splits_shares_for_every_row(tmp_path: Path) -> None:
    task = a_task()
    data = a_table(tmp_path / "data", task)
    given = context(tmp_path / "work")
    scores = majority_class(Inputs(Framing(task), data, a_metric_set(tmp_path / "m", task), given))
    assert scores.values["auroc"].value == pytest.approx(0.5)  # all rows tie
    packaged(given.workdir, tmp_path / "package", "small", task)
    test, shares = read(data, "test"), np.bincount(read(data, "train").targets, minlength=2)
    answer = table_rules.rebuilt(rules.read(tmp_path / "package"))(test.inputs)
    assert answer == pytest.approx(np.tile(shares / shares.sum(), (len(test.ids), 1)), abs=1e-5)
