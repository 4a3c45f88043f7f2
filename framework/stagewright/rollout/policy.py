"""The recipe's `rollout` section in Argo Rollouts' words: what happens, in which order, and what stops it.

https://argo-rollouts.readthedocs.io/en/stable/features/specification/. Words of our own: `guards`,
`affinity`, `minRequests`, `requests`, `onFailure`, `onInconclusive`, `onSuccess`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from stagewright.errors import StagewrightError
from stagewright.expression import ExpressionError, parse
from stagewright.keypath import dotted
from stagewright.nearest import suggestion
from stagewright.rollout.durations import Duration
from stagewright.stages.rollout import test as a_test  # the field `test` would hide the contract

Strategy = Literal["canary", "shadow", "blueGreen", "abTest"]
OnFailure = Literal["rollback", "pause", "notify", "freeze"]
OnInconclusive = Literal["pause", "rollback", "notify"]
OnSuccess = Literal["promote", "pause"]
Contradiction = tuple[tuple[str | int, ...], str]  # where below `rollout`, and what
PHASES = ((5, 200), (25, 300), (50, 500))  # weight in percent, requests at it: a canary without steps
Percent = Annotated[float, Field(ge=0, le=100)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class MirrorRoute(_Part):
    """Copies of requests to the canary, whose answers nobody sees."""

    percentage: Percent = Field(default=100, description="share of the stable arm's requests copied")


class Pause(_Part):
    """Wait until both have passed; with neither, until somebody says `promote`."""

    duration: Duration | None = Field(default=None, description="seconds, or text such as `5m`")
    minRequests: int = Field(default=0, ge=0, description="requests of both arms since the step began")


class AnalysisStep(_Part):
    """Wait until every guard named is successful.

    At each limit (requests or duration since the step began, whichever comes first) a guard that is still
    undecided counts as one inconclusive measurement; without a limit the deadline of the rollout decides.
    """

    guards: tuple[str, ...] = Field(default=(), description="names of guards; none: all that are not dry")
    duration: Duration | None = Field(default=None, description="seconds, or text such as `5m`")
    requests: int | None = Field(default=None, ge=1, description="requests of both arms")

    @property
    def limited(self) -> bool:
        """Whether it comes to a limit of its own."""
        return self.requests is not None or self.duration is not None


class Step(_Part):
    """Exactly one of the four."""

    setWeight: Percent | None = Field(default=None, description="canary's share of requests, in percent")
    setMirrorRoute: MirrorRoute | None = None
    pause: Pause | None = None
    analysis: AnalysisStep | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if len(self._said()) != 1:
            raise ValueError(f"a step is exactly one of {', '.join(type(self).model_fields)}")
        return self

    def _said(self) -> list[str]:
        return [name for name in type(self).model_fields if getattr(self, name) is not None]

    @property
    def kind(self) -> str:
        """`setWeight`, `setMirrorRoute`, `pause` or `analysis`."""
        return self._said()[0]


class Guard(_Part):
    """One quantity that is watched in both arms, and the test that judges it.

    Attributes:
        metric: expression over what events carry: `request.error`, `latency_ms > 200`, `label.iou_mean`,
            `feedback.negative`, `outputs.confidence`, `shadow.agreement`, `hw.gpu.memory.utilization`.
        test: a `rollout.test` plugin, by name or as a mapping with `type:`.
        margin: tolerated worsening, relative to the stable arm.
        alpha: this guard's own error probability; without one it shares `analysis.alpha`.
        covariate: expression over the same event that explains variance (CUPED); known before the answer.
    """

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]*$")
    metric: str = Field(default="request", description="expression over what events carry")
    test: Annotated[str | dict[str, Any], a_test] = "event"
    direction: Literal["lower", "higher"] = Field(default="lower", description="which way is better")
    margin: float = Field(default=0.0, ge=0, description="tolerated worsening relative to stable")
    alpha: float | None = Field(default=None, gt=0, lt=1)
    covariate: str = ""
    inconclusiveLimit: int = Field(default=0, ge=0, description="inconclusive measurements tolerated")
    onFailure: OnFailure | None = None

    @model_validator(mode="after")
    def _readable(self) -> Self:
        for text in filter(None, (self.metric, self.covariate)):
            try:
                parse(text)
            except ExpressionError as error:
                raise ValueError(f"{text!r}: {error}") from error
        return self

    @property
    def spec(self) -> dict[str, Any]:
        """The test as a mapping with `type:`."""
        return {"type": self.test} if isinstance(self.test, str) else dict(self.test)

    @property
    def watches_split(self) -> bool:
        """Whether it watches the sample ratio: it can stop a rollout, and never speaks for one."""
        return self.spec.get("type") == "srm"

    @property
    def users_only(self) -> bool:
        """Whether answers that nobody saw do not count: it counts requests, and a copy is none."""
        return parse(self.metric).names == {"request"}


class Analysis(_Part):
    """The guards, and from which step (counted from 0) their failure stops the rollout.

    All guards collect evidence from the first request on.
    """

    startingStep: int = Field(default=0, ge=0)
    alpha: float = Field(default=0.05, gt=0, lt=1, description="error probability over all guards together")
    guards: tuple[Guard, ...] = ()
    dryRun: tuple[str, ...] = Field(default=(), description="guards that only report")
    maxPending: int = Field(default=200_000, ge=1, description="requests kept to join labels and feedback")

    @model_validator(mode="after")
    def _names(self) -> Self:
        names = [guard.name for guard in self.guards]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"two guards are named {', '.join(twice)}")
        for name in self.dryRun:
            if name not in names:
                raise ValueError(f"dryRun names no guard {name!r}, {suggestion(name, names, 'guard')}")
        return self


class Affinity(_Part):
    """What keeps a user on one arm."""

    key: str = Field(
        default="", description="request header or input whose value is the unit; '': each request"
    )


class BlueGreen(_Part):
    """Argo's words: the canary is looked at on mirrored requests, then takes all traffic at once."""

    autoPromotionEnabled: bool = True
    autoPromotionSeconds: Duration = 0
    prePromotionAnalysis: AnalysisStep | None = None
    postPromotionAnalysis: AnalysisStep | None = None


