"""The sweep's part of the report: what was found, how it got there, what mattered, and what failed."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Sequence
from typing import Any

from stagewright.report.blocks import Bars, Block, Facts, Lines, Parallel, Series, Table, Text
from stagewright.report.figures import number
from stagewright.stages.sweep import Choice, Interval, Parameter

from .counting import REASON, RETRY_OF, Ledger
from .drawing import settings
from .goals import Goal
from .job import Job, busy_seconds, feasible
from .ranking import best_first, front, oriented, values_of

LISTED = 20  # rows of a table; `trials.jsonl` holds all
SLICES = 6  # parameters drawn one by one, the most important ones
BETTER = 0.25  # share of trials that importance tells from the others
LEAST = 8  # complete trials below which importance says nothing


def blocks(job: Job, study: Any, ledger: Ledger, end: str, warm: int | None) -> list[Block]:
    """Everything the report says of a sweep; `warm` trials of earlier studies are known, None if none were asked."""
    ranked = best_first(ledger.finished, job.goals)
    weights = importance(study, job, ledger)
    return [
        *_said(ranked, job),
        _counts(ledger, ranked, end, warm),
        *_best(ranked, job),
        *_history(ledger, job.goals),
        *_front(ranked, job),
        *_importance(weights, job.goals[0]),
        *_parallel(ranked, job, weights),
        *_slices(ranked, job, weights),
        *_pruned(ledger, job),
        *_failed(ledger, job),
    ]


def _said(ranked: Sequence[Any], job: Job) -> list[Block]:
    """The outcome in a sentence, for readers who never look at a chart."""
    if not ranked:
        return []
    goal, values = job.goals[0], [trial.values[0] for trial in ranked]
    best = ranked[0]
    among = f"{len(ranked)} trials" + (" inside every limit" if job.limits else " that ran to their end")
    said = f"{goal.metric} {number(values[0])} in trial {best.number}, the best of {among}"
    if len(ranked) > 2:
        reach = "or more" if goal.direction == "maximize" else "or less"
        said += f"; half of them reached {number(statistics.median(values))} {reach}"
    said += _own(ranked, job)
    if len(job.goals) > 1:
        said += (
            f". {len(front(ranked, job.goals))} trials are a choice between the {len(job.goals)} objectives"
        )
    return [Text("Found", text=f"{said}.", tone="good")]


def _own(ranked: Sequence[Any], job: Job) -> str:
    """What the recipe's own settings reached, for whoever asks what the search has gained."""
    own = next((trial for trial in ranked if job.first and trial.params == job.first), None)
    if own is None:
        return ""
    if own is ranked[0]:
        return "; these are the recipe's own settings"
    return f"; the recipe's own settings reached {number(own.values[0])} (trial {own.number})"


def _counts(ledger: Ledger, ranked: Sequence[Any], end: str, warm: int | None) -> Block:
    complete = [trial for trial in ledger.finished if trial.state.name == "COMPLETE"]
    facts: dict[str, Any] = {
        "finished": len(ledger.finished),
        "of these pruned": len(ledger.finished) - len(complete),
        "outside a constraint": len(complete) - len(ranked),
        "failed": len(ledger.failed),
        "put back after a lost worker": sum(RETRY_OF in trial.user_attrs for trial in ledger.finished),
        "minutes of work": round(busy_seconds(ledger.own) / 60, 1),
        "ended because": end or "it was interrupted",
    }
    if warm is not None:
        facts["trials of earlier studies that fit"] = warm
    return Facts("Search", facts=facts)


