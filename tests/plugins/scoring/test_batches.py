"""Reading a split back."""

from __future__ import annotations

from pathlib import Path

import datasets
import numpy as np

from stagewright.stages.data import Dataset
from stagewright_plugins.scoring.batches import batches, groups


def stored(tmp_path: Path, group: str = "scanner") -> tuple[Dataset, np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    inputs = random.integers(0, 256, (5, 1, 8, 12), dtype=np.uint8)
    targets = random.integers(0, 3, (5, 8, 12), dtype=np.uint8)
    features = datasets.Features(
        id=datasets.Value("string"),
        input=datasets.Array3D((1, 8, 12), "uint8"),
        target=datasets.Array2D((8, 12), "uint8"),
        group=datasets.Value("string"),
    )
    rows = {"id": list("abcde"), "input": list(inputs), "target": list(targets), "group": list("xxyyy")}
    datasets.Dataset.from_dict(rows, features=features).save_to_disk(str(tmp_path / "splits" / "test"))
    return Dataset(tmp_path, "v", "image", {"test": 5}, group), inputs, targets


def test_batches_come_in_order_with_the_types_that_models_take(tmp_path: Path) -> None:
    data, inputs, targets = stored(tmp_path)
    read = list(batches(data, "test", size=2))
    assert [batch.ids for batch in read] == [["a", "b"], ["c", "d"], ["e"]]
    found = np.concatenate([batch.inputs for batch in read])
    assert found.dtype == np.float32
    assert np.array_equal(found, inputs.astype(np.float32) / 255)
    assert np.array_equal(np.concatenate([batch.targets for batch in read]), targets)
    assert read[0].targets.dtype == np.int64


def test_groups_by_id_where_the_source_has_them(tmp_path: Path) -> None:
    assert groups(stored(tmp_path / "a")[0], "test") == {"a": "x", "b": "x", "c": "y", "d": "y", "e": "y"}
    assert groups(stored(tmp_path / "b", group="")[0], "test") == {}
