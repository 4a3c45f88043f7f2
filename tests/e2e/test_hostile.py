"""Recipes, plugin names, overrides and artifacts that mean harm: nothing of theirs runs, nothing outside is touched."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from running import Project
from stagewright.cli import main

Hostile = Callable[..., str]

CANARY = "stagewright_canary"
RECIPE = """\
objective: {problem: p, owner: lab, kpis: [{name: k, baseline: 1, target: 0, direction: minimize, estimate: 1 - iou_mean}]}
framing: {task: {type: segmentation, classes: [a, b], size: [64, 64]}}
data: {source: {type: image_folder, path: .}}
metrics: [iou]
train: {model: {type: unet}}
evaluate: {slices: [brightness]}
"""
CALL = f"{CANARY}.fire"
BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in pairwise("abcdefghijk")
)

# what is put before the recipe, what is replaced in it, by what
RECIPES: dict[str, tuple[str, str, str]] = {
    "_target_ at the top": (f"_target_: {CALL}\n", "", ""),
    "_target_ of a model": ("", "{type: unet}", f"{{_target_: {CALL}}}"),
    "_target_ beside a type": ("", "{type: unet}", f"{{type: unet, _target_: {CALL}}}"),
    "_args_, _partial_ and _recursive_": ("", "{type: unet}", f"{{type: unet, _partial_: true, _args_: [{CALL}], _recursive_: true}}"),
    "a dotted type": ("", "type: unet", f"type: {CALL}"),
    "an entry point's syntax": ("", "type: unet", f"type: '{CANARY}:fire'"),
    "a path as a type": ("", "type: unet", "type: ../../../outside/evil"),
    "an absolute path as a type": ("", "type: unet", "type: /outside/evil"),
    "a slash in a type": ("", "type: unet", "type: sub/evil"),
    "NUL in a type": ("", "type: unet", 'type: "unet\\0"'),
    "a line's end in a type": ("", "type: unet", 'type: "unet\\nevil"'),
    "escape signs in a type": ("", "type: unet", 'type: "\\e]0;owned\\a\\e[2J"'),
    "a dunder type": ("", "type: unet", "type: __init__"),
    "a private module as a type": ("", "type: unet", "type: _blocks"),
    "python/name": ("", "owner: lab", f"owner: !!python/name:{CALL} ''"),
    "python/object/apply": ("", "owner: lab", f"owner: !!python/object/apply:{CALL} []"),
    "python/object/new": ("", "owner: lab", f"owner: !!python/object/new:{CALL} []"),
    "python/module": ("", "owner: lab", f"owner: !!python/module:{CANARY} ''"),
    "a tag by its address": ("", "owner: lab", f"owner: !<tag:yaml.org,2002:python/object/apply:{CALL}> []"),
    "a tag of a short name": (f"%TAG !e! tag:yaml.org,2002:python/object/apply:\n---\nx: !e!{CALL} []\n", "", ""),
    "an alias bomb": (BOMB, "", ""),
    "an alias of itself": ("a: &a [*a]\n", "", ""),
    "a merge of itself": ("a: &a\n  <<: *a\n", "", ""),
    "a resolver that calls": ("", "owner: lab", f'owner: "${{{CALL}:}}"'),
    "hydra's resolver": ("", "owner: lab", 'owner: "${hydra:runtime.cwd}"'),
    "now and other resolvers of Hydra": ("", "owner: lab", 'owner: "${now:%H}"'),
    "decode of a call": ("", "owner: lab", f"owner: \"${{oc.decode:'!!python/object/apply:{CALL} []'}}\""),
    "create of a target": ("", "{type: unet}", f"\"${{oc.create:{{_target_: {CALL}}}}}\""),
    "an environment's secret as a name": ("", "type: unet", 'type: "${oc.env:PATH}"'),
    "hydra.searchpath": (f"hydra: {{searchpath: ['file:///outside', 'pkg://{CANARY}']}}\n", "", ""),
    "hydra.launcher": (f"hydra: {{launcher: {{_target_: {CALL}}}}}\n", "", ""),
    "hydra.callbacks": (f"hydra: {{callbacks: {{x: {{_target_: {CALL}}}}}}}\n", "", ""),
    "hydra in a list": (f"hydra: [{{launcher: {CALL}}}]\n", "", ""),
    "hydra under a quoted key": (f'"hydra.launcher._target_": {CALL}\n', "", ""),
    "a defaults list that leads out": ("defaults:\n  - ../../outside/evil\n  - _self_\n", "", ""),
    "an absolute path in the defaults list": ("defaults:\n  - /../../outside/evil\n  - _self_\n", "", ""),
    "a group that leads out": ("defaults:\n  - train/model: ../../../outside/evil\n  - _self_\n", "", ""),
    "a package of a defaults list": (f"defaults:\n  - pkg://{CANARY}\n  - _self_\n", "", ""),
    "a launcher of the defaults list": ("defaults:\n  - override hydra/launcher: ../../../outside/evil\n  - _self_\n", "", ""),
    "a name that leads out": ("name: ../../outside/evil\n", "", ""),
    "an absolute name": ("name: /outside/evil\n", "", ""),
    "NUL in a name": ('name: "a\\0b"\n', "", ""),
    "escape signs in a name": ('name: "\\e[31mred"\n', "", ""),
    "dots as a name": ("name: ..\n", "", ""),
    "an approach that leads out": ("", "size: [64, 64]}}", "size: [64, 64]}, approaches: [{name: ../../x, reason: r}]}"),
    "a path with NUL": ("", "path: .", 'path: "a\\0b"'),
    "a condition in Python": ("", "size: [64, 64]}}", f"size: [64, 64]}}, success: ['__import__(\"{CANARY}\").fire() > 0']}}"),
    "a rule in Python": ("", "path: .}", f"path: .}}, curate: ['__import__(\"{CANARY}\").fire() > 0']"),
}  # fmt: skip

OVERRIDES = [
    f"train.model._target_={CALL}", f"+_target_={CALL}", f"hydra.launcher._target_={CALL}", f"++hydra.launcher._target_={CALL}",
    f"+hydra.callbacks.x._target_={CALL}", "hydra.searchpath=[file:///outside]", f"hydra.searchpath=[pkg://{CANARY}]",
    "hydra.job.chdir=true", "hydra.job.env_set.PYTHONPATH=/outside", "hydra/launcher=../../../outside/evil", "hydra/sweeper=/outside/evil",
    "hydra/callbacks=x", "hydra.output_subdir=/outside", "train/model=../../../outside/evil", "+train/model=../../../outside/evil",
    "+train/model@hydra.launcher=unet", "hydra={launcher: {_target_: x}}", "~hydra.launcher", f"objective.owner=${{{CALL}:}}", "name=../../outside/evil",
    "train.model.type=../evil", "train.model.type=\x1b[2J", "\x1b]0;owned\x07=1", "hydra.run.dir=/outside/run", "hydra.sweep.dir=../../outside",
]  # fmt: skip


@pytest.mark.parametrize("case", RECIPES)
def test_a_hostile_recipe_is_refused_and_does_nothing(hostile: Hostile, case: str) -> None:
    before, old, new = RECIPES[case]
    assert old in RECIPE
    hostile(f"{before}{RECIPE.replace(old, new, 1)}")


@pytest.mark.parametrize("override", OVERRIDES)
def test_a_hostile_override_is_refused_and_does_nothing(hostile: Hostile, override: str) -> None:
    hostile(RECIPE, override)


@pytest.mark.parametrize("override", OVERRIDES)
def test_neither_run_nor_its_sweeps_nor_its_views_do_more(hostile: Hostile, override: str) -> None:
    """A view shows what is wrong, too; but a word about Hydra is refused before Hydra reads it."""
    for words, codes in (
        ((override, "train.max_epochs=1,2", "-m"), (2,)),
        ((override, "--cfg", "job"), (0, 2)),
        ((override,), (2,)),
    ):
        hostile(RECIPE, *words, verb="run", codes=codes)


@pytest.mark.parametrize(
    "case", [case for case in RECIPES if "hydra" in case or "_target_" in case or "defaults" in case]
)
def test_the_views_of_hydra_run_nothing_of_a_recipe(hostile: Hostile, case: str) -> None:
    before, old, new = RECIPES[case]
    for words in (("--cfg", "job"), ("--cfg", "hydra"), ("train.max_epochs=1,2", "-m")):
        hostile(f"{before}{RECIPE.replace(old, new, 1)}", *words, verb="run", codes=(0, 1, 2))


def test_groups_of_a_project_cannot_stand_in_for_those_of_hydra(hostile: Hostile, world: Path) -> None:
    for folder in ("conf", "recipes"):
        group = world / "project" / folder / "hydra" / "launcher"
        group.mkdir(parents=True)
        (group / "basic.yaml").write_text(f"_target_: {CALL}\n")
        for words in ((), ("hydra/launcher=basic",)):
            hostile(RECIPE, *words)
            hostile(RECIPE, *words, "train.max_epochs=1,2", "-m", verb="run")
        (group / "basic.yaml").unlink()
        group.rmdir()
        group.parent.rmdir()


@pytest.mark.parametrize(
    "name",
    ["../outside/evil", "../../outside/evil.yaml", "a/../../outside/evil", "x\0y", "\x1b[31m", "a" * 5000],
)
def test_a_recipe_elsewhere_or_nowhere_is_an_error(hostile: Hostile, name: str) -> None:
    hostile(RECIPE, recipe=name)


def test_a_group_from_an_installed_launcher_is_still_chosen_by_name(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project.path / "recipes" / "cells.yaml").write_text(RECIPE)
    monkeypatch.chdir(project.path)
    for override in ("hydra/launcher=basic", "hydra/sweeper=basic", "hydra.sweeper.max_batch_size=2"):
        assert main(["check", "cells", override, "--fresh"]) == 0


def test_links_in_plugins_lead_nowhere(hostile: Hostile, world: Path) -> None:
    folder = world / "project" / "plugins" / "train" / "model"
    folder.mkdir(parents=True)
    (folder / "linked.py").symlink_to(world / "outside" / "evil.py")
    (folder / "folder").symlink_to(world / "outside")
    told = hostile(RECIPE.replace("unet", "linked"))
    assert "linked" in told
    hostile(RECIPE.replace("unet", "folder"))


def test_a_link_in_an_artifact_stops_the_step(hostile: Hostile, world: Path) -> None:
    """A stage that leaves a link to a file outside: the artifact is refused, the file is neither read nor kept."""
    stage = world / "project" / "plugins" / "data" / "linking.py"
    stage.parent.mkdir(parents=True)
    stage.write_text(
        '"""Data with a link."""\nfrom stagewright.stages import data\nfrom stagewright.stages.data import Dataset, Inputs\n\n'
        "@data.stage\ndef linking(inputs: Inputs, /) -> Dataset:\n"
        f"    (inputs.context.workdir / 'secret').symlink_to({str(world / 'outside' / 'secret')!r})\n"
        "    return Dataset(inputs.context.workdir, 'v', 'image', {})\n"
    )
    text = RECIPE.replace("data: {source: {type: image_folder, path: .}}", "data: {type: linking}")
    told = hostile(text, verb="run", codes=(1, 6))
    assert "is a link; an artifact holds files only" in told
    kept = [
        path
        for path in (world / "project" / ".stagewright").rglob("*")
        if path.is_file() and not path.is_symlink()
    ]
    assert not any(b"not for you" in path.read_bytes() for path in kept)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Path]:
    """A project, and beside it what must not be touched; the canary can be imported, and leaves a file when it is."""
    (tmp_path / "project" / "recipes").mkdir(parents=True)
    outside = tmp_path / "outside"
    outside.mkdir()
    fired = f"open({str(tmp_path / 'fired')!r}, 'w').close()\n"
    (tmp_path / f"{CANARY}.py").write_text(f"{fired}def fire(*_, **__):\n    {fired}    return 1\n")
    (outside / "evil.py").write_text(fired)
    (outside / "__init__.py").write_text(fired)
    (outside / "evil.yaml").write_text("name: evil\n")
    (outside / "secret").write_text("not for you")
    sys.path.insert(0, str(tmp_path))
    yield tmp_path
    sys.path.remove(str(tmp_path))
    sys.modules.pop(CANARY, None)


@pytest.fixture
def hostile(world: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Hostile:
    """Runs a verb in this process; holds its exit code, its words, the canary, and the folder around the project."""

    def run(
        text: str, *words: str, verb: str = "check", recipe: str = "cells", codes: tuple[int, ...] = (2,)
    ) -> str:
        (world / "project" / "recipes" / "cells.yaml").write_text(text)
        monkeypatch.chdir(world / "project")
        os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")  # what light commands set for themselves
        environment, before = dict(os.environ), _around(world)
        fresh = ["--fresh"] if verb == "check" else []
        ended = main([verb, recipe, *words, *fresh])
        told = capfd.readouterr()
        said = told.out + told.err
        assert not (world / "fired").exists(), said
        assert CANARY not in sys.modules
        assert _around(world) == before
        assert dict(os.environ) == environment
        assert Path.cwd() == world / "project"
        assert "Traceback" not in said
        assert not any(sign in said for sign in "\x1b\x07\0"), said
        assert ended in codes, said
        return said

    return run


def _around(world: Path) -> dict[str, bytes | None]:
    """Everything beside the project, and what of the project is neither the recipe nor the store."""
    own = world / "project" / ".stagewright"
    found = [
        path for path in world.rglob("*") if not path.is_relative_to(own) and "__pycache__" not in path.parts
    ]
    return {str(path): path.read_bytes() if path.is_file() else None for path in found}