class AbTest(_Part):
    """A fixed split for as many requests as the planned power needs (`stagewright.rollout.power`)."""

    setWeight: Percent = 50
    requests: int = Field(default=2, ge=2, description="requests of both arms before the verdict")
    guards: tuple[str, ...] = ()


class Policy(_Part):
    """A whole rollout policy."""

    strategy: Strategy = "canary"
    steps: tuple[Step, ...] = ()
    analysis: Analysis = Analysis()
    affinity: Affinity = Affinity()
    blueGreen: BlueGreen = BlueGreen()
    abTest: AbTest = AbTest()
    onFailure: OnFailure = "rollback"
    onInconclusive: OnInconclusive = "pause"
    onSuccess: OnSuccess = "promote"
    progressDeadlineSeconds: Duration = 86_400
    progressDeadlineAbort: bool = True

    @classmethod
    def of(cls, section: Mapping[str, Any]) -> Policy:
        """The policy in a recipe's `rollout` section; keys that belong to the stage are left to it.

        Raises:
            StagewrightError: the section is no policy; one line per problem.
        """
        known = {key: value for key, value in section.items() if key in cls.model_fields}
        try:
            policy = cls.model_validate(known)
        except ValidationError as error:
            found = ((".".join(map(str, item["loc"])), item["msg"]) for item in error.errors())
            raise StagewrightError("\n".join(f"rollout.{key}: {said}" for key, said in found)) from error
        if wrong := problems(policy):
            raise StagewrightError("\n".join(f"rollout.{dotted(path)}: {said}" for path, said in wrong))
        return policy

    def plan(self) -> tuple[Step, ...]:
        """The steps in force: those of the recipe, or what the strategy stands for."""
        return self.steps or tuple(_steps(self))

    def share_of_alpha(self, guard: Guard) -> float:
        """The guard's error probability: its own, else an equal share (Bonferroni) of the policy's."""
        if guard.alpha is not None:
            return guard.alpha
        sharing = [g for g in self.analysis.guards if g.alpha is None and g.name not in self.analysis.dryRun]
        return self.analysis.alpha / max(1, len(sharing))

    def waited_for(self, step: AnalysisStep) -> list[str]:
        """The guards an analysis step waits for; a dry one, and one that watches the sample ratio, only stop."""
        guards = {guard.name: guard for guard in self.analysis.guards}
        named = [name for name in step.guards or guards if name not in self.analysis.dryRun]
        return [n for n in named if not guards[n].watches_split and self.on_failure(guards[n]) != "freeze"]

    def deciding(self) -> list[str]:
        """The guards that must be successful before the canary is promoted; one that only notifies need not.

        Of a canary all, because each step before the last only asked whether one failed. The other strategies have
        an analysis of their own, and what it names decides.
        """
        analyses = [step.analysis for step in self.plan() if step.analysis]
        asked = [AnalysisStep()] if self.strategy == "canary" else analyses
        names = {name for step in asked for name in self.waited_for(step)}
        return [g.name for g in self.analysis.guards if g.name in names and self.on_failure(g) != "notify"]

    def on_failure(self, guard: Guard) -> OnFailure:
        """What the guard's failure does; a sample-ratio mismatch freezes unless the guard says otherwise."""
        return guard.onFailure or ("freeze" if guard.watches_split else self.onFailure)


