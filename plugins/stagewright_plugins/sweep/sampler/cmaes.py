"""Covariance matrix adaptation: for numbers, with a few hundred trials and more."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler(several=False)
def cmaes(
    search: Search,
    /,
    *,
    startup_trials: Annotated[int, Field(ge=1, description="trials drawn at random first")] = 1,
    sigma: Annotated[
        float | None,
        Field(gt=0, description="first step, as a share of the space; a sixth of it if not said"),
    ] = None,
    separable: Annotated[bool, Field(description="diagonal covariance: for many parameters")] = False,
) -> Any:
    """Hansen and Ostermeier, 2001 (doi:10.1162/106365601750190398).

    Choices and conditional keys are drawn at random; constraints and pruning do not steer it.
    """
    from optuna.samplers import CmaEsSampler, RandomSampler

    from stagewright_plugins.sweeping.job import number_seed

    seed = number_seed(search.seed, search.number)
    return CmaEsSampler(
        n_startup_trials=startup_trials,
        sigma0=sigma,
        use_separable_cma=separable,
        independent_sampler=RandomSampler(seed=seed),
        warn_independent_sampling=False,
        seed=seed,
    )
