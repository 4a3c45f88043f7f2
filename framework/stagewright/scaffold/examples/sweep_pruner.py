"""A pruner that ends trials below a bar."""

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.pruner
def bar(
    search: Search,
    /,
    *,
    least: Annotated[float, Field(description="value of the first objective that a trial must reach")] = 0.1,
    after: Annotated[int, Field(ge=0, description="epochs before anybody looks")] = 2,
) -> Any:
    """Looks at the first objective after each epoch."""
    from optuna.pruners import ThresholdPruner

    upwards = search.directions[0] == "maximize"
    limit = {"lower": least} if upwards else {"upper": least}
    return ThresholdPruner(**limit, n_warmup_steps=after)  # yours: any optuna.pruners.BasePruner
