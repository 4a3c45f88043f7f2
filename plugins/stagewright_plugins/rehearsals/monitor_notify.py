"""monitor.notify: made without telling anybody; tells when it is handed a notice."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.monitor import Notice
from stagewright.testing import Bench


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """A notice is delivered only by plugins that reach no people."""
    given = bench.context()
    deliver = plugin(given)
    assert callable(deliver), f"gives {type(deliver).__name__}, nothing to deliver with"
    assert not list(given.workdir.iterdir()), "it wrote something before there was a notice"
    if not plugin.facts.reaches_people:
        deliver(Notice("Slow", "latency_p95 is 200", "ticket", {"alertname": "Slow"}))
    return sorted(file.name for file in given.workdir.iterdir())