def _best(ranked: Sequence[Any], job: Job) -> list[Block]:
    if not ranked:
        return [Text("Best trials", text="No trial ran to its end inside every constraint.", tone="bad")]
    space, names = job.trial.space, _extra(job)
    rows = [
        (
            trial.number,
            *trial.values,
            *(values_of(trial).get(name) for name in names),
            *(_cell(settings(trial.params, space).get(one.key)) for one in space),
        )
        for trial in ranked[:LISTED]
    ]
    columns = ("Trial", *(goal.metric for goal in job.goals), *names, *(one.key for one in space))
    caption = f"By {job.goals[0].metric}, best first, of {len(ranked)} inside every constraint; all in trials.jsonl."
    return [Table("Best trials", columns=columns, rows=rows, highlight=0, caption=caption)]


def _extra(job: Job) -> list[str]:
    """What the constraints speak of beside the objectives."""
    from stagewright.expression import parse

    said = {name for limit in job.limits for name in parse(limit.text).names}
    return sorted(said - {goal.metric for goal in job.goals})


def _cell(value: Any) -> str | int | float | bool | None:
    if isinstance(value, dict) and "type" in value:
        rest = ", ".join(f"{name}={item}" for name, item in value.items() if name != "type")
        return f"{value['type']}({rest})" if rest else str(value["type"])
    if isinstance(value, float):
        return float(f"{value:.4g}")
    return value if isinstance(value, str | int | bool | None) else str(value)


def _history(ledger: Ledger, aims: Sequence[Goal]) -> list[Block]:
    complete = sorted(
        (trial for trial in ledger.finished if trial.state.name == "COMPLETE"), key=lambda trial: trial.number
    )
    if len(complete) < 2:
        return []
    goal, better = aims[0], max if aims[0].direction == "maximize" else min
    best: list[float | None] = []
    for trial in complete:
        reached = [best[-1]] if best and best[-1] is not None else []
        inside = [trial.values[0]] if feasible(trial) else []
        best.append(better([*reached, *inside]) if reached or inside else None)
    numbers = [float(trial.number) for trial in complete]
    series = [
        Series("best so far", numbers, best),
        Series("trial", numbers, [one.values[0] for one in complete], dots=True),
    ]
    return [Lines("History", series=series, x_label="trial", y_label=_axis(goal))]


def _axis(goal: Goal) -> str:
    return f"{goal.metric}, {'larger' if goal.direction == 'maximize' else 'smaller'} is better"


def _front(ranked: Sequence[Any], job: Job) -> list[Block]:
    if len(job.goals) < 2 or not ranked:
        return []
    ahead = front(ranked, job.goals)
    first, *others = job.goals
    found: list[Block] = []
    for at, goal in enumerate(others, start=1):
        line, all_of = (sorted(ones, key=lambda one: one.values[at]) for ones in (ahead, ranked))
        series = [
            Series(name, [one.values[at] for one in ones], [one.values[0] for one in ones], dots)
            for name, ones, dots in (("front", line, False), ("trials", all_of, True))
        ]
        caption = "On the front: no other trial is better in one objective without being worse in another."
        title = f"{first.metric} against {goal.metric}"
        labels = {"x_label": _axis(goal), "y_label": _axis(first)}
        found.append(Lines(title, series=series, **labels, caption=caption))
    rows = [(one.number, *one.values) for one in ahead[:LISTED]]
    columns = ("Trial", *(goal.metric for goal in job.goals))
    return [*found, Table("Pareto front", columns=columns, rows=rows)]


def importance(study: Any, job: Job, ledger: Ledger) -> dict[str, float]:
    """Share of each parameter in being among the better trials, by PED-ANOVA.

    Watanabe et al., 2023 (doi:10.24963/ijcai.2023/488); fANOVA says much the same and takes a minute for a thousand
    trials. Over the parameters that every trial has; empty where there are too few trials.
    """
    complete = [trial for trial in ledger.finished if trial.state.name == "COMPLETE"]
    common = set.intersection(*({*trial.params} for trial in complete)) if complete else set()
    keys = [one.key for one in job.trial.space if one.key in common and _varies(one.key, complete)]
    if len(complete) < LEAST or len(keys) < 2 or len({trial.values[0] for trial in complete}) < 2:
        return {}
    from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances  # takes a second or two

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "PedAnovaImportanceEvaluator computes")  # low values are good to it
        found = get_param_importances(
            study,
            evaluator=PedAnovaImportanceEvaluator(target_quantile=BETTER),
            params=keys,
            target=lambda trial: -oriented(trial.values, job.goals)[0],
        )
    return dict(found)


