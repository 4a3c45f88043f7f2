"""monitor: the health of a package over its windows."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._chain import staged

FILES = ("windows.json", "alerts.json")


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Looks back at nothing but what the stages before left."""
    health = staged(plugin, bench)
    missing = [name for name in FILES if not (health.path / name).is_file()]
    assert not missing, f"{', '.join(missing)} was not written"
    return health.alerts, health.retrain
