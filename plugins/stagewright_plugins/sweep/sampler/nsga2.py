"""Genetic algorithm for several objectives: keeps a front, not a point."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler
def nsga2(
    search: Search,
    /,
    *,
    population: Annotated[int, Field(ge=2, description="trials of one generation")] = 20,
    crossover: Annotated[float, Field(ge=0, le=1, description="probability of mixing two parents")] = 0.9,
    mutation: Annotated[
        float | None,
        Field(ge=0, le=1, description="probability per key of a fresh draw; one key on average if not said"),
    ] = None,
) -> Any:
    """NSGA-II (Deb et al., 2002, doi:10.1109/4235.996017)."""
    from optuna.samplers import NSGAIISampler

    from stagewright_plugins.sweeping.job import number_seed

    return NSGAIISampler(
        population_size=population,
        crossover_prob=crossover,
        mutation_prob=mutation,
        seed=number_seed(search.seed, search.number),
    )
