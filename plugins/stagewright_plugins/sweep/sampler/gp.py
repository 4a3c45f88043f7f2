"""Gaussian process: for few, costly trials."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler
def gp(
    search: Search,
    /,
    *,
    startup_trials: Annotated[int, Field(ge=1, description="trials drawn at random first")] = 10,
    deterministic: Annotated[bool, Field(description="the same settings always give the same value")] = False,
) -> Any:
    """Gaussian process with expected improvement (Jones et al., 1998, doi:10.1023/A:1008306431147).

    Takes tens of milliseconds to seconds a trial. Conditional keys are drawn at random. Failed trials count as the
    worst.
    """
    from optuna.samplers import RandomSampler

    from stagewright_plugins.sweeping.job import number_seed

    from ._gp import Gp

    seed = number_seed(search.seed, search.number)
    return Gp(
        n_startup_trials=startup_trials,
        deterministic_objective=deterministic,
        independent_sampler=RandomSampler(seed=seed),
        warn_independent_sampling=False,
        seed=seed,
    )
