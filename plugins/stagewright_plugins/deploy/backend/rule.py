"""Runs packages of the platform `rule`: a baseline without ML, as `rule.json` describes it."""

from __future__ import annotations

from stagewright.stages import deploy
from stagewright.stages.deploy import BackendInputs, Engine


@deploy.backend
def rule(inputs: BackendInputs, /) -> Engine:
    """The rule behind the same signature as a model's. Of pictures it is certain of every pixel: `confidence` is 1.

    Raises:
        StagewrightError: there is no `rule.json`, or it names a rule that cannot be rebuilt.
    """
    if inputs.signature["task"]["type"] == "translation":
        from ._recalling import Recalling

        return Recalling(inputs.path, inputs.signature)
    if inputs.signature["task"]["type"] == "classification":
        from ._rating import Rating

        return Rating(inputs.path, inputs.signature)
    from ._ruling import Ruling

    return Ruling(inputs.path, inputs.signature)
