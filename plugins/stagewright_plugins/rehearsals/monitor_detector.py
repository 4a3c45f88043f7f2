"""monitor.detector: findings that hold still where nothing moved, and see what did."""

from __future__ import annotations

from typing import Any

from stagewright.contract import Component
from stagewright.stages.monitor import DetectorInputs, Finding
from stagewright.testing import Bench
from stagewright_plugins.rehearsals._small import requests

ROWS = 400


def rehearse(plugin: Component[Any, Any], bench: Bench) -> object:
    """A window that is the reference itself, then one far from it."""
    reference = requests(ROWS, 1).drop(columns=["target", "value.brier"])
    told = []
    for window in (reference, requests(ROWS, 2, move=3.0)[reference.columns]):
        found = list(plugin(DetectorInputs(reference, window, 0.05, bench.seed)))
        for finding in found:
            assert isinstance(finding, Finding), f"gives {type(finding).__name__}, not Finding"
            assert finding.column == "*" or finding.column in reference, (
                f"there is no column {finding.column!r}"
            )
            assert finding.p_value is None or 0 <= finding.p_value <= 1, f"a p-value of {finding.p_value}"
        told.append([repr(finding) for finding in found])
        still = window is not reference or not any(finding.drifted for finding in found)
        assert still, "it sees drift between a table and itself"
    return told
