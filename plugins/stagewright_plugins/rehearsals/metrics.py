"""metrics: specs that can be built, with keys that differ."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.framing import Framing
from stagewright.stages.metrics import Inputs, MetricSet
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import a_task


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """Each spec is resolved as a later step does."""
    given = bench.context()
    metrics = plugin(Inputs(Framing(a_task(bench)), given))
    assert isinstance(metrics, MetricSet), f"gives {type(metrics).__name__}, not MetricSet"
    assert metrics.metrics, "it has no metric"
    keys = [key for spec in metrics.metrics for key in spec.keys]
    assert len(set(keys)) == len(keys), f"two metrics give one key: {keys}"
    for spec in metrics.metrics:
        given.resolve("metrics.metric", spec.spec)
    return metrics
