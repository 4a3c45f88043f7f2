"""Searched keys that the command line gives one value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stagewright.check.loading import Loaded, load
from stagewright.cli.swept_overrides import as_search
from stagewright.errors import RecipeError
from stagewright.recipe.recipe import find
from stagewright.stages.sweep import Choice

PARAMS = {
    "train.model": "choice(small, large)",
    "train.model.width": {"of": "range(1, 5)", "when": "train.model == small"},
    "train.score": "interval(0.4, 1)",
}


def loaded(toy: Any, *words: str, params: dict[str, Any] = PARAMS) -> Loaded:
    return load(find(str(toy.written(toy.swept(params))), str(toy.path)), words)


def domains(found: Loaded) -> dict[str, Any]:
    assert found.checked.sweep is not None
    return {item.key: item.domain for item in found.checked.sweep.space}


def test_a_value_on_the_command_line_is_not_searched(toy: Any) -> None:
    found = loaded(toy, "train.score=0.9")
    assert domains(found)["train.score"] == Choice((0.9,))
    assert len(domains(found)["train.model"].values) == 2
    assert found.note == "train.score=0.9: as said, not searched"
    assert loaded(toy, "train.seconds=0").note == ""


def test_conditions_read_what_is_said(toy: Any) -> None:
    assert domains(loaded(toy, "train.model=small")).keys() == PARAMS.keys()
    assert domains(loaded(toy, "train.model=large")).keys() == {"train.model", "train.score"}
    whole = domains(loaded(toy, "train.model={type: small, width: 7}"))["train.model"]
    assert whole == Choice(({"type": "small", "width": 7},))


def test_a_plugin_is_set_by_its_type_too(toy: Any) -> None:
    found = loaded(toy, "train.model.type=large")
    assert domains(found).keys() == {"train.model", "train.score"}
    assert found.note == "train.model.type=large: as said, not searched"


def test_a_conditional_key_keeps_its_condition(toy: Any) -> None:
    space = loaded(toy, "train.model.width=9").checked.sweep.space  # type: ignore[union-attr]
    width = next(item for item in space if item.key == "train.model.width")
    assert (width.domain, width.when) == (Choice((9,)), "train.model == small")


def test_what_is_said_is_not_repeated(toy: Any) -> None:
    params = {"data.size": "choice(2, 3)", "train.score": "interval(0.4, 1)"}
    assert "data" in loaded(toy, params=params).checked.sweep.repeated  # type: ignore[union-attr]
    assert "data" not in loaded(toy, "data.size=4", params=params).checked.sweep.repeated  # type: ignore[union-attr]


def test_with_every_key_said_there_is_no_sweep(toy: Any) -> None:
    found = loaded(toy, "++train.score=0.9", params={"train.score": "interval(0.4, 1)"})
    assert found.checked.sweep is None
    assert "sweep" not in found.checked.components
    assert found.note == "++train.score=0.9: nothing is left to search, so this run has no sweep"


def test_a_wrong_value_is_said_at_its_word(toy: Any) -> None:
    with pytest.raises(RecipeError) as caught:
        loaded(toy, "train.score=1.5")
    assert str(caught.value).startswith("override 'train.score=1.5' train.score: input should be less than")


def test_a_key_is_not_said_and_searched_at_once(toy: Any) -> None:
    file = find(str(toy.written(toy.swept(PARAMS))), str(toy.path))
    search = as_search(file, ["train.score=interval(0.5,0.6)", "train.score=0.55"])
    assert search is not None
    with pytest.raises(RecipeError) as caught:
        search.load(file)
    said = (
        "override 'train.score=0.55' train.score: the command line searches it, too: leave one of the two out"
    )
    assert str(caught.value) == said


def test_what_is_swept_on_the_command_line_is_no_part_of_what_is_searched(toy: Any) -> None:
    file = find(str(toy.written(toy.swept(PARAMS))), str(toy.path))
    search = as_search(file, ["train.model.type=large,small"])
    assert search is not None
    with pytest.raises(RecipeError) as caught:
        search.load(file)
    assert str(caught.value) == (
        "override 'train.model.type=large,small' sweep.params.train.model.type: 'train.model' is searched, too, and "
        "says it in 'small': leave one of the two out ('train.model' takes names, too: large, small)"
    )
    search = as_search(file, ["train.model.width=1,2"])  # a setting of a plugin beside its name
    assert search is not None
    assert domains(search.load(file))["train.model.width"] == Choice((1, 2))


def test_a_value_says_the_keys_inside_of_it(toy: Any) -> None:
    found = loaded(toy, "train.model={type: small, width: 7}")
    assert found.note == "train.model={type: small, width: 7}: as said, not searched"
    assert domains(found)["train.model.width"] == Choice((7,))
    params = {"train.model.type": "small, large", "train.score": "interval(0.4, 1)"}
    for word in ("train.model=large", "train.model={type: large}", "train.model.type=large"):
        assert domains(loaded(toy, word, params=params))["train.model.type"] == Choice(("large",))
    params["train.model.type"] = "choice(small)"
    assert loaded(toy, "train.model={width: 3}", params=params).note == ""
    assert loaded(toy, "train={type: toy, model: large, score: 0.7}", params=params).checked.sweep is None


def test_a_group_is_said_by_its_file(toy: Any) -> None:
    group = toy.path / "conf" / "train" / "model"
    group.mkdir(parents=True)
    (group / "wide.yaml").write_text("type: small\nwidth: 9\n")
    (group / "deep.yaml").write_text("type: large\ndepth: 9\n")
    params = {"train/model": "wide, deep", "train.score": "interval(0.4, 1)"}
    path: Path = toy.written(toy.swept(params) | {"train": ...})
    path.write_text("defaults:\n- train/model: wide\n- _self_\ntrain: {type: toy}\n" + path.read_text())
    found = load(find(str(path), str(toy.path)), ["train/model=deep"])
    assert domains(found)["train/model"] == Choice(("deep",))
    for word in ("train.model=large", "train.model.type=large"):
        with pytest.raises(
            RecipeError, match=rf"override '{word}' .* searches the files of 'train/model'.*=NAME"
        ):
            load(find(str(path), str(toy.path)), [word])
    path.write_text(path.read_text().replace("train/model: wide, deep", "train.model: small, large"))
    found = load(find(str(path), str(toy.path)), ["train/model=deep"])
    assert domains(found)["train.model"] == Choice(({"type": "large", "depth": 9},))


def test_run_and_check_say_so_in_a_line(toy: Any) -> None:
    toy.written(toy.swept(PARAMS, trials=2))
    said = toy.cli("run", "toy", "train.score=0.9", "train.model=small")
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.startswith("train.score=0.9, train.model=small: as said, not searched\n")
    assert "acc 0.9" in said.stdout
    assert toy.cli("plan", "toy", "train.score=0.9").stdout.startswith(
        "train.score=0.9: as said, not searched\n"
    )
    checked = toy.cli("check", "toy", "train.score=0.9", "train.model=large")
    assert "nothing is left to search, so this run has no sweep\n" in checked.stdout


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"of": "range(1, 5)", "when": "train.model == "}, "ends too early"),
        (3, "not what a search can draw from"),
    ],
)
def test_what_is_wrong_with_another_key_is_said_at_its_place(toy: Any, wrong: Any, said: str) -> None:
    with pytest.raises(RecipeError, match=rf"toy.yaml:\d+:\d+ sweep.params.train.model.width.*{said}"):
        loaded(toy, "train.score=0.9", params={**PARAMS, "train.model.width": wrong})
