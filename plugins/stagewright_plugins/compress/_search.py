"""A search over settings of the steps with Optuna: bytes, latency and drop at once, under the limits.

Tree-structured Parzen estimator for several objectives with constraints (Ozaki et al., 2022,
doi:10.1613/jair.1.13188). What a trial makes and measures is kept, so a killed search repeats its finished
trials from what was kept and goes on as it would have.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.compress import Inputs

from ._front import Candidate, chosen
from ._space import Choices, Range, Search
from ._workshop import STEP

Changes = Mapping[tuple[int, tuple[str, ...]], Any]  # (index of the step, path of the setting) → value


def searched(
    inputs: Inputs,
    steps: Sequence[STEP],
    search: Search,
    tried: Callable[[Sequence[STEP], Sequence[str]], list[Candidate]],
) -> None:
    """Try settings of the steps; a trial stands for the best of the variants that its steps leave.

    Args:
        inputs: of the stage.
        steps: as the recipe has them; what is searched for replaces their settings.
        search: how often, and what to vary.
        tried: makes and measures the variants of a list of steps, which it names by the labels given.

    Raises:
        StagewrightError: a name in the space fits no step, more than one, or no setting of it.
    """
    import optuna

    places = {name: _place(name, steps) for name in search.space}
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(logging.WARNING)
    sampler = optuna.samplers.TPESampler(
        seed=inputs.context.seed % 2**32,
        n_startup_trials=max(2, search.trials // 3),
    )
    study = optuna.create_study(directions=["minimize"] * 3, sampler=sampler)

    def objective(trial: optuna.Trial) -> tuple[float, float, float]:
        settings = {name: _suggested(trial, name, space) for name, space in search.space.items()}
        inputs.context.emit("trial", number=trial.number, settings=settings)
        changes = {places[name]: settings[name] for name in places}
        best = chosen(tried(_changed(inputs, steps, changes), _labels(steps, changes)))
        for check in best.checks:
            trial.set_constraint(check.condition, check.excess)
        return best.figures

    try:
        study.optimize(objective, n_trials=search.trials)
    finally:
        optuna.logging.set_verbosity(level)


def _place(name: str, steps: Sequence[STEP]) -> tuple[int, tuple[str, ...]]:
    """`prune.optimizer.lr` as (index of the step, path of the setting); `0.keep` names a step by its index."""
    head, *path = name.split(".")
    found = [i for i, step in enumerate(steps) if head in (step.type, str(i))]
    here = f"compress.search.space: {name!r}"
    if len(found) > 1:
        raise StagewrightError(f"{here} fits {len(found)} steps: say which one by its index, `{found[0]}.…`")
    if not found or not path:
        names = [step.type for step in steps]
        raise StagewrightError(f"{here} must be `step.setting`, {suggestion(head, names, 'step')}")
    settings = steps[found[0]].spec()
    for part in path:
        if not isinstance(settings, dict) or part not in settings or part == "type":
            known = [key for key in settings if key != "type"] if isinstance(settings, dict) else []
            raise StagewrightError(
                f"{here}: there is no setting {part!r}, {suggestion(part, known, 'setting')}"
            )
        settings = settings[part]
    return found[0], tuple(path)


def _suggested(trial: Any, name: str, space: Range | Choices) -> Any:
    if isinstance(space, Choices):
        return trial.suggest_categorical(name, space.choices)
    if isinstance(space.low, int) and isinstance(space.high, int):
        return trial.suggest_int(name, space.low, space.high, step=int(space.step or 1), log=space.log)
    return trial.suggest_float(name, space.low, space.high, step=space.step, log=space.log)


def _labels(steps: Sequence[STEP], changes: Changes) -> list[str]:
    """Each step's type with what was searched for: `prune(keep=0.62)`."""
    found = []
    for i, step in enumerate(steps):
        own = [f"{'.'.join(path)}={_short(value)}" for (at, path), value in changes.items() if at == i]
        found.append(f"{step.type}({', '.join(own)})" if own else step.type)
    return found


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _changed(inputs: Inputs, steps: Sequence[STEP], values: Changes) -> list[STEP]:
    """The steps with these settings; raises RecipeError where one does not fit its type."""
    specs = [step.spec() for step in steps]
    for (index, path), value in values.items():
        inside = specs[index]
        for part in path[:-1]:
            inside = inside[part]
        inside[path[-1]] = value
    return [inputs.context.resolve("compress.step", spec) for spec in specs]
