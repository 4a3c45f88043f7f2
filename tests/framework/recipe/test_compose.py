"""Composition by Hydra into plain values, with every problem at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hydra.core.utils import setup_globals
from omegaconf import OmegaConf

from stagewright.errors import RecipeError
from stagewright.recipe.compose import Composed, compose
from stagewright.recipe.recipe import find

Compose = Callable[..., Composed]


@pytest.fixture
def composed(tmp_path: Path) -> Compose:
    def run(files: Mapping[str, str] | str, *overrides: str) -> Composed:
        files = {"recipes/r.yaml": files} if isinstance(files, str) else files
        for name, text in files.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(text.encode("utf-8", "surrogateescape"))
        return compose(find("r", str(tmp_path)), overrides)

    return run


def said(result: Composed) -> list[str]:
    return [str(problem) for problem in result.problems]


def refused(composed: Compose, *args: object) -> list[str]:
    """The problems, whether anything could be composed beside them or not."""
    try:
        lines = said(composed(*args))
    except RecipeError as error:
        return str(error).splitlines()
    assert lines
    return lines


def test_values_and_interpolations_come_plain(composed: Compose) -> None:
    result = composed("a: {b: 2}\nc: ${a.b}\nd: [1, '${a.b}']\n")
    assert result.config == {"a": {"b": 2}, "c": 2, "d": [1, 2]}
    assert type(result.config["a"]) is dict


def test_groups_come_from_beside_the_recipe_then_conf(composed: Compose) -> None:
    files = {
        "recipes/r.yaml": "defaults: [train/model: a, _self_]\ntrain: {lr: 1}\n",
        "conf/train/model/a.yaml": "type: from_conf\n",
    }
    assert composed(files).config == {"train": {"model": {"type": "from_conf"}, "lr": 1}}
    files["recipes/train/model/a.yaml"] = "type: from_beside\n"
    assert composed(files).config["train"]["model"] == {"type": "from_beside"}


def test_a_group_is_chosen_by_override(composed: Compose) -> None:
    files = {
        "recipes/r.yaml": "defaults: [train/model: a, _self_]\n",
        "conf/train/model/a.yaml": "type: a\n",
        "conf/train/model/b.yaml": "type: b\n",
        "conf/extra/x.yaml": "y: 1\n",
    }
    assert composed(files, "train/model=b").config == {"train": {"model": {"type": "b"}}}
    assert composed(files, "+extra=x").config["extra"] == {"y": 1}


def test_a_plain_override_may_set_what_the_recipe_does_not_say(composed: Compose) -> None:
    assert composed("a: {b: 1}\n", "a.c=3", "a.b=2", "+d=4").config == {"a": {"b": 2, "c": 3}, "d": 4}


def test_a_tilde_removes(composed: Compose) -> None:
    assert composed("a: {b: 1, c: 2}\n", "~a.b").config == {"a": {"c": 2}}


def test_every_problem_at_once(composed: Compose) -> None:
    result = composed(
        "a: ${no.where}\nb: ???\nc: [1, '${oc.env:NOT_SET_ANYWHERE}']\nd: 4\nwhere: {here: 1}\n",
        "~zz", "bad", "d=1,2", "x/y=z",
    )  # fmt: skip
    lines = said(result)
    assert any("'${no.where}' refers to 'no.where', which is not there" in line for line in lines)
    assert any(line.startswith("b: missing value") for line in lines)
    assert any(line.startswith("c[1]: ") and "NOT_SET_ANYWHERE is not set" in line for line in lines)
    assert any("override '~zz' zz: cannot be removed: it is not there" in line for line in lines)
    assert any("override 'bad' is not an override" in line for line in lines)
    assert any("override 'd=1,2' has several values: add -m" in line for line in lines)
    assert any("override 'x/y=z' there is no config group 'x/y'" in line for line in lines)
    assert result.config == {"c": [1], "d": 4, "where": {"here": 1}}  # what is right is still there


def test_what_follows_from_a_found_problem_is_not_told_twice(composed: Compose) -> None:
    result = composed("a:\n  b: ???\n")
    assert result.explains(("a", "b"))
    assert result.explains(("a", "b", "c"))
    assert not result.explains(("a",))


@pytest.mark.parametrize("text", ["a: ${a}\n", "a: ${b}\nb: ${a}\n"])
def test_a_cycle_is_named(composed: Compose, text: str) -> None:
    assert "a: '${" in said(composed(text))[0]
    assert "refers to itself" in said(composed(text))[0]


def test_all_missing_groups_are_named_with_their_lines(composed: Compose) -> None:
    lines = refused(
        composed,
        {
            "recipes/r.yaml": "defaults:\n  - train/model: unt\n  - nope: x\n  - _self_\n",
            "conf/train/model/unet.yaml": "type: unet\n",
        },
    )
    assert lines[0].endswith("r.yaml:2:5 defaults.train/model: no config 'unt', did you mean 'unet'?")
    assert lines[1].endswith("r.yaml:3:5 defaults.nope: there is no config group 'nope'")


def test_an_override_of_a_group_that_is_not_in_the_list_says_how_to_add_it(composed: Compose) -> None:
    files = {"recipes/r.yaml": "a: 1\n", "conf/train/model/unet.yaml": "type: unet\n"}
    line = refused(composed, files, "train/model=unet")[0]
    assert line.startswith("override 'train/model=unet'")
    assert "'+train/model=unet'" in line


def test_a_missing_option_on_the_command_line_is_named(composed: Compose) -> None:
    files = {
        "recipes/r.yaml": "defaults: [train/model: unet, _self_]\n",
        "conf/train/model/unet.yaml": "type: unet\n",
    }
    line = refused(composed, files, "train/model=unett")[0]
    assert (
        line == "override 'train/model=unett' defaults.train/model: no config 'unett', did you mean 'unet'?"
    )


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", "r.yaml:3:2 is not valid YAML"),
        ("a: 1\na: 2\n", "r.yaml:2:1 is not valid YAML: found duplicate key a"),
        ("a:\n\t- 1\n", "r.yaml:2:1 is not valid YAML"),
        ("- a\n- b\n", "r.yaml:1:1 holds a list"),
        ("a: b\nc: \udce9\n", "r.yaml:2:4 is not UTF-8 text"),
        ("a: " + "[" * 3000 + "]" * 3000, "r.yaml:1:53 is nested too deeply"),
        ("a: !!python/object/apply:os.system [ls]\n", "r.yaml:1:4 the YAML tag '!!python/object/apply"),
        ("a: 1\nb: {c: '${'}\n", "r.yaml:2:8 '${' is not an interpolation"),
    ],
)
def test_what_is_not_yaml_is_named_with_its_line(composed: Compose, text: str, ends: str) -> None:
    lines = refused(composed, text)
    assert len(lines) == 1
    assert ends in lines[0]


def test_tabs_get_advice(composed: Compose) -> None:
    assert "indent with spaces, not tabs" in refused(composed, "a:\n\t- 1\n")[0]


@pytest.mark.parametrize(
    "text",
    [
        "hydra: {searchpath: [pkg://os]}\n",
        "hydra: {launcher: {_target_: os.system}}\n",
        "hydra: {callbacks: {x: {_target_: os.system}}}\n",
        "hydra: {job_logging: {handlers: {x: {(): os.system}}}}\n",
    ],
)
def test_a_recipe_cannot_name_code_through_hydras_own_node(composed: Compose, text: str) -> None:
    assert "a recipe cannot say this about Hydra" in said(composed(text))[0]


def test_a_recipe_may_say_what_to_sweep(composed: Compose) -> None:
    result = composed("hydra: {sweeper: {params: {a: '1,2'}}}\na: 1\n")
    assert not result.problems
    assert result.config == {"a": 1}


def test_a_defaults_list_without_self_is_refused(composed: Compose) -> None:
    files = {"recipes/r.yaml": "defaults: [x: y]\na: 1\n", "conf/x/y.yaml": "a: 1\n"}
    assert "add `- _self_` as the last entry" in said(composed(files))[0]


def test_look_ups_are_remembered_missing_files_too(composed: Compose) -> None:
    files = {"recipes/r.yaml": "defaults: [x: y, _self_]\n", "conf/x/y.yaml": "a: 1\n"}
    looked_up = composed(files).looked_up
    assert any(path.endswith("conf/x/y.yaml") for path in looked_up)
    assert any(path.endswith("recipes/x/y.yaml") for path in looked_up)  # would shadow, were it there


@pytest.mark.parametrize(
    "recipe", ["model: {width: 1}\nseed: 1\n", "defaults: [model: a, _self_]\nseed: 1\n"]
)
def test_a_tilde_removes_a_group_or_the_key_of_its_name(composed: Compose, recipe: str) -> None:
    files = {"recipes/r.yaml": recipe, "conf/model/a.yaml": "width: 2\n"}
    assert composed(files, "~model").config == {"seed": 1}


@pytest.mark.parametrize("text", ["${hydra:runtime.cwd}", "${now:%Y}", "${mine:1}"])
def test_resolvers_that_others_added_to_the_process_are_unknown(composed: Compose, text: str) -> None:
    setup_globals()  # what Hydra does before it runs
    OmegaConf.register_new_resolver("mine", lambda value: value, replace=True)
    try:
        (line,) = refused(composed, f"a: '{text}'\nb: ${{oc.env:HOME}}\n")
        assert f"there is no resolver '{text[2:].partition(':')[0]}'" in line
        assert OmegaConf.has_resolver("mine")
    finally:
        OmegaConf.clear_resolver("mine")


PRESET = {"conf/train/model/deep.yaml": "type: unet\ndepth: 4\ninner: {type: a, x: 1}\n"}


@pytest.mark.parametrize(
    ("recipe", "overrides", "expected"),
    [
        ("", ("train.model.type=deeplab",), {"type": "deeplab"}),
        ("train: {model: {type: deeplab, width: 3}}", (), {"type": "deeplab", "width": 3}),
        ("train: {model: {type: deeplab, depth: 3}}", (), {"type": "deeplab", "depth": 3}),
        ("train: {model: {width: 3}}", ("train.model.type=b",), {"type": "b", "width": 3}),
        ("", ("train.model.type=b", "train.model.depth=5"), {"type": "b", "depth": 5}),
        ("", ("train.model.inner.type=b",), {"type": "unet", "depth": 4, "inner": {"type": "b"}}),
        ("", ("train.model.depth=5",), {"type": "unet", "depth": 5, "inner": {"type": "a", "x": 1}}),
        ("", ("train.model=b",), "b"),
    ],
)
def test_a_swapped_plugin_leaves_no_settings_of_a_preset(
    composed: Compose, recipe: str, overrides: tuple[str, ...], expected: object
) -> None:
    files = PRESET | {"recipes/r.yaml": f"defaults: [train/model: deep, _self_]\n{recipe}\n"}
    result = composed(files, *overrides)
    assert (result.config["train"]["model"], result.problems) == (expected, ())


def test_what_the_recipe_says_for_the_old_plugin_stays(composed: Compose) -> None:
    files = PRESET | {"recipes/r.yaml": "defaults: [_self_]\ntrain: {model: {type: a, width: 3}}\n"}
    model = composed(files, "+train/model=deep").config["train"]["model"]
    assert model == {"type": "unet", "width": 3, "depth": 4, "inner": {"type": "a", "x": 1}}


def test_what_an_inherited_recipe_says_is_no_preset(composed: Compose) -> None:
    files = {
        "recipes/base.yaml": "train: {model: {type: a, width: 3}}\n",
        "recipes/r.yaml": "defaults: [base, _self_]\ntrain: {model: {type: b}}\n",
    }
    assert composed(files).config["train"]["model"] == {"type": "b", "width": 3}
