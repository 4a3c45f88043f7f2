"""Ends a trial that is worse than the best one by a signed-rank test over the epochs both had."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.pruner
def wilcoxon(
    search: Search,
    /,
    *,
    p_threshold: Annotated[float, Field(gt=0, lt=1, description="how sure to be; smaller prunes less")] = 0.1,
    startup_epochs: Annotated[int, Field(ge=0, description="epochs before the first test")] = 2,
) -> Any:
    """Wilcoxon signed-rank test (Wilcoxon, 1945, doi:10.2307/3001968).

    Made for folds of a cross-validation, which are exchangeable; epochs are not, so keep the threshold small.
    """
    from optuna.pruners import WilcoxonPruner

    return WilcoxonPruner(p_threshold=p_threshold, n_startup_steps=startup_epochs)
