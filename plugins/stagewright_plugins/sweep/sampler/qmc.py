"""Quasi-random sequence: covers the space more evenly than independent draws."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler(fixed=True)
def qmc(
    search: Search,
    /,
    *,
    sequence: Annotated[
        Literal["sobol", "halton"], Field(description="Sobol is most even at powers of two trials")
    ] = "sobol",
    scramble: Annotated[bool, Field(description="shift the sequence at random, by the seed")] = True,
) -> Any:
    """Bergstra and Bengio, 2012 (jmlr.org/papers/v13/bergstra12a.html): the n-th trial draws the n-th point.

    Parameters whose condition does not always hold are drawn at random, by the trial's number.
    """
    from optuna.samplers import QMCSampler, RandomSampler

    from stagewright_plugins.sweeping.job import number_seed

    return QMCSampler(
        qmc_type=sequence,
        scramble=scramble,
        seed=search.seed % 2**32,
        independent_sampler=RandomSampler(seed=number_seed(search.seed, search.number)),
        warn_independent_sampling=False,
    )
