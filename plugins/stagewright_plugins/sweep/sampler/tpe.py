"""Tree-structured Parzen estimator: draws where good trials lie denser than bad ones."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler
def tpe(
    search: Search,
    /,
    *,
    startup_trials: Annotated[int, Field(ge=0, description="trials drawn at random first")] = 10,
    candidates: Annotated[
        int, Field(ge=1, description="draws of which the most promising one is tried")
    ] = 24,
    multivariate: Annotated[
        bool | None,
        Field(description="model parameters together; if not said, for one objective or with conditions"),
    ] = None,
) -> Any:
    """Bergstra et al., 2011 (doi:10.5555/2986459.2986743); Ozaki et al., 2022 (doi:10.1613/jair.1.13188).

    Running trials count as bad ones, so that several workers do not draw the same; failed ones count as the worst.
    Conditional parameters are modelled in groups that are searched together.
    """
    from stagewright_plugins.sweeping.job import number_seed

    from ._tpe import KnownSpace, Tpe

    conditional = any(parameter.when for parameter in search.space)
    several = len(search.directions) > 1
    together = (conditional or not several) if multivariate is None else multivariate
    settings: dict[str, Any] = {
        "n_startup_trials": startup_trials,
        "n_ei_candidates": candidates,
        "constant_liar": True,
        "seed": number_seed(search.seed, search.number),
    }
    if together and not conditional:
        return KnownSpace(search.space, **settings)
    return Tpe(multivariate=together, group=together, **settings)
