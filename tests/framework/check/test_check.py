"""Checking: every kind of mistake, all at once, at the key where the recipe says it."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.check.conditions import condition_problems
from stagewright.errors import RecipeError
from stagewright.recipe.overlay import overlaid


def problems(toy: Any, changes: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(RecipeError) as error:
        toy.check(changes)
    return {item.key: item.message for item in error.value.problems}


def test_the_toy_recipe_is_right(toy: Any) -> None:
    checked = toy.check()
    assert list(checked.components) == [
        "objective", "framing", "data", "metrics", "baseline", "train", "evaluate",
    ]  # fmt: skip
    assert checked.metric_keys == ("acc",)


def test_null_takes_back_what_another_plugin_was_told(toy: Any) -> None:
    """A file laid over another can name another plugin, and cannot take a key away."""
    checked = toy.check({"train.model": {"type": "large", "width": None}})
    assert checked.components["train"].settings["model"].spec() == {"type": "large", "depth": 4}
    toy.plugin(
        "train/model/broken.py", "def broken(:"
    )  # one that the recipe does not name is nobody's mistake
    assert toy.check({"train.model": {"type": "large", "width": None}}).components["train"].settings["model"]


@pytest.mark.parametrize(
    ("changes", "key", "said"),
    [
        ({"train.modell": {"type": "small"}}, "train.modell", "did you mean 'model'"),
        ({"train.model.widht": 3}, "train.model.widht", "did you mean 'width'"),
        ({"train.model.widht": None}, "train.model.widht", "did you mean 'width'"),
        ({"train.model.width": "3"}, "train.model.width", "valid integer, got '3'"),
        ({"train.model.width": 0}, "train.model.width", "greater than or equal to 1"),
        ({"train.model.width": True}, "train.model.width", "valid integer, got True"),
        ({"train.model.type": "smal"}, "train.model.type", "did you mean 'small'"),
        ({"train.model": ...}, "train.model", "needs a value (train.model plugin)"),
        ({"train.model": 3}, "train.model", "expected a mapping"),
        ({"train.score": 1.5}, "train.score", "less than or equal to 1"),
        ({"trian": {}}, "trian", "did you mean 'train'"),
        ({"data": ...}, "data", "a recipe needs the section"),
        ({"seed": "x"}, "seed", "expected int"),
        ({"name": "../up"}, "name", "letters, digits"),
        ({"metrics": {"type": "toy", "of": ["elsewhere"]}}, "metrics.of[0].type", "does not fit the task 'toy'"),
        ({"metrics": {"type": "toy", "of": ["acc", "accc"]}}, "metrics.of[1].type", "did you mean 'acc'"),
        ({"framing.success": ["accc >= 0.4"]}, "framing.success[0]", "did you mean 'acc'"),
        ({"framing.success": ["acc + 1"]}, "framing.success[0]", "not a condition"),
        ({"framing.success": ["acc >= "]}, "framing.success[0]", "'acc >= '"),
        ({"framing.budget": {"wall_minuets": 3}}, "framing.budget.wall_minuets", "'wall_minutes'"),
        ({"framing.milestones": [{"name": "a", "date": "soon", "expect": "acc > 0"}]},
         "framing.milestones[0].date", "date"),
        ({"objective.baseline.scor": 3}, "objective.baseline.scor", "did you mean 'score'"),
        ({"evaluate.review": {"required": "yes"}}, "evaluate.review.required", "boolean"),
        ({"train": ...}, "evaluate", "needs the section `train`"),
        ({"compress": {"type": "nothing"}}, "compress.type", "no compress plugin 'nothing'"),
    ],
)  # fmt: skip
def test_one_mistake_is_found_at_its_key(toy: Any, changes: dict[str, Any], key: str, said: str) -> None:
    found = problems(toy, changes)
    assert key in found, found
    assert said in found[key]


def test_all_mistakes_come_at_once(toy: Any) -> None:
    found = problems(
        toy,
        {
            "train.modell": 1,
            "train.score": "high",
            "data.sise": 3,
            "framing.success": ["nope > 1"],
            "objective.kpis": [
                {"name": "k", "baseline": 1, "target": "low", "direction": "down", "estimate": "1"}
            ],
            "extra": 1,
        },
    )
    assert {"train.modell", "train.score", "data.sise", "extra"} <= found.keys()
    assert {"objective.kpis[0].target", "objective.kpis[0].direction"} <= found.keys()


def test_a_setting_one_level_too_high_is_pointed_at(toy: Any) -> None:
    found = problems(toy, {"train.width": 3, "framing.wall_minutes": 5, "evaluate.required": True})
    assert found["train.width"].endswith("it stands deeper: write train.model.width")
    assert found["framing.wall_minutes"].endswith("it stands deeper: write framing.budget.wall_minutes")
    assert found["evaluate.required"].endswith("it stands deeper: write evaluate.review.required")
    assert "did you mean 'model'" in problems(toy, {"train.modell": 3})["train.modell"]
    assert "deeper" not in problems(toy, {"train.depth": 3})["train.depth"]  # of a model that is not chosen


def test_a_mistake_inside_an_approach_is_found_in_the_approach(toy: Any) -> None:
    approaches = [
        {"name": "a", "reason": "r", "train": {"model": {"type": "large", "dept": 3}}},
        {"name": "a", "reason": "r", "train": {"sore": 1}},
    ]
    found = problems(toy, {"framing.approaches": approaches})
    assert "did you mean 'depth'" in found["framing.approaches[0].train.model.dept"]
    assert "framing.approaches[1].train.sore" in found
    assert "taken by another approach" in found["framing.approaches[1].name"]


def test_a_mistake_in_train_is_said_once_not_per_approach(toy: Any) -> None:
    approaches = [{"name": name, "reason": "r"} for name in ("a", "b")]
    with pytest.raises(RecipeError) as error:
        toy.check({"framing.approaches": approaches, "train.sore": 1})
    assert [item.key for item in error.value.problems].count("train.sore") == 1


def test_another_type_replaces_the_settings_of_the_old_one() -> None:
    base = {"model": {"type": "small", "width": 3}, "score": 1}
    assert overlaid(base, {"model": {"type": "large"}}) == {"model": {"type": "large"}, "score": 1}
    assert overlaid(base, {"model": {"width": 5}}) == {"model": {"type": "small", "width": 5}, "score": 1}


def test_a_plugin_that_raises_on_its_settings_is_a_problem_not_a_crash(toy: Any) -> None:
    path = toy.path / "plugins" / "framing" / "task" / "toy.py"
    path.write_text(path.read_text().replace("one = ", "raise ValueError('bad size')\n    one = "))
    assert "ValueError: bad size" in problems(toy, {})["framing"]


def test_conditions_name_what_exists() -> None:
    assert list(condition_problems("iou >= 0.5 and dice > 0.1", ["iou", "dice"])) == []
    assert "no listed metric gives" in next(condition_problems("io >= 0.5", ["iou", "dice"]))


RANGED = """
    '''Metrics of a known range.'''
    from stagewright.stages import metrics
    from stagewright.stages.metrics import Inputs, MetricSet, MetricSpec

    @metrics.stage
    def ranged(inputs: Inputs, /) -> MetricSet:
        return MetricSet((MetricSpec("acc", {"type": "acc"}, ("acc",), "maximize", 0, 1),))
