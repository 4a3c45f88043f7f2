"""A new run of the same recipe with newer data: the same stages and the same gates, up to its package.

What is rolled out, and against which champion, is for the caller: a monitor stage that lives through recorded
traffic, or the verb `stagewright retrain`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from stagewright.check import Checked, check
from stagewright.overlay import changed
from stagewright.registry import Registry
from stagewright.run import Outcome, Runner
from stagewright.store import Store

# A retraining run within a run ends with its package; rolling it out is another decision.
LATER = ("rollout", "monitor")


def retraining(
    checked: Checked,
    registry: Registry,
    store: Store,
    changes: Mapping[str, Any],
    about: Mapping[str, Any],
    say: Callable[[str], None],
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
