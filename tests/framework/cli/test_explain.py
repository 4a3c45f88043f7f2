"""`stagewright explain`: who says a value, who overrides whom, and what the plugin says of it."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest


def told(toy: Any, *words: str, code: int = 0, **environment: str) -> dict[str, Any]:
    ended = toy.cli("explain", "toy", *words, "--format", "json", **environment)
    assert ended.returncode == code, ended.stderr
    return json.loads(ended.stdout)


def by(found: dict[str, Any]) -> list[tuple[str, Any, bool]]:
    return [(item["by"], item["value"], item["in_force"]) for item in found["said"]]


@pytest.fixture
def grouped(toy: Any) -> Any:
    """The toy recipe with its model from a config group, and the group's width said anew by the recipe."""
    group = toy.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "narrow.yaml").write_text("type: small\nwidth: 2\n")
    (group / "wide.yaml").write_text("type: small\nwidth: 64\n")
    path = toy.written({"train.model": {"width": 3}})
    path.write_text("defaults:\n  - /train/model: narrow\n  - _self_\n" + path.read_text())
    return toy


def test_every_layer_in_order_and_the_last_is_in_force(grouped: Any) -> None:
    found = told(grouped, "train.model.width", "train.model.width=8")
    assert by(found) == [
        ("group train/model=narrow", 2, False), ("recipe", 3, False), ("override", 8, True),
    ]  # fmt: skip
    assert (found["value"], found["set"], found["default"], found["type"]) == (8, True, "4", "int")
    assert (found["limits"], found["doc"]) == ([">= 1"], "channels")
    places = [item["place"] for item in found["said"]]
    assert places[0] == "conf/train/model/narrow.yaml:2:1"
    assert places[1].startswith("recipes/toy.yaml:")
    assert places[2] == "override 'train.model.width=8'"


def test_a_group_that_is_chosen_anew_says_the_value(grouped: Any) -> None:
    found = told(grouped, "train.model.width", "train/model=wide")
    assert by(found)[0] == ("group train/model=wide", 64, False)


def test_a_recipe_that_is_inherited_from_and_an_experiment_go_by_their_names(toy: Any) -> None:
    toy.written({"train.model": {"width": 3}})
    (toy.path / "recipes" / "wide.yaml").write_text("defaults: [toy, _self_]\nname: wide\n")
    experiment = toy.path / "conf" / "experiment" / "slow.yaml"
    experiment.parent.mkdir(parents=True)
    experiment.write_text("# @package _global_\ntrain: {model: {width: 9}}\n")
    ended = toy.cli("explain", "wide", "train.model.width", "+experiment=slow", "--format", "json")
    assert by(json.loads(ended.stdout)) == [("recipe toy", 3, False), ("group experiment=slow", 9, True)]


def test_a_default_that_nobody_said_has_the_line_of_the_signature(toy: Any) -> None:
    toy.written()
    found = told(toy, "train.model.width")
    assert (found["set"], found["said"], found["default"]) == (False, [], "4")
    file, line, column = found["default_place"].split(":")
    text = (toy.path / file).read_text().splitlines()[int(line) - 1]
    assert text[int(column) - 1 :].startswith("width:")


def test_interpolations_are_followed_to_the_environment(toy: Any) -> None:
    toy.written({"train.score": "${train.model.width}", "train.model.width": "${oc.env:WIDTH,7}"})
    found = told(toy, "train.score")
    (key,) = found["said"][0]["leads_to"]
    assert (key["by"], key["value"]) == ("key train.model.width", "7")
    (variable,) = key["leads_to"][0]["leads_to"]
    assert (variable["by"], variable["value"]) == ("environment WIDTH (not set: its default)", "7")
    (variable,) = told(toy, "train.model.width", WIDTH="9")["said"][0]["leads_to"]
    assert (variable["by"], variable["value"]) == ("environment WIDTH", "9")


def test_a_cycle_ends_and_is_told_as_a_problem(toy: Any) -> None:
    toy.written({"train.score": "${train.seconds}", "train.seconds": "${train.score}"})
    found = told(toy, "train.score", code=2)
    assert "refers to itself" in found["problems"][0]["message"]


def test_an_override_that_cannot_be_applied_is_told(toy: Any) -> None:
    toy.written({"train.model": {"type": "small", "width": 6}})
    ended = toy.cli("explain", "toy", "train.model.width", "train.model.width=3=4")
    assert ended.returncode == 2
    assert ended.stdout.startswith("train.model.width: 6\n")
    assert ended.stderr.startswith("override 'train.model.width=3=4' is not an override")
    (problem,) = told(toy, "train.model.width", "train.model.width=3=4", code=2)["problems"]
    assert problem["place"] == "override 'train.model.width=3=4'"


