"""The Python interface gives what the command line gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import stagewright
from stagewright.errors import RecipeError


@pytest.fixture
def written(toy: Any) -> Any:
    toy.written()
    return toy


def test_a_right_recipe_has_no_problems(written: Any) -> None:
    recipe = stagewright.load("toy", folder=written.path)
    assert recipe.check()
    assert repr(recipe.check()) == "no problems"
    assert recipe.config["train"]["model"] == {"type": "small"}


def test_problems_are_those_of_the_command_line(written: Any) -> None:
    found = stagewright.load("toy", "train.scor=1", "seed=x", folder=written.path).check()
    said = written.cli("check", "toy", "train.scor=1", "seed=x").stderr
    assert not found
    assert len(found) == 2
    assert repr(found) == said.strip()
    assert "did you mean &#x27;score&#x27;" in found._repr_html_()


def test_a_wrong_recipe_cannot_be_planned_or_run(written: Any) -> None:
    recipe = stagewright.load("toy", "train.scor=1", folder=written.path)
    with pytest.raises(RecipeError, match="scor"):
        recipe.plan()
    with pytest.raises(RecipeError, match="scor"):
        recipe.run()


def test_an_unknown_recipe_is_said_at_once(toy: Any) -> None:
    with pytest.raises(RecipeError, match="no recipe of this name"):
        stagewright.load("nothing", folder=toy.path)


def test_overrides_are_texts(written: Any) -> None:
    with pytest.raises(TypeError, match="one after the other"):
        stagewright.load("toy", ["seed=2"], folder=written.path)  # type: ignore[arg-type]


def test_a_plan_is_that_of_the_command_line(written: Any) -> None:
    plan = stagewright.load("toy", folder=written.path).plan()
    assert repr(plan) == written.cli("plan", "toy").stdout.rstrip("\n")
    assert plan["train"].status == "run"
    assert [item.step for item in plan][-1] == "evaluate"
    assert "never ran" in plan._repr_html_()


def test_a_run_is_that_of_the_command_line(written: Any) -> None:
    recipe = stagewright.load("toy", folder=written.path)
    run = recipe.run(quiet=True)
    assert run.passed
    assert run.metrics == {"acc": 0.5}
    assert (run.artifact("train") / "weights").read_text() == "0.5"
    assert run.report.is_file()
    again = written.cli("run", "toy")
    shown = json.loads(written.cli("runs", "show", "latest", "--json").stdout)
    assert again.returncode == 0
    assert shown["metrics"] == run.record["metrics"]
    assert {step["status"] for step in shown["steps"]} == {"cached"}
    assert [item.id for item in recipe.runs()] == [shown["id"], run.id]


def test_overrides_add_up(written: Any) -> None:
    recipe = stagewright.load("toy", "train.score=0.6", folder=written.path).override("seed=5")
    assert recipe.config["seed"] == 5
    assert recipe.run(quiet=True).metrics == {"acc": 0.6}


def test_a_failed_gate_is_in_the_run(written: Any) -> None:
    run = stagewright.load("toy", "train.score=0.3", folder=written.path).run(quiet=True)
    assert (run.passed, run.status, run.exit_code) == (False, "gate_failed", 3)
    assert "acc >= 0.4" in run.message
    assert "acc" in run._repr_html_()


def test_a_package_is_found(toy: Any) -> None:
    toy.written(toy.live())
    run = stagewright.load("toy", folder=toy.path).run(quiet=True)
    assert (run.package / "package").read_text() == "0.5"


def test_the_interface_costs_nothing_until_it_is_used() -> None:
    import subprocess
    import sys

    code = "import stagewright, sys; print(sorted({'typing', 'pydantic', 'hydra'} & set(sys.modules)))"
    told = subprocess.run(
        [
            sys.executable,
            "-S",
            "-c",
            f"import sys; sys.path[:0] = {[str(Path(stagewright.__file__).parents[1])]!r}; {code}",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[]"
