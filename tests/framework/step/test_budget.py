"""Limits on time and memory."""

from __future__ import annotations

from typing import Any

import pytest

from stagewright.errors import BudgetExceeded
from stagewright.step import budget


def test_the_time_budget_ends_a_step_that_does_not_cooperate(toy: Any) -> None:
    outcome = toy.run({"train.seconds": 30.0, "framing.budget": {"train_minutes": 0.005}})
    assert outcome.exit_code == 3
    assert outcome.record["status"] == "budget_exceeded"
    assert "minutes of wall time" in outcome.record["message"]
    assert outcome.record["seconds"] < 10


def test_the_wall_budget_holds_inside_a_step_with_its_own_limit(toy: Any) -> None:
    budget = {"train_minutes": 1, "wall_minutes": 0.01}
    outcome = toy.run({"train.seconds": 30.0, "framing.budget": budget})
    assert outcome.record["status"] == "budget_exceeded"
    assert outcome.record["seconds"] < 10


def test_the_memory_budget_ends_the_run(toy: Any) -> None:
    outcome = toy.run({"train.seconds": 30.0, "framing.budget": {"memory_gb": 0.001}})
    assert outcome.record["status"] == "budget_exceeded"
    assert "GB of memory" in outcome.record["message"]


def test_a_signal_that_comes_while_a_budget_ends_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The watch's own signal may interrupt the clean-up: a later budget must not fail for its reason."""
    ends, end = [], budget._end

    def interrupted_once(*args: Any) -> None:
        ends.append(args)
        if len(ends) == 1:
            raise BudgetExceeded("late")
        end(*args)

    monkeypatch.setattr(budget, "_end", interrupted_once)
    with pytest.raises(BudgetExceeded, match="late"), budget.enforced("x", 60.0, None):
        pass
    assert budget._watching == []


def test_a_limit_that_a_plugin_caught_is_told_once_it_is_done(toy: Any) -> None:
    toy.plugin(
        "train/careless.py",
        """
        '''Toy training that goes on after whatever happens.'''
        import time
        from stagewright.stages import train
        from stagewright.stages.train import Inputs, Model

        @train.stage
        def careless(inputs: Inputs, /) -> Model:
            try:
                time.sleep(20)
            except Exception:
                pass
            (inputs.context.workdir / "weights").write_text("0.5")
            return Model(inputs.context.workdir, "toy", {}, {"acc": 0.5}, 7)
        """,
    )
    outcome = toy.run({"train": {"type": "careless"}, "framing.budget.train_minutes": 0.5 / 60})
    assert outcome.record["status"] == "budget_exceeded"