def _varies(key: str, trials: Sequence[Any]) -> bool:
    return len({trial.params[key] for trial in trials}) > 1


def _importance(weights: dict[str, float], goal: Goal) -> list[Block]:
    if not weights:
        return []
    caption = (
        f"How much each key decides whether a trial is in the better quarter by {goal.metric}; the bars sum to 1. "
        "Keys that only some trials have are left out."
    )
    return [Bars("What mattered", bars=weights, caption=caption)]


def _parallel(ranked: Sequence[Any], job: Job, weights: dict[str, float]) -> list[Block]:
    """Every trial across the swept keys to its objectives; the most important keys stand next to them."""
    space = sorted(job.trial.space, key=lambda one: weights.get(one.key, 0.0))
    if len(ranked) < 2 or len(space) < 2:
        return []
    rows = [
        (*(_cell(settings(trial.params, space).get(one.key)) for one in space), *trial.values)
        for trial in ranked
    ]
    columns = (*(one.key for one in space), *(goal.metric for goal in job.goals))
    logarithmic = [one.key for one in space if isinstance(one.domain, Interval) and one.domain.log]
    caption = f"One line a trial; the best by {job.goals[0].metric} in colour."
    return [Parallel("All settings", columns=columns, rows=rows, logarithmic=logarithmic, caption=caption)]


def _slices(ranked: Sequence[Any], job: Job, weights: dict[str, float]) -> list[Block]:
    """The leading objective over each numeric key, the most important ones first."""
    numeric = [one for one in job.trial.space if _numeric(one)]
    numeric.sort(key=lambda one: -weights.get(one.key, 0.0))
    found: list[Block] = []
    for one in numeric[:SLICES]:
        points = sorted(
            (float(trial.params[one.key]), trial.values[0]) for trial in ranked if one.key in trial.params
        )
        if len(points) > 2:
            goal = job.goals[0].metric
            series = [Series(goal, [x for x, _ in points], [y for _, y in points], dots=True)]
            log = isinstance(one.domain, Interval) and one.domain.log
            labels = {"x_label": one.key, "y_label": goal}
            found.append(Lines(f"By {one.key}", series=series, **labels, x_log=log, folded=True))
    return found


def _numeric(parameter: Parameter) -> bool:
    if not isinstance(parameter.domain, Choice):
        return True
    return all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in parameter.domain.values
    )


def _pruned(ledger: Ledger, job: Job) -> list[Block]:
    curves = [
        Series(
            f"{trial.number}{' pruned' if trial.state.name == 'PRUNED' else ''}",
            [float(step) for step in sorted(trial.intermediate_values)],
            [trial.intermediate_values[step] for step in sorted(trial.intermediate_values)],
        )
        for trial in ledger.finished
        if len(trial.intermediate_values) > 1
    ]
    if not any(trial.state.name == "PRUNED" for trial in ledger.finished) or not curves:
        return []
    caption = "The objective epoch by epoch; a curve that ends early was pruned."
    return [
        Lines(
            "Pruning", series=curves[:LISTED], x_label="epoch", y_label=job.goals[0].metric, caption=caption
        )
    ]


def _failed(ledger: Ledger, job: Job) -> list[Block]:
    if not ledger.failed:
        return []
    rows = [
        (trial.number, trial.user_attrs[REASON], str(settings(trial.params, job.trial.space)))
        for trial in ledger.failed[:LISTED]
    ]
    return [Table("Failed trials", columns=("Trial", "Reason", "Settings"), rows=rows, folded=True)]
