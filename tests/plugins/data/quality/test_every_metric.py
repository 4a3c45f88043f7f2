"""What holds for each metric: defined and in its range for any picture, quiet, documented, cheap to check."""

from __future__ import annotations

import math
import subprocess
import sys
import warnings
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stagewright_plugins.data.quality as package
from stagewright.contract import MARK
from stagewright.plugin.settings import settings_of
from stagewright_plugins.imaging.view import ImageView

FOLDER = Path(next(iter(package.__path__)))
ALL = sorted(path.stem for path in FOLDER.glob("[a-z]*.py"))
DEFAULT = {"area", "objects", "brightness", "contrast", "sharpness", "noise", "entropy", "dynamic_range"}
CLASSES = ("background", "cell", "core")
DOCS = Path(__file__).parents[4] / "docs" / "quality.md"


def metric(name: str) -> Any:
    return getattr(import_module(f"stagewright_plugins.data.quality.{name}"), name)


# Those of pairs of texts are tested in test_pairs.py.
NAMES = [name for name in ALL if getattr(metric(name), MARK).facts.level != "pair"]


def pictures() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    random = np.random.default_rng(0)

    def noise(*shape: int) -> np.ndarray:
        return random.integers(0, 256, shape, dtype=np.uint8)

    def mask(value: int, *shape: int) -> np.ndarray:
        return np.full(shape, value, dtype=np.uint8)

    lonely = mask(0, 9, 9)
    lonely[4, 4] = 2
    checkers = (np.indices((12, 12)).sum(axis=0) % 2 * 255).astype(np.uint8)
    return {
        "black": (np.zeros((1, 16, 16), np.uint8), mask(0, 16, 16)),
        "white": (np.full((3, 16, 16), 255, np.uint8), mask(1, 16, 16)),
        "constant": (np.full((1, 16, 16), 77, np.uint8), mask(2, 16, 16)),
        "one pixel": (np.full((1, 1, 1), 9, np.uint8), mask(1, 1, 1)),
        "one row": (noise(1, 1, 20), mask(1, 1, 20)),
        "one column": (noise(3, 20, 1), mask(0, 20, 1)),
        "two by two": (noise(1, 2, 2), np.array([[0, 1], [2, 0]], np.uint8)),
        "empty mask": (noise(1, 24, 24), mask(0, 24, 24)),
        "all ignored": (noise(1, 24, 24), mask(255, 24, 24)),
        "one pixel of a class": (noise(1, 9, 9), lonely),
        "checkers": (checkers[None], checkers // 255),
        "noise": (noise(1, 32, 48), random.integers(0, 3, (32, 48)).astype(np.uint8)),
        "colour noise": (noise(3, 32, 48), random.integers(0, 3, (32, 48)).astype(np.uint8)),
        "two channels": (noise(2, 12, 12), mask(1, 12, 12)),
    }


PICTURES = pictures()


def values(name: str, view: ImageView) -> dict[str, float]:
    found = metric(name)(view)
    return dict(found) if isinstance(found, Mapping) else {"": found}


@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("name", NAMES)
def test_values_are_defined_and_in_the_declared_range(name: str, picture: str) -> None:
    facts = getattr(metric(name), MARK).facts
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = values(name, ImageView(*PICTURES[picture], CLASSES))
    assert found
    for key, value in found.items():
        assert type(value) is float, key
        assert math.isfinite(value), key
        assert facts.low is None or value >= facts.low, key
        assert facts.high is None or value <= facts.high, key


@pytest.mark.parametrize("name", NAMES)
def test_columns_do_not_depend_on_the_picture(name: str) -> None:
    columns = {tuple(values(name, ImageView(*picture, CLASSES))) for picture in PICTURES.values()}
    assert len(columns) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_view_shared_with_all_others_gives_the_same(name: str) -> None:
    picture = PICTURES["colour noise"]
    shared = ImageView(*picture, CLASSES)
    for other in reversed(NAMES):
        metric(other)(shared)
    assert values(name, shared) == values(name, ImageView(*picture, CLASSES))


@pytest.mark.parametrize("name", NAMES)
def test_only_metrics_of_the_target_need_one(name: str) -> None:
    view = ImageView(PICTURES["noise"][0], None, CLASSES)
    if getattr(metric(name), MARK).facts.level == "target":
        with pytest.raises(ValueError, match="no mask"):
            metric(name)(view)
    else:
        assert values(name, view) == values(name, ImageView(*PICTURES["noise"], CLASSES))


@pytest.mark.parametrize("name", NAMES)
def test_each_metric_and_setting_is_documented(name: str) -> None:
    function = metric(name)
    facts = getattr(function, MARK).facts
    assert function.__doc__.splitlines()[0].endswith(".")
    row = next(line for line in DOCS.read_text().splitlines() if line.startswith(f"| `{name}` |"))
    assert f"| {facts.suspicious} |" in row
    assert f"| {facts.unit or '–'} |" in row
    for setting in settings_of(function):
        assert f"`{setting}`" in row


def test_the_default_list_exists() -> None:
    assert set(NAMES) >= DEFAULT


def test_checking_a_recipe_imports_no_arrays() -> None:
    code = (
        "import sys; from importlib import import_module\n"
        f"for name in {NAMES!r}: import_module('stagewright_plugins.data.quality.' + name)\n"
        "import stagewright_plugins.data.duplicates.perceptual_hash\n"
        "print(*sorted({'numpy', 'scipy', 'PIL', 'pandas'} & sys.modules.keys()))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == ""
