"""A rollout replayed: held-out samples as requests to a real gateway, until the policy says promote or roll back."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from stagewright.rollout.durations import Duration
from stagewright.rollout.mistakes import contradictions
from stagewright.rollout.policy import (
    AbTest,
    Affinity,
    Analysis,
    BlueGreen,
    OnFailure,
    OnInconclusive,
    OnSuccess,
    Step,
    Strategy,
)
from stagewright.stages import rollout
from stagewright.stages.rollout import Decision, Inputs

from ._misfits import misfits


class Replay(BaseModel):
    """Requests that stand in for users'."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    requests: int = Field(default=2000, ge=1, description="at most; fewer where the rollout ends before")
    rate: float = Field(default=2.0, gt=0, description="requests per second of the rollout's clock")
    labelDelay: int = Field(default=20, ge=0, description="requests between an answer and its label")
    users: int = Field(
        default=0,
        ge=0,
        description="how many users ask, each always on one arm; 0: each request is another's",
    )
    samples: int = Field(default=512, ge=1, description="held-out samples to draw from, at most")
    seed: int | None = Field(default=None, description="of the draws; the recipe's seed if not said")


@rollout.stage(contradictions=contradictions, misfits=misfits)
def standard(
    inputs: Inputs,
    /,
    *,
    strategy: Annotated[
        Strategy, Field(description="`canary`, `shadow`, `blueGreen` or `abTest`")
    ] = "canary",
    steps: Annotated[
        tuple[Step, ...],
        Field(description="what happens in which order; if not said, what the strategy stands for"),
    ] = (),
    analysis: Annotated[
        Analysis, Field(description="the guards that watch; if none, errors, sample ratio, leading metric")
    ] = Analysis(),
    affinity: Annotated[Affinity, Field(description="what keeps a user on one arm")] = Affinity(),
    blueGreen: Annotated[BlueGreen, Field(description="for the strategy of that name")] = BlueGreen(),
    abTest: Annotated[AbTest, Field(description="for the strategy of that name")] = AbTest(),
    onFailure: Annotated[
        OnFailure, Field(description="when a guard fails: `rollback`, `pause`, `notify` or `freeze`")
    ] = "rollback",
    onInconclusive: Annotated[
        OnInconclusive,
        Field(
            description="when guards stay undecided, in an analysis step or after the last step: `pause`,"
            " `rollback`, or `notify` and go on"
        ),
    ] = "pause",
    onSuccess: Annotated[
        OnSuccess, Field(description="after the last step: `promote`, or `pause` for a person")
    ] = "promote",
    progressDeadlineSeconds: Annotated[
        Duration,
        Field(description="longest time in one analysis step or after the last step, on the rollout's clock"),
    ] = 86_400.0,
    progressDeadlineAbort: Annotated[
        bool, Field(description="whether to roll back at that deadline; else the rollout pauses")
    ] = True,
    replay: Annotated[Replay, Field(description="the requests that are replayed")] = Replay(),
) -> Decision:
    """Roll the new package out against the champion, in replay; the alias `champion` moves where it is promoted.

    The champion is the version promoted last; before the first promotion it is the no-ML baseline, served as it is.
    The same section drives `stagewright serve` with live requests.

    Raises:
        StagewrightError: the policy contradicts itself, a package is refused, or the task cannot be replayed.
    """
    from ._stage import rolled_out

    section = {
        "strategy": strategy,
        "steps": steps,
        "analysis": analysis,
        "affinity": affinity,
        "blueGreen": blueGreen,
        "abTest": abTest,
        "onFailure": onFailure,
        "onInconclusive": onInconclusive,
        "onSuccess": onSuccess,
        "progressDeadlineSeconds": progressDeadlineSeconds,
        "progressDeadlineAbort": progressDeadlineAbort,
    }
    return rolled_out(inputs, section, replay)
