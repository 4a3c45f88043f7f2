"""sweep.sampler: an Optuna sampler, built anew for every trial, that stays inside the space."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.sweep import Choice, Interval, Parameter, Search
from stagewright.testing import Bench
from stagewright_plugins.sweeping.drawing import drawn

TRIALS = 8
SPACE = (
    Parameter("train.lr", Interval(0.0, 1.0, step=0.25)),
    Parameter("train.width", Choice((4, 8, 16))),
)


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Eight trials, best where `train.lr` is 0.25."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study, seen = optuna.create_study(direction="maximize"), []
    for number in range(TRIALS):
        study.sampler = plugin(Search(SPACE, ("maximize",), TRIALS, bench.seed, number))
        assert isinstance(study.sampler, optuna.samplers.BaseSampler), "gives no optuna.samplers.BaseSampler"
        trial = study.ask()
        settings = drawn(trial, SPACE)
        assert 0 <= settings["train.lr"] <= 1, f"{settings} is outside of the space"
        assert settings["train.width"] in (4, 8, 16), f"{settings} is outside of the space"
        study.tell(trial, 1 - (settings["train.lr"] - 0.25) ** 2)
        seen.append(settings)
    return seen
