"""What a user brings: a folder of PNG pairs, some broken, some without a mask, some twice."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from running import Project

RECIPE = """\
name: cells
seed: 1
objective: {problem: Counting by eye takes an hour a plate., owner: lab}
framing:
  task: {type: segmentation, classes: [background, cell], size: [48, 48]}
data:
  source: {type: image_folder, path: plates}
  split: {type: random, train: 0.6, validation: 0.2, test: 0.2}
  max_quarantined: 0.2
metrics: [iou, dice]
train:
  model: {type: unet, width: 4}
  max_epochs: 1
evaluate:
  slices: [brightness]
"""
CORRUPT = ["plate_010", "plate_050"]
WITHOUT_MASK = ["plate_020", "plate_120"]
OTHER_SIZE = ["plate_030"]
COPIES = {"plate_040": "copy_040", "plate_041": "copy_041", "plate_042": "copy_042", "plate_043": "copy_043"}


@pytest.fixture
def plates(project: Project) -> Project:
    """200 pairs: discs on uneven ground; then what goes wrong in real folders."""
    images, masks = project.path / "plates" / "images", project.path / "plates" / "masks"
    images.mkdir(parents=True)
    masks.mkdir(parents=True)
    for i in range(200 - len(COPIES)):
        image, mask = _plate(np.random.default_rng([7, i]))
        Image.fromarray(image).save(images / f"plate_{i:03}.png")
        Image.fromarray(mask).save(masks / f"plate_{i:03}.png")
    for name in CORRUPT:
        path = images / f"{name}.png"
        path.write_bytes(path.read_bytes()[:60])
    for name in WITHOUT_MASK:
        (masks / f"{name}.png").unlink()
    for name in OTHER_SIZE:
        Image.fromarray(np.zeros((9, 9), np.uint8)).save(masks / f"{name}.png")
    for name, copy in COPIES.items():
        shutil.copy(images / f"{name}.png", images / f"{copy}.png")
        shutil.copy(masks / f"{name}.png", masks / f"{copy}.png")
    (project.path / "recipes" / "cells.yaml").write_text(RECIPE)
    return project


def _plate(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = np.mgrid[:64, :64]
    mask = np.zeros((64, 64), np.uint8)
    for _ in range(random.integers(2, 6)):
        y, x, radius = *random.uniform(6, 58, 2), random.uniform(3, 9)
        mask |= ((rows - y) ** 2 + (columns - x) ** 2 < radius**2).astype(np.uint8)
    slope = random.uniform(-1, 1, 2)
    image = 90 + 60 * mask + 0.5 * (slope[0] * rows + slope[1] * columns) + random.normal(0, 12, mask.shape)
    return np.clip(image, 0, 255).astype(np.uint8), mask


@pytest.mark.slow
def test_copies_across_splits_stop_the_run_and_are_named(plates: Project) -> None:
    ended = plates("run", "cells", code=1)
    said = ended.stdout + ended.stderr
    assert any(copy in said and original in said for original, copy in COPIES.items()), said


@pytest.mark.slow
def test_repaired_the_run_goes_on_and_everything_is_named_in_the_report(plates: Project) -> None:
    plates("run", "cells", "data.leakage=repair")
    report = Path(plates.shown()["folder"], "report.html").read_text(encoding="utf-8")
    for name in (*CORRUPT, *WITHOUT_MASK, *OTHER_SIZE):
        assert name in report, name
    assert any(copy in report for copy in COPIES.values())


@pytest.mark.slow
def test_more_broken_items_than_declared_stop_the_run(plates: Project) -> None:
    ended = plates("run", "cells", "data.leakage=repair", "data.max_quarantined=0.01", code=1)
    assert "5" in ended.stdout + ended.stderr
    assert "max_quarantined" in ended.stdout + ended.stderr
