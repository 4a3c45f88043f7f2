"""Independent draws: what every other sampler has to beat."""

from __future__ import annotations

from typing import Any

from stagewright.stages import sweep
from stagewright.stages.sweep import Search


@sweep.sampler
def random(search: Search, /) -> Any:
    """Each trial draws by its own number: the same settings whatever the number of workers."""
    from optuna.samplers import RandomSampler

    from stagewright_plugins.sweeping.job import number_seed

    return RandomSampler(seed=number_seed(search.seed, search.number))
