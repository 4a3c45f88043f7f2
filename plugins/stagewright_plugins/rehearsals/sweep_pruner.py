"""sweep.pruner: an Optuna pruner that lets the best trial run to its end."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.sweep import Interval, Parameter, Search
from stagewright.testing import Bench

TRIALS, EPOCHS = 8, 6


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Each trial is better than all before, at every epoch."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    space = (Parameter("train.lr", Interval(0.0, 1.0)),)
    pruner = plugin(Search(space, ("maximize",), TRIALS, bench.seed))
    assert isinstance(pruner, optuna.pruners.BasePruner), f"gives {type(pruner).__name__}, not a BasePruner"
    study, pruned = optuna.create_study(direction="maximize", pruner=pruner, study_name="rehearsal"), []
    for number in range(TRIALS):
        trial = study.ask()
        for epoch in range(EPOCHS):
            trial.report(number + epoch / EPOCHS, epoch)
            pruned.append(bool(trial.should_prune()))
        study.tell(trial, number)
    assert not pruned[-1], "it ends the best trial"
    return pruned
