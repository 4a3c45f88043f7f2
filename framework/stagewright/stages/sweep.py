"""sweep: search over settings through a `trial` callable; it never imports a train plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stagewright.context import Context
from stagewright.contract import Contract
from stagewright.frozen import frozen


@frozen
class Inputs:
    """`trial` runs the part of the plan that depends on swept values and gives the metric values."""

    trial: Callable[[Mapping[str, Any]], Mapping[str, float]]
    context: Context


@frozen
class Best:
    """The best settings found, by config path, and what they reached."""

    settings: Mapping[str, Any]
    values: Mapping[str, float]
    trials: int


stage: Contract[Inputs, Best] = Contract("sweep", takes=Inputs, gives=Best)
