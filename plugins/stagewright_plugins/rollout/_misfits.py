"""What a rollout's guards watch and the recipe does not compute."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from stagewright.rollout.mistakes import policy_in
from stagewright.stages.known import Known, Misfit
from stagewright_plugins.replaying.policies import wrong_policy


def misfits(settings: Mapping[str, Any], known: Known) -> Iterator[Misfit]:
    """Values that no label brings, steps that wait for guards in vain."""
    for path, said in wrong_policy(policy_in(settings), known):
        yield Misfit(("rollout", *path), said)
