"""A search that draws at random."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import sweep
from stagewright.stages.sweep import Best, Inputs, Measure, Params


@sweep.stage
def draws(
    inputs: Inputs,
    /,
    *,
    params: Annotated[Params, Field(description="what is searched, by dotted key")] = {},  # noqa: B006
    measure: Annotated[Measure, Field(description="step after which a trial is over")] = "train",
    trials: Annotated[int, Field(ge=1, description="how many")] = 10,
) -> Best:
    """Numbers between their ends; the best value of the leading metric wins."""
    from random import Random

    random, key = Random(inputs.context.seed), inputs.metrics.metrics[0].keys[0]
    tried = []
    for number in range(trials):
        settings = {p.key: random.uniform(p.domain.low, p.domain.high) for p in inputs.trial.space}  # yours
        tried.append((inputs.trial(number, settings, lambda *_: None).values, settings))
    values, settings = max(tried, key=lambda item: item[0][key])
    return Best(inputs.context.workdir, settings, values, trials)
