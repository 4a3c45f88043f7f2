"""What a recipe itself has at swept keys."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.check.loading import load
from stagewright.plugin.registry import Registry
from stagewright.recipe.recipe import find
from stagewright.stages.sweep import Choice
from stagewright.study.own_settings import as_listed, own_settings
from stagewright.sweep.origin import Origin


def own(toy: Any, params: dict[str, Any], changes: dict[str, Any] | None = None) -> dict[str, Any]:
    checked = toy.check(toy.swept(params) | (changes or {}))
    return own_settings(checked, Registry(toy.path))


def test_what_the_recipe_says_and_what_plugins_have_by_default(toy: Any) -> None:
    params = {
        "train.score": "interval(0.4, 1)",
        "train.model.width": "range(1, 9)",
        "data.size": "choice(2, 3)",
        "seed": "range(1, 9)",
    }
    found = own(toy, params, {"train.score": 0.7})
    assert found == {"train.score": 0.7, "train.model.width": 4, "data.size": 3, "seed": 3}


def test_a_plugin_is_told_by_the_choice_that_changes_nothing(toy: Any) -> None:
    params = {
        "train.model": "choice(large, small)",
        "train.model.width": {"of": "range(1, 9)", "when": "train.model == small"},
        "train.model.depth": {"of": "range(1, 9)", "when": "train.model == large"},
    }
    assert own(toy, params) == {"train.model": "small", "train.model.width": 4}
    whole = {"train.model": [{"type": "small", "width": 8}, {"type": "small", "width": 4}]}
    assert own(toy, whole) == {"train.model": {"type": "small", "width": 4}}
    assert own(toy, {"train.model": "choice(large)"})["train.model"]["type"] == "small"  # none of the choices


def test_a_path_is_told_as_it_is_written(toy: Any) -> None:
    for name in "ab":
        (toy.path / name).mkdir()
    assert own(toy, {"data.folder": "choice(a, b)"}, {"data.folder": "b"}) == {"data.folder": "b"}


def test_approaches_begin_with_the_train_section(toy: Any) -> None:
    approaches = [
        {"name": "low", "reason": "cheap", "train": {"score": 0.3}},
        {"name": "high", "reason": "better", "train": {"model": {"type": "large"}}},
    ]
    found = own(toy, {"train.score": "interval(0, 1)"}, {"framing.approaches": approaches})
    assert found == {"train.score": 0.5}


def test_the_file_that_a_config_group_gives(toy: Any) -> None:
    group = toy.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "wide.yaml").write_text("type: small\nwidth: 9\n")
    (group / "deep.yaml").write_text("type: large\ndepth: 9\n")
    path = toy.written(toy.swept({"train/model": "wide, deep"}) | {"train": ...})
    path.write_text("defaults:\n- train/model: deep\n- _self_\ntrain: {type: toy}\n" + path.read_text())
    loaded = load(find(str(path), str(toy.path)), ["seed=4"])
    assert own_settings(loaded.checked, loaded.registry) == {"train/model": "deep"}
    assert Origin(loaded.file, ("train/model=wide",)).chosen("train/model") == "wide"
    assert Origin(loaded.file).chosen("train/optimizer") is None


@pytest.mark.parametrize(
    ("value", "choices", "meant"),
    [
        (8, (8.0, 12), 8.0),
        (True, (1, True), True),
        (None, (None, 3), None),
        ([8, 12], ([8], [8, 12]), [8, 12]),
        ({"type": "sum", "of": [1, 2]}, ({"of": [1, 2]},), {"of": [1, 2]}),
        ({"type": "adam", "lr": 0.1}, ("sgd", {"type": "adam", "lr": 0.2}), {"type": "adam", "lr": 0.1}),
    ],
)
def test_the_choice_that_is_meant(value: Any, choices: tuple[Any, ...], meant: Any) -> None:
    found = as_listed(value, Choice(choices))
    assert (found, type(found)) == (meant, type(meant))
