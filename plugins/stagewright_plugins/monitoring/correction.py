"""Many tests, one false-alarm rate: which findings are drift after correction and above their effect floor."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from stagewright.stages.monitor import Finding


def corrected(findings: Sequence[Finding], alpha: float) -> list[Finding]:
    """The findings with `drifted` set so that a window without drift alarms with probability `alpha` at most.

    Detectors share alpha equally, so that one with a single answer for all columns is not drowned by one with an
    answer per column; within a detector it is Holm's step-down procedure (Holm, 1979), which holds whatever the
    dependence between columns. Drift also needs an effect at or above the floor: with a million rows everything
    is significant. A finding without a p-value is a rule: the floor alone decides.
    """
    detectors = list(dict.fromkeys(item.detector for item in findings if item.p_value is not None))
    significant: set[int] = set()
    for name in detectors:
        own = [i for i, item in enumerate(findings) if item.detector == name and item.p_value is not None]
        significant |= _holm(findings, own, alpha / len(detectors))
    return [
        replace(item, drifted=(item.p_value is None or i in significant) and item.effect >= item.floor)
        for i, item in enumerate(findings)
    ]


def _holm(findings: Sequence[Finding], own: Sequence[int], alpha: float) -> set[int]:
    order = sorted(own, key=lambda i: _p(findings[i]))
    found: set[int] = set()
    for rank, index in enumerate(order):
        if _p(findings[index]) > alpha / (len(order) - rank):
            break
        found.add(index)
    return found


def _p(finding: Finding) -> float:
    value = finding.p_value
    return 1.0 if value is None or math.isnan(value) else value
