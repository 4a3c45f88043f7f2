"""A new run of the same recipe with newer data: the same stages and the same gates, up to its package.

What is rolled out, and against which champion, is for the caller: a monitor stage that lives through recorded
traffic, or the verb `stagewright retrain`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stagewright.check.check import Checked, check
from stagewright.plugin.registry import Registry
from stagewright.recipe.overlay import changed
from stagewright.run.run import Outcome, Runner
from stagewright.run.run_end import INTERRUPTED
from stagewright.run.run_log import RunLog, Say
from stagewright.stages.monitor import Retrained
from stagewright.step import budget
from stagewright.step.execute import handle
from stagewright.store import Store
from stagewright.sweep.sweep_plan import follows_sweep

# A retraining run within a run ends with its package; rolling it out is another decision.
LATER = ("rollout", "monitor")
APPROACHES = "framing.approaches"


def retraining(
    checked: Checked,
    registry: Registry,
    store: Store,
    changes: Mapping[str, Any],
    about: Mapping[str, Any],
    say: Say,
    without: Sequence[str] = LATER,
) -> Outcome:
    """Run the recipe once more with `changes` (value by dotted key); raises RecipeError where they do not fit.

    Sections in `without` are left out.

    Nothing is tracked twice: the run has its own record, and `within` or `parent` in `about` names the run it
    belongs to.
    """
    config = changed(checked.config, changes)
    for name in without:
        config.pop(name, None)
    origin = checked.sweep.origin if checked.sweep else None
    origin = replace(origin, changes={**origin.changes, **changes}) if origin else None
    return Runner(check(config, registry, origin), registry, store, about, say).run()


def retrained(
    checked: Checked,
    searched: Checked,
    registry: Registry,
    store: Store,
    log: RunLog,
    about: Mapping[str, Any],
    changes: Mapping[str, Any],
    reason: str,
) -> Retrained:
    """A retraining within the run of `log`, on which its progress is said indented: what `inputs.retrain` does.

    It goes on with the settings of `checked`, which a sweep found. What is made of a sweep's models is made by
    searching anew, with the recipe as it was `searched`.
    """
    if _made_of_sweep(searched, changes):
        # The approaches that the sweep tries are needed, too, whichever was asked for.
        checked = searched
        changes = {key: value for key, value in changes.items() if key != APPROACHES}
    about = {**about, "within": log.record.id, "reason": reason}
    log.say(f"  ↻ retraining: {reason}")
    ended = retraining(checked, registry, store, changes, about, _indented(log.say))
    scores = ended.record["metrics"].items()
    values = {key: score["value"] for key, score in scores if score["value"] is not None}
    found = next((step for step in ended.record["steps"] if step["step"] == "deploy"), None)
    package = None
    if ended.exit_code == 0 and found:
        hit, _ = store.get(found["fingerprint"])
        package = handle(store, "deploy", hit) if hit else None
    log.event("retrained", run=ended.folder.name, reason=reason, message=ended.record["message"])
    if ended.exit_code == INTERRUPTED:
        raise KeyboardInterrupt  # whoever pressed Ctrl-C meant the run that asked, too
    budget.heeded()  # and so does its limit, which the run within it took for its own
    return Retrained(ended.folder.name, ended.record["message"], values, package)


def _made_of_sweep(searched: Checked, changes: Mapping[str, Any]) -> bool:
    """Whether an approach that `changes` leave is made of what a sweep found, as an ensemble is."""
    left = changes.get(APPROACHES)
    names = None if left is None else {f"train/{approach['name']}" for approach in left}
    steps = {name: part for name, part in searched.components.items() if names is None or name in names}
    return any(map(follows_sweep, steps.values()))


def _indented(say: Say) -> Say:
    return lambda text: say("\n".join(f"    {line}" for line in text.splitlines()))
