"""What a rollout's guards watch and the recipe does not compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.rollout.mistakes import policy_in
from stagewright.stages.known import Known, Misfit
from stagewright_plugins.replaying.policies import too_short, wrong_policy


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Values that no label brings, steps that wait for guards in vain, a replay too short for any promotion.

    The last is no error: a first version without a baseline is promoted without a replay.
    """
    policy = policy_in(settings)
    wrong = [Misfit(("rollout", *path), said) for path, said in wrong_policy(policy, known)]
    yield from wrong
    for path, said in () if wrong else too_short(policy, settings["replay"], known):
        yield Misfit(("rollout", *path), said, "warning")