def _steps(policy: Policy) -> Sequence[Step]:
    mirror, unmirror = (Step(setMirrorRoute=MirrorRoute(percentage=share)) for share in (100, 0))
    if policy.strategy == "shadow":
        return [mirror, Step(analysis=AnalysisStep()), unmirror]
    if policy.strategy == "abTest":
        plan = policy.abTest
        # Both arms must reach their size, and labels arrive late: a tenth more, then it is inconclusive.
        late = max(1, plan.requests // 10)
        verdict = Step(analysis=AnalysisStep(guards=plan.guards, requests=late))
        return [Step(setWeight=plan.setWeight), Step(pause=Pause(minRequests=plan.requests)), verdict]
    if policy.strategy == "blueGreen":
        plan_, switch = policy.blueGreen, Step(setWeight=100)
        before = [mirror, Step(analysis=plan_.prePromotionAnalysis)] if plan_.prePromotionAnalysis else []
        seconds = plan_.autoPromotionSeconds if plan_.autoPromotionEnabled else None
        wait = [Step(pause=Pause(duration=seconds))] if seconds != 0 else []
        after = [Step(analysis=plan_.postPromotionAnalysis)] if plan_.postPromotionAnalysis else []
        return [*before, *wait, *([unmirror] if before else []), switch, *after]
    phases = ((Step(setWeight=w), Step(pause=Pause(minRequests=requests))) for w, requests in PHASES)
    return [step for phase in phases for step in phase]


def problems(policy: Policy) -> list[Contradiction]:
    """What is wrong between parts of a policy that are right each for itself."""
    return [*_about_steps(policy), *_about_guards(policy)]


def _about_steps(policy: Policy) -> Iterator[Contradiction]:
    """Without guards the usual ones come (`default_guards`): then the steps are held against those."""
    names = [guard.name for guard in policy.analysis.guards]
    for index, step in enumerate(policy.plan()):
        if policy.strategy == "shadow" and step.setWeight:
            yield ("steps", index), "strategy `shadow` never gives the canary a user's request"
        for name in step.analysis.guards if step.analysis and names else ():
            if name not in names:
                where = ("steps", index, "analysis", "guards") if policy.steps else (policy.strategy,)
                yield where, f"no guard {name!r}, {suggestion(name, names, 'guard')}"
    if policy.steps and policy.analysis.startingStep >= len(policy.steps):
        yield ("analysis", "startingStep"), f"there are {len(policy.steps)} steps, counted from 0"
    if policy.steps and policy.strategy in ("blueGreen", "abTest"):
        yield ("steps",), f"strategy `{policy.strategy}` has steps of its own; use `{policy.strategy}:`"


def _about_guards(policy: Policy) -> Iterator[Contradiction]:
    from stagewright.rollout.measured import unknown

    for index, guard in enumerate(policy.analysis.guards):
        for key in ("metric", "covariate"):
            text = getattr(guard, key)
            if text and (wrong := unknown(text)):
                yield ("analysis", "guards", index, key), wrong
