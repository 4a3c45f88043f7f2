"""Swept keys: each is held against the schema, with its conditions and all its values."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.errors import RecipeError


def problems(toy: Any, params: dict[str, Any], **settings: Any) -> str:
    with pytest.raises(RecipeError) as caught:
        toy.check({"sweep": {"type": "toy", "params": params, **settings}})
    return str(caught.value)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            {"train.score": "interval(0, 1.5)"},
            "sweep.params.train.score: input should be less than or equal to 1",
        ),
        ({"train.scores": "interval(0, 1)"}, "did you mean 'score'?"),
        ({"train.model": "choice(small, lage)"}, "did you mean 'large'?"),
        ({"train.model.width": [1, "wide"]}, "got 'wide'"),
        ({"seed.x": "range(1, 3)"}, "which has no settings"),
        (
            {"data.size": "interval(1, 2)"},
            "data.size: takes whole numbers: write int(interval(1, 2)), or a range",
        ),
        ({"data.size": "tag(log, interval(1, 9))"}, "write int(tag(log, interval(1, 9))), or a range"),
        ({"evaluate.note": "a, b"}, "a trial ends with `train`"),
        ({"name": "a, b"}, "'name' cannot be swept"),
        ({"train/model": "a, b"}, "from a recipe's file only"),
        ({}, "nothing to search"),
        (
            {"train.model": "choice(small, large)", "train.model.width": "range(1, 4)"},
            "with train.model=large: unknown setting",
        ),
        (
            {
                "train.model": "choice(small, large)",
                "train.score": {"of": "0.1, 0.2", "when": "train.model == smal"},
            },
            "did you mean 'small'?",
        ),
        (
            {
                "train.model": "choice(small, large)",
                "train.score": {"of": "0.1, 0.2", "when": "train.modl == small"},
            },
            "'train.modl', which is not swept, did you mean 'train.model'?",
        ),
        (
            {"data.size": "range(1, 5)", "train.score": {"of": "0.1, 0.2", "when": "data.size > 9"}},
            "never holds",
        ),
        (
            {
                "data.size": {"of": "range(1, 5)", "when": "train.score > 0"},
                "train.score": {"of": "0.1, 0.2", "when": "data.size > 1"},
            },
            "goes in a circle",
        ),
        (
            {"train.model.type": "choice(small, large)", "train.model.width": "range(1, 4)"},
            "with train.model.type=large: unknown setting",
        ),
    ],
)
def test_swept_keys_are_held_against_the_schema(toy: Any, params: dict[str, Any], said: str) -> None:
    assert said in problems(toy, params)


@pytest.mark.parametrize(
    ("params", "said"),
    [
        (
            {"train.model": "small, large", "train.model.type": "large, small"},
            "type: 'train.model' is searched, too, and says it in 'small': leave one of the two out "
            "('train.model' takes names, too: large, small)",
        ),
        (
            {"train.model": ["small", {"type": "large"}], "train.model.type": ["large"]},
            "type: 'train.model' is searched, too, and says it in 'small': leave one of the two out "
            "('train.model' takes names, too: large)",
        ),
        (
            {"train.model": [{"type": "small", "width": 3}, "small"], "train.model.width": "1, 2"},
            "width: 'train.model' is searched, too, and says it in {'type': 'small', 'width': 3}: "
            "leave it out there, or this key",
        ),
        (
            {"train": [{"type": "toy", "model": "small"}], "train.model": "small, large"},
            "model: 'train' is searched, too, and says it in {'type': 'toy', 'model': 'small'}: "
            "leave it out there, or this key",
        ),
        (
            {"train.model.width": "1, 2", "train.model[width]": "3, 4"},
            "[width]: 'train.model.width' is searched, too, and is the same key: leave one of the two out",
        ),
    ],
)
def test_no_two_swept_keys_say_the_same(toy: Any, params: dict[str, Any], said: str) -> None:
    assert problems(toy, params).partition(".train.")[2].endswith(said)
    assert "\n" not in problems(toy, params)


@pytest.mark.parametrize(
    "params",
    [
        {"train.model": ["small", {"type": "small"}], "train.model.width": "1, 2"},
        {
            "train.model": [{"type": "small", "width": 3}, {"type": "large"}],
            "train.model.depth": {"of": "1, 2", "when": "train.model == large"},
        },
        {"train": [{"model": "small"}, {"score": 0.7}], "train.model.width": "1, 2"},
        {
            "train.model.type": "small, large",
            "train.model.width": {"of": "1, 2", "when": "train.model.type == small"},
        },
        {
            "seed": "1, 2",
            "train.model": {"of": "small, large", "when": "seed == 1"},
            "train.model.type": {"of": "small, large", "when": "seed == 2"},
        },
    ],
)
def test_keys_of_which_one_stands_below_another_may_be_searched_together(
    toy: Any, params: dict[str, Any]
) -> None:
    assert toy.check({"sweep": {"type": "toy", "params": params}}).sweep is not None


@pytest.mark.parametrize("entry", [{"low": 1e-4, "high": 1e-2}, 0.01, {"of": 3}, {}])
def test_what_is_no_domain_is_one_line_that_shows_what_to_write(toy: Any, entry: Any) -> None:
    (line,) = problems(toy, {"train.score": entry}).splitlines()
    assert line.startswith("sweep.params.train.score: not what a search can draw from: write `tag(log, ")
    assert "{of: ..., when: ...}" in line
    assert line.endswith(f", got {entry}")


def test_a_misspelt_key_beside_of_gets_the_nearest(toy: Any) -> None:
    (line,) = problems(toy, {"train.score": {"of": "0.1, 0.2", "whn": "x"}}).splitlines()
    assert line == "sweep.params.train.score.whn: unknown key, did you mean 'when'?"


def test_the_measured_step_must_be_there(toy: Any) -> None:
    said = problems(toy, {"train.score": "interval(0, 1)"}, measure="compress")
    assert "sweep.measure: the recipe has no section 'compress'" in said


def test_a_sweep_that_is_right(toy: Any) -> None:
    params = {
        "train.model": "choice(small, large)",
        "train.model.width": {"of": "range(1, 9)", "when": "train.model == small"},
        "seed": "range(0, 5)",
    }
    plan = toy.check({"sweep": {"type": "toy", "params": params}}).sweep
    assert plan is not None
    assert [item.key for item in plan.space] == ["seed", "train.model", "train.model.width"]
    assert plan.repeated == {"data", "train"}


def test_a_wrong_key_is_said_at_its_line(toy: Any) -> None:
    path = toy.written({"sweep": {"type": "toy", "params": {"train.scores": "interval(0, 1)"}}})
    line = next(i for i, text in enumerate(path.read_text().splitlines(), 1) if "train.scores" in text)
    ended = toy.cli("check", "toy")
    assert ended.returncode == 2
    assert f"recipes/toy.yaml:{line}:5 sweep.params.train.scores: " in ended.stderr


def test_config_groups_are_swept(toy: Any) -> None:
    group = toy.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "wide.yaml").write_text("type: small\nwidth: 9\n")
    (group / "deep.yaml").write_text("type: large\ndepth: 9\n")
    path = toy.written(
        {"train": ..., "sweep": {"type": "toy", "params": {"train/model": "glob([wide, deep])"}}}
    )
    rest = path.read_text()
    path.write_text("defaults:\n- train/model: wide\n- _self_\ntrain: {type: toy}\n" + rest)
    ended = toy.cli("run", "toy")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "model=wide" in ended.stdout
    assert "model=deep" in ended.stdout
    assert toy.cli("check", "toy").returncode == 0
    (group / "deep.yaml").write_text("type: large\ndept: 9\n")  # found though the last verdict was kept
    assert "did you mean 'depth'?" in toy.cli("check", "toy").stderr
    path.write_text(path.read_text().replace("glob([wide, deep])", "wide, dep"))
    assert "no config 'dep'" in toy.cli("check", "toy").stderr


def test_a_group_and_what_its_files_say(toy: Any) -> None:
    group = toy.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "wide.yaml").write_text("type: small\nwidth: 9\n")
    (group / "narrow.yaml").write_text("type: small\nwidth: 1\n")
    (group / "deep.yaml").write_text("type: large\ndepth: 9\n")

    def check(params: dict[str, Any]) -> str:
        path = toy.written({"train": ..., "sweep": {"type": "toy", "params": params}})
        start = "defaults:\n- train/model: wide\n- _self_\ntrain: {type: toy}\n"
        path.write_text(start + path.read_text())
        return toy.cli("check", "toy").stderr

    said = check({"train/model": "wide, deep", "train.model.type": "small, large"})
    assert "'train/model' is searched, too, and its files say it: leave one of the two out" in said
    said = check({"train/model": "wide, narrow", "train.model": "small, large"})
    assert "train.model: 'train/model' is searched, too, and is the same key" in said
    assert check({"train/model": "wide, narrow", "train.model.width": "1, 2"}) == ""


def test_a_key_below_a_plugin_that_the_recipe_leaves_at_its_default(toy: Any) -> None:
    source = (toy.path / "plugins" / "train" / "toy.py").read_text()
    source = source.replace("model: ModelChoice,", 'model: ModelChoice = use("small", width=6),')
    toy.plugin(
        "train/toy.py",
        "from stagewright.contract import use\n" + source.replace("'''Toy training", "'''A", 1),
    )
    changes = {"train.model": ..., "sweep": {"type": "toy", "params": {"train.model.width": "range(1, 5)"}}}
    assert toy.check(changes).components["train"].settings["model"].settings["width"] == 6
    assert toy.run(changes).record["sweep"]["settings"]["train.model.width"] in range(1, 5)
    assert "did you mean 'width'?" in problems_of(toy, {"train.model": {"widht": 3}})


def problems_of(toy: Any, changes: dict[str, Any]) -> str:
    with pytest.raises(RecipeError) as caught:
        toy.check(changes)
    return str(caught.value)