def test_text_is_told_from_numbers(toy: Any) -> None:
    path = toy.written({"train.model.width": 7})
    for written, value in [("7", 7), ("'7'", "7"), ("1e-3", 0.001), ("null", None), ("true", True)]:
        path.write_text(re.sub("width: .*", f"width: {written}", path.read_text()))
        assert by(told(toy, "train.model.width")) == [("recipe", value, True)]
    typed = [("width='7'", "7"), ("width=7", 7), ("width=1e-3", 0.001), ("width=null", None)]
    for word, value in typed:
        assert by(told(toy, "train.model.width", f"train.model.{word}"))[-1] == ("override", value, True)


def test_what_is_removed_is_told(toy: Any) -> None:
    toy.written({"train.score": 0.4})
    found = told(toy, "train.score", "~train.score")
    assert by(found) == [("recipe", 0.4, False), ("override", "(removed)", True)]
    assert not found["set"]


def test_plugins_sections_lists_and_models_are_told(toy: Any) -> None:
    toy.written({"metrics": ["acc"]})
    model = told(toy, "train.model")
    assert (model["type"], model["choices"], model["keys"]) == (
        "train.model plugin",
        _models(model),
        ["type", "width"],
    )
    assert {"small", "large"} <= set(model["choices"])
    assert "score" in told(toy, "train")["keys"]
    assert told(toy, "metrics[0]")["type"] == "metrics.metric plugin"
    assert told(toy, "metrics")["type"] == "list of metrics.metric plugins"
    target = told(toy, "objective.kpis[0].target")
    assert (target["type"], target["value"]) == ("float", 1)
    policy = told(toy, "framing.policy")
    assert (policy["choices"], policy["default"]) == (["in_order", "side_by_side"], "in_order")
    assert told(toy, "framing.budget")["keys"] == ["wall_minutes", "train_minutes", "memory_gb"]
    assert told(toy, "evaluate.review.required")["default"] == "false"


def test_types_are_told_in_the_words_of_a_recipe(toy: Any) -> None:
    toy.written()
    types = {key: told(toy, key)["type"] for key in ("framing.success", "objective.kpis", "framing.budget")}
    assert types == {
        "framing.success": "list[str]",
        "objective.kpis": "list[mapping]",
        "framing.budget": "mapping",
    }


def _models(found: dict[str, Any]) -> list[str]:
    return sorted(found["choices"])


@pytest.mark.parametrize(
    ("key", "near"),
    [("train.modl", "train.model"), ("train.width", "train.model.width"), ("trian.model", "train"), ("train.model.widht", "train.model.width"),
     ("objective.kpis[0].targt", "objective.kpis[0].target")],
)  # fmt: skip
def test_a_wrong_key_gets_the_nearest_right_one(toy: Any, key: str, near: str) -> None:
    toy.written()
    ended = toy.cli("explain", "toy", key)
    assert ended.returncode == 2
    assert ended.stderr == f"{key}: nobody knows this key, did you mean {near!r}?\n"


def test_a_recipe_with_problems_is_explained_all_the_same(toy: Any) -> None:
    toy.written({"train.scroe": 1, "train.score": "three"})
    found = told(toy, "train.scroe")
    assert found["set"]
    assert "no plugin has such a setting" in found["doc"]
    assert told(toy, "train.score")["value"] == "three"


def test_people_read_lines(grouped: Any) -> None:
    ended = grouped.cli("explain", "toy", "train.model.width", "train.model.width=8")
    lines = ended.stdout.splitlines()
    assert lines[0] == "train.model.width: 8"
    assert (
        lines[1] == "  set by    group train/model=narrow: 2  (overridden)  conf/train/model/narrow.yaml:2:1"
    )
    assert "  default   4  plugins/train/model/small.py:8:29" in lines
    assert "  limits    >= 1" in lines


@pytest.mark.parametrize(
    ("words", "flag"),
    [
        (("check", "toy"), "--fromat"),
        (("explain", "toy", "train.model"), "--fromat"),
        (("explain", "toy", "train.model"), "-m"),
    ],
)
def test_a_flag_that_there_is_not_is_refused(words: tuple[str, ...], flag: str, toy: Any) -> None:
    toy.written()
    ended = toy.cli(*words, flag, "json")
    said = f"there is no flag {flag!r} here; --help lists those there are\n"
    assert (ended.returncode, ended.stderr) == (2, said)


def test_without_a_key_the_usage_is_told(toy: Any) -> None:
    assert toy.cli("explain").returncode == 2
    assert "usage: stagewright explain" in toy.cli("explain", "--help").stdout


def test_what_a_preset_said_for_a_plugin_that_was_swapped_is_not_in_force(grouped: Any) -> None:
    path = grouped.path / "recipes" / "toy.yaml"
    path.write_text(path.read_text().replace("    width: 3\n", "    depth: 3\n"))
    found = told(grouped, "train.model.width", "train.model.type=large")
    assert (found["set"], by(found)) == (False, [("group train/model=narrow", 2, False)])
