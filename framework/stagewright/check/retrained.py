"""What `monitor.retrain.set` changes, held against the schema of the sections that it changes."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from stagewright import lifecycle
from stagewright.check.short_forms import at_home, spelled_out
from stagewright.check.top_level import top_level
from stagewright.contract import Component
from stagewright.errors import Problem
from stagewright.keypath import KeyPath, keys_of, problem, value_at
from stagewright.live.retraining import Retraining, moved
from stagewright.recipe.overlay import changed

AT = ("monitor", "retrain", "set")
# (section, what the recipe says of it, problems to add to)
Bind = Callable[[lifecycle.Section, Any, list[Problem]], object]


def wrong_changes(
    config: Mapping[str, Any], monitor: Component[Any, Any] | None, bind: Bind, known: list[Problem]
) -> Iterator[Problem]:
    """What a retraining would be refused for; `known` is wrong with the recipe as it stands."""
    retrain = monitor.settings.get("retrain") if monitor else None
    if not isinstance(retrain, Retraining) or not retrain.set:
        return
    # The placeholders of a moment (`{today}`) as any moment would fill them in.
    changes = moved(retrain.set, datetime.datetime.now(datetime.UTC))
    later = spelled_out(changed(config, changes))
    found = list(top_level(later))
    paths = {key: keys_of(key) for key in changes}
    for section in lifecycle.STEPS:
        if (
            any(_meet(section.at, path) for path in paths.values())
            and value_at(later, section.at) is not None
        ):
            bind(section, value_at(later, section.at), found)
    before = {(item.path, item.message) for item in known}
    for item in found:
        told = at_home(config, item)
        if (item.path, item.message) not in before and (key := _key(told.path, paths)):
            yield problem((*AT, key, *told.path[len(paths[key]) :]), told.message)


def _key(path: KeyPath, paths: Mapping[str, KeyPath]) -> str | None:
    """The key that is to blame for a problem: the longest that it lies at, below or above."""
    fitting = (key for key in paths if _meet(paths[key], path))
    return max(fitting, key=lambda key: len(paths[key]), default=None)


def _meet(one: KeyPath, other: KeyPath) -> bool:
    """Whether one of two paths leads to the other."""
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
