"""A package that holds all it needs, gates before anybody may get it, and what each target wants beside it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from stagewright.contract import WithoutEffect
from stagewright.stages import deploy
from stagewright.stages.deploy import Inputs, Package, ServerChoice, TargetChoice
from stagewright.stages.review import Review

from ._misfits import misfits

Words = Annotated[str, Field(min_length=1)]
Declared = Literal["none", "pseudonymised", "personal", "unknown"]


class Card(BaseModel):
    """What only people know about a model; the rest of its card is measured."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    intended_use: str = Field(default="", description="what it is for, and for whom")
    out_of_scope: str = Field(default="", description="what it must not be used for")
    limitations: str = Field(default="", description="where it fails, as far as is known")
    licence: str = Field(default="", description="under which the package is handed on")
    owner: str = Field(default="", description="who answers for it; the objective's owner if not said")
    contact: str = Field(default="", description="where to ask")


class Parity(BaseModel):
    """How closely a package must follow the model it was made from, on real samples of the validation split."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    samples: int = Field(default=64, ge=1, description="validation samples to compare, the first ones")
    probability: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="largest difference of any probability that is tolerated; if not said, 1e-3 from a network of "
        "PyTorch and 1e-4 from a graph of ONNX",
    )
    same: float = Field(default=0.999, gt=0, le=1, description="smallest share of equal decisions (pixels)")


class Fairness(BaseModel):
    """Groups that the model must serve about equally well, by the headline metric on the test split."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    groups: list[Words] = Field(min_length=1, description="tags of the data whose values are the groups")
    max_gap: float = Field(gt=0, description="largest difference between the best and the worst group")
    minimum: int = Field(default=10, ge=2, description="samples below which a group is not judged")


class Constraints(BaseModel):
    """What a target must keep to; of those that do, the cheapest is taken."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    data_must_stay: bool = Field(default=False, description="inputs must not leave the user's own machines")
    latency_ms: float | None = Field(
        default=None,
        gt=0,
        description="95th percentile of a request: the model's, measured, and the target's",
    )
    memory_mb: float | None = Field(
        default=None, gt=0, description="memory at work: the package's, measured, and the target's"
    )
    cost: float | None = Field(default=None, ge=0, description="relative running cost, as targets declare it")


@deploy.stage(misfits=misfits)
def local(
    inputs: Inputs,
    /,
    *,
    targets: list[TargetChoice] | None = None,
    constraints: Annotated[
        Constraints | None,
        Field(
            description="choose one of `targets` (all there are, if none is listed) by what it must keep to"
        ),
    ] = None,
    card: Annotated[Card, Field(description="what only people know: use, limits, licence, owner")] = Card(),
    parity: Annotated[Parity, Field(description="how closely the package must follow the model")] = Parity(),
    licences: Annotated[
        list[Words] | None,
        Field(
            description="data licences that are allowed, whole or up to a colon; null: any that is declared"
        ),
    ] = None,
    personal_data: Annotated[
        list[Declared], Field(min_length=1, description="what the source may declare of personal data")
    ] = ["none", "pseudonymised"],  # noqa: B006  # read only
    fairness: Annotated[
        Fairness | None, Field(description="groups that the model must serve about equally well")
    ] = None,
    samples: Annotated[int, Field(ge=0, le=20, description="sample requests to put into the package")] = 2,
    server: Annotated[ServerChoice, WithoutEffect()] | None = None,
    review: Annotated[
        Review, WithoutEffect(), Field(description="whether a person must accept the package, and who")
    ] = Review(),
) -> Package:
    """Export, put pre- and post-processing into the graph, hold it against the model, describe, hash.

    `targets` name where it goes besides this machine, which needs nothing more. With `constraints` the framework
    chooses one of them and says why. `server` is for `stagewright serve`, the bundled gateway if not said.

    Raises:
        StagewrightError: the model cannot be exported, the task cannot be packaged, a group is no tag of the data,
            or no target meets the constraints.
    """
    from ._stage import Settings, packaged

    return packaged(
        inputs,
        Settings(
            targets=targets,
            constraints=constraints,
            card=card,
            parity=parity,
            licences=licences,
            personal_data=personal_data,
            fairness=fairness,
            samples=samples,
        ),
    )
