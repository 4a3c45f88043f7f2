"""A folder as users have them: 200 pairs, some broken, some without mask, some twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from stagewright.contract import Component
from stagewright.errors import StagewrightError
from stagewright_plugins.data.source.image_folder import image_folder

PAIRS = 200
CORRUPT, WITHOUT_MASK = range(10, 14), range(20, 23)
WRONG_SIZE, WRONG_CLASS, BLANK = (30,), (31,), (32,)
BAD = {f"cell_{n:03d}" for n in (*CORRUPT, *WITHOUT_MASK, *WRONG_SIZE, *WRONG_CLASS, *BLANK)}


def draw(number: int) -> tuple[Image.Image, Image.Image]:
    """A bright ellipse on noise, and where it is."""
    random = np.random.default_rng(number)
    mask = Image.new("L", (40, 32))
    x, y = random.integers(4, 20, 2)
    ImageDraw.Draw(mask).ellipse((x, y - 2, x + int(random.integers(6, 16)), y + 8), fill=1)
    noise = random.integers(0, 120, (32, 40))
    return Image.fromarray((noise + np.asarray(mask) * 100).astype(np.uint8)), mask


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for kind in ("images", "masks"):
        (tmp_path / "cells" / kind).mkdir(parents=True)
    for number in range(PAIRS):
        for kind, picture in zip(("images", "masks"), draw(number), strict=True):
            picture.save(file(tmp_path / "cells", kind, number))
    spoil(tmp_path / "cells")
    return tmp_path / "cells"


def file(folder: Path, kind: str, number: int) -> Path:
    return folder / kind / f"cell_{number:03d}.png"


def spoil(folder: Path) -> None:
    for number in CORRUPT:
        path = file(folder, "images", number)
        path.write_bytes(path.read_bytes()[: 40 * (number - 10)])  # the first one is empty
    for number in WITHOUT_MASK:
        file(folder, "masks", number).unlink()
    Image.new("L", (8, 8)).save(file(folder, "masks", 30))
    Image.new("L", (40, 32), 9).save(file(folder, "masks", 31))
    Image.new("L", (40, 32), 77).save(file(folder, "images", 32))


def source(folder: Path) -> Component[Any, Any]:
    return Component("data.source", "image_folder", {"path": folder}, image_folder)


def copied_across(stage: Any, folder: Path) -> list[tuple[str, str]]:
    """Makes three train pictures copies of test pictures; gives their (train, test) ids."""
    import pandas as pd

    table = pd.read_parquet(stage(source(folder)).path / "quality.parquet")
    train, test = (list(table["id"][table["split"] == split])[:3] for split in ("train", "test"))
    for a, b in zip(train, test, strict=True):
        (folder / "images" / f"{a}.png").write_bytes((folder / "images" / f"{b}.png").read_bytes())
    return list(zip(train, test, strict=True))


def test_each_bad_item_is_named_in_the_report(stage: Any, folder: Path) -> None:
    result = stage(source(folder))
    assert {row[0] for row in stage.block("Quarantine").rows} == BAD
    found = {item["id"]: item["reason"] for item in json.loads((result.path / "quarantine.json").read_text())}
    assert set(found) == BAD
    assert found["cell_010"] == found["cell_013"] == "unreadable"
    assert (found["cell_020"], found["cell_030"], found["cell_031"], found["cell_032"]) == (
        "no mask", "size mismatch", "class value", "blank",
    )  # fmt: skip
    assert sum(result.counts.values()) == PAIRS - len(BAD)


def test_more_than_the_recipe_allows_stops(stage: Any, folder: Path) -> None:
    with pytest.raises(
        StagewrightError, match=r"10 of 200 .*4 unreadable, such as .*; 3 no mask, .*more than the share 0.04"
    ):
        stage(source(folder), max_quarantined=0.04)


def test_copies_across_splits_stop_the_run_and_are_named(stage: Any, folder: Path) -> None:
    pairs = copied_across(stage, folder)
    with pytest.raises(StagewrightError) as raised:
        stage(source(folder))
    for train, test in pairs:
        assert f"{train} (train) is an exact copy of {test} (test)" in str(raised.value)


def test_copies_are_repaired_if_the_recipe_says_so(stage: Any, folder: Path) -> None:
    pairs = copied_across(stage, folder)
    stage.heard.blocks.clear()
    result = stage(source(folder), leakage="repair")
    rows = stage.block("Leakage between splits, repaired").rows
    assert sorted((row[0], row[3]) for row in rows) == sorted(pairs)
    assert result.counts == {"train": 133 - 3, "validation": 29, "test": 28}
