"""monitor.exporter: files in the folder it was handed, and what the target cannot express."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._exported import exported

SECTION = {
    "type": "standard",
    "alerts": [{"alert": "Slow", "expr": "latency_p95 > 100", "labels": {"severity": "ticket"}}],
}


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """The bundled section with its defaults."""
    return exported(plugin, bench, "monitor", SECTION)
