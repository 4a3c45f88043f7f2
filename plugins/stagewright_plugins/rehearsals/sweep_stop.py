"""sweep.stop: a reason to end the search, or an empty text."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.sweep import Progress
from stagewright.testing import Bench


def rehearse(plugin: Component[Any, Any], _bench: Bench) -> object:
    """At the start, after a while, and after a long time without a gain; one trial of them was pruned."""
    values = ((0.1,), (0.5,), None, *((0.4,),) * 50)
    told = [
        plugin(Progress(seconds, 10 * trials, ("maximize",), values[:trials]))
        for seconds, trials in ((0.0, 0), (60.0, 3), (1e6, len(values)))
    ]
    assert all(isinstance(reason, str) for reason in told), f"gives {told}, not texts"
    assert not told[0], f"it ends a search that has not begun: {told[0]}"
    return told
