"""Every trial runs to its end."""

from __future__ import annotations

from typing import Any

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.pruner
def none(search: Search, /) -> Any:
    """No pruning: what the other pruners are held against."""
    from optuna.pruners import NopPruner

    return NopPruner()
