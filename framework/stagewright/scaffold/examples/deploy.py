"""A deployment with the company's card filled in."""

from typing import Annotated

from pydantic import Field

from stagewright.stages import deploy
from stagewright.stages.deploy import Inputs, Package


@deploy.stage
def with_our_card(
    inputs: Inputs,
    /,
    *,
    use: Annotated[str, Field(min_length=1, description="what it is meant for")] = "Internal use.",
) -> Package:
    """The bundled stage `local`; what is the same for every model is said once."""
    card = {"intended_use": use, "limitations": "See the report.", "licence": "proprietary"}  # yours
    return inputs.context.resolve("deploy", {"type": "local", "card": card})(inputs)
