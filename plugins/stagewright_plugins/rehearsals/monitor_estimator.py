"""monitor.estimator: metrics of an unlabelled window, inside their bands."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.monitor import Estimate, EstimatorInputs
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import requests


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """A labelled reference of 600 rows, a window of 200 without labels."""
    window = requests(200, 2).drop(columns=["target", "value.brier"])
    found = list(plugin(EstimatorInputs(requests(600, 1), window, bench.seed)))
    for item in found:
        assert isinstance(item, Estimate), f"gives {type(item).__name__}, not Estimate"
        assert item.low <= item.value <= item.high, f"{item.metric}: {item.value} is not in its own band"
        assert item.coverage is None or 0 <= item.coverage <= 1, (
            f"{item.metric}: a coverage of {item.coverage}"
        )
    return [repr(item) for item in found]
