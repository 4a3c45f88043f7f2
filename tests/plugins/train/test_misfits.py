"""An ensemble that no sweep could make is found by `check`, before the sweep begins."""

from __future__ import annotations

from pathlib import Path

import pytest

from running import ROOT
from stagewright import load
from stagewright.errors import Problem

TOGETHER = "+framing.approaches=[{name: single, reason: r, train: {}}, {name: together, reason: r, train: {type: ensemble}}]"


def problems(folder: Path, recipe: str, *overrides: str) -> list[Problem]:
    (folder / "recipes").mkdir(exist_ok=True)
    text = (ROOT / "recipes" / f"{recipe}.yaml").read_text()
    (folder / "recipes" / f"{recipe}.yaml").write_text(text)
    return [item for item in load(recipe, *overrides, folder=folder).check() if item.severity == "error"]


@pytest.mark.parametrize("key", ["data.validation_days", "data/source"])
def test_a_sweep_over_data(tmp_path: Path, key: str) -> None:
    domain = {"data.validation_days": "[7, 14]", "data/source": "'choice(nycflights13,nycflights13_tenth)'"}
    sweep = f"+sweep.params={{{key}: {domain[key]}}}"
    alone = problems(tmp_path, "flight_delay", sweep)
    assert not alone, "without an ensemble, data can be searched"
    (found,) = problems(tmp_path, "flight_delay", sweep, TOGETHER.removeprefix("+"))
    assert found.path == ("sweep", "params", key)
    assert "members of an `ensemble` must share theirs" in found.message


def test_a_sweep_over_training_is_fine(tmp_path: Path) -> None:
    sweep = "+sweep.params={train.learning_rate: 'interval(0.01, 0.1)', seed: 'range(0, 3)'}"
    assert not problems(tmp_path, "flight_delay", sweep, TOGETHER.removeprefix("+"))


def test_translations_have_no_probabilities_to_combine(tmp_path: Path) -> None:
    sweep = "+sweep.params={train.max_epochs: 'choice(1, 2)'}"
    found = problems(tmp_path, "ui_translation", sweep, TOGETHER)
    assert "an `ensemble` combines probabilities of classes, not translations" in [
        item.message for item in found
    ]


def test_a_sweep_that_could_train_nothing(tmp_path: Path) -> None:
    sweep = "+sweep.params={train.learning_rate: 'interval(0.01, 0.1)'}"
    alone = "framing.approaches=[{name: together, reason: r, train: {type: ensemble}}]"
    (found,) = problems(tmp_path, "flight_delay", sweep, alone)
    assert found.key == "framing.approaches[0].train.type"
    assert "nothing is left that they could: add an approach" in found.message
