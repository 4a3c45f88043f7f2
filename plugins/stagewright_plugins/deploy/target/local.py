"""This machine: the package as it is."""

from __future__ import annotations

from collections.abc import Sequence

from stagewright.stages import deploy
from stagewright.stages.deploy import TargetInputs


@deploy.target(local=True, cost=0.0)
def local(_inputs: TargetInputs, /) -> Sequence[str]:
    """Nothing beside the package is needed: `stagewright serve` and `stagewright predict` take it as it is."""
    return ()