"""


def test_a_condition_that_can_never_hold_is_an_error_one_that_always_does_a_warning(toy: Any) -> None:
    toy.plugin("metrics/ranged.py", RANGED)
    promise = {"name": "m", "date": "2030-01-01", "expect": "acc > 1"}
    found = problems(
        toy,
        {"metrics.type": "ranged", "framing.success": ["acc >= 80"], "framing.milestones": [promise]},
    )
    assert found["framing.success[0]"].startswith("'acc >= 80' can never hold: acc is from 0 to 1")
    assert "can never hold" in found["framing.milestones[0].expect"]
    checked = toy.check({"metrics.type": "ranged", "framing.success": ["acc >= 0", "acc > 0.2"]})
    (warning,) = checked.warnings
    assert (warning.key, warning.severity) == ("framing.success[0]", "warning")
    assert "holds for every model" in warning.message


def test_a_list_stands_for_the_standard_stage_and_errors_name_the_list(toy: Any) -> None:
    assert (
        "did you mean 'iou'"
        in problems(toy, {"metrics": [{"type": "dice"}, {"type": "ioou"}]})["metrics[1].type"]
    )


def test_an_approach_of_another_type_has_settings_of_its_own(toy: Any) -> None:
    """`train` names no type, so it is the default one; its settings are not the other plugin's."""
    other = {"name": "other", "reason": "another way", "train": {"type": "toy", "model": {"type": "small"}}}
    checked = toy.check(
        {
            "train": {"max_epochs": 2, "model": {"type": "small"}},
            "framing.approaches": [other, {"name": "own", "reason": "the usual way", "train": {}}],
        }
    )
    types = {name: part.type for name, part in checked.components.items() if name.startswith("train/")}
    assert types == {"train/other": "toy", "train/own": "lightning"}
