"""What `monitor.retrain.set` changes is held to the schema of the recipe."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.errors import RecipeError

ASKING = """
    '''Toy monitoring with a policy for retraining.'''
    from stagewright.live.retraining import Retraining
    from stagewright.stages import monitor
    from stagewright.stages.monitor import Health, Inputs

    @monitor.stage
    def asking(inputs: Inputs, /, *, retrain: Retraining | None = None) -> Health:
        return Health(inputs.context.workdir)
"""


def said(toy: Any, changes: dict[str, Any]) -> list[str]:
    toy.plugin("monitor/asking.py", ASKING)
    try:
        toy.check(toy.live({"monitor": {"type": "asking", "retrain": {"set": changes}}}))
    except RecipeError as error:
        return [str(problem) for problem in error.problems]
    return []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"data.sise": 5},
            "monitor.retrain.set.data.sise: unknown setting of data plugin 'toy', did you mean 'size'?",
        ),
        ({"dat.size": 5}, "monitor.retrain.set.dat.size: unknown section, did you mean 'data'?"),
        ({"data.size": "many"}, "monitor.retrain.set.data.size: input should be a valid integer, got 'many'"),
        ({"train.model.type": "large", "train.model.width": 3}, "set.train.model.width: unknown setting of"),
        (
            {"evaluate.review.requird": True},
            "set.evaluate.review.requird: unknown key, did you mean 'required'?",
        ),
        ({"train": {"type": "toy"}}, "monitor.retrain.set.train.model: missing"),
        ({"seed": -1}, "monitor.retrain.set.seed: a seed is a whole number"),
    ],
)
def test_a_change_that_does_not_fit_is_told_at_its_key(
    toy: Any, changes: dict[str, Any], expected: str
) -> None:
    (line,) = said(toy, changes)
    assert expected in line


def test_changes_that_fit_together_are_fine(toy: Any) -> None:
    assert said(toy, {"train.model": {"type": "large"}, "train.model.depth": 9, "data.live": "{today}"}) == []


def test_a_misspelt_key_has_its_line(toy: Any) -> None:
    toy.plugin("monitor/asking.py", ASKING)
    toy.written(
        toy.live({"monitor": {"type": "asking", "retrain": {"set": {"data.size": 3, "data.sise": 5}}}})
    )
    ended = toy.cli("check", "toy", "--fresh")
    lines = (toy.path / "recipes" / "toy.yaml").read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(lines) if "data.sise" in text)
    assert ended.returncode == 2
    assert ended.stderr.startswith(
        f"recipes/toy.yaml:{line}:7 monitor.retrain.set.data.sise: unknown setting"
    )


def test_what_is_wrong_anyway_is_told_once(toy: Any) -> None:
    toy.plugin("monitor/asking.py", ASKING)
    wrong = {"data.sise": 5, "monitor": {"type": "asking", "retrain": {"set": {"data.size": 7}}}}
    with pytest.raises(RecipeError) as error:
        toy.check(toy.live(wrong))
    assert [problem.key for problem in error.value.problems] == ["data.sise"]
