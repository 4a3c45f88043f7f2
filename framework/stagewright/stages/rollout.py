"""rollout: traffic moves to the new package step by step, while guards watch; promote or roll back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.frozen import frozen
from stagewright.stages.data import Dataset
from stagewright.stages.deploy import Package
from stagewright.stages.framing import TASK_ONLY, Framing
from stagewright.stages.known import StageFacts
from stagewright.stages.manifests import Exported, ExportInputs
from stagewright.stages.metrics import MetricSet
from stagewright.stages.scores import Scores
from stagewright.stages.verdict import Verdict

Outcome = Literal["successful", "failed", "inconclusive"]  # Argo Rollouts' words for a measurement


@frozen
class Inputs:
    """What a rollout looks at: the challenger package, and the data a replay draws requests from.

    `baseline` stands in as the champion while nothing was promoted yet.
    """

    framing: Framing
    data: Dataset
    metrics: MetricSet
    baseline: Scores | None
    deploy: Package
    context: Context


@frozen
class Decision:
    """How a rollout ended; `path` holds the journal that gives the same verdict when replayed.

    `journal.jsonl`   every event the controller saw and every decision it took
    `events.jsonl`    requests, labels and feedback, as the live event log has them
    """

    verdict: Literal["promoted", "rolled_back", "inconclusive"]
    reason: str
    path: Path
    verdicts: tuple[Verdict, ...] = ()


@frozen
class TestInputs:
    """What a test is handed once per guard.

    Attributes:
        alpha: error probability this guard may spend (the policy's, shared over its guards).
        direction: `lower` or `higher` is better for the guarded quantity.
        margin: tolerated worsening, relative to the stable arm (0.25 is a quarter).
    """

    __test__ = False  # pytest, which collects what is named so, leaves it alone

    alpha: float
    direction: Literal["lower", "higher"]
    margin: float


class Test(Protocol):
    """A test that stays valid however often it is looked at; pure state, so that a journal replays to the same.

    Attributes:
        once: which observations count once per unit where a unit sticks to its arm, because further ones
            are not independent: the first that is not 0 (`event`), the first (`value`), or none (`never`).
    """

    @property
    def once(self) -> Literal["event", "value", "never"]: ...

    def observe(
        self, canary: bool, weight: float, value: float, now: float = 0.0, covariate: float | None = None
    ) -> None:
        """One observation.

        Args:
            canary: its arm.
            weight: the canary's share of all answers when the request was assigned, 0 to 1.
            value: what the guard's metric gave.
            now: seconds on the rollout's clock.
            covariate: known before the answer and correlated with the value (CUPED).
        """
        ...

    def outcome(self) -> Outcome:
        """The standing verdict."""
        ...

    def evidence(self) -> Mapping[str, Any]:
        """Numbers behind the verdict, for people and for the record: JSON."""
        ...


@frozen
class Least:
    """What a test needs at least to be successful, whatever it observes: 0 where nothing is certain.

    Attributes:
        stable, canary: observations of the arm.
        total: of both arms together.
        seconds: from the first observation to the last.
        once: whether a unit that sticks to its arm counts once, whatever it says.
    """

    stable: int = 0
    canary: int = 0
    total: int = 0
    seconds: float = 0.0
    once: bool = False

    @property
    def observations(self) -> int:
        """Of both arms."""
        return max(self.total, self.stable + self.canary)


@frozen
class TestFacts:
    """What a test declares.

    Attributes:
        least: settings and what it would be handed → what it needs at least.
        contradictions: bound settings → what is wrong between them, `(path below the test, what)`.
    """

    __test__ = False

    least: Callable[[Mapping[str, Any], TestInputs], Least] | None = None
    contradictions: Callable[[Mapping[str, Any]], Sequence[tuple[tuple[str | int, ...], str]]] | None = None


stage: Contract[Inputs, Decision] = Contract(
    "rollout",
    takes=Inputs,
    gives=Decision,
    facts=StageFacts,
    uses=("deploy.backend", "rollout.test"),
    sees=TASK_ONLY,
)
test: Contract[TestInputs, Test] = Contract("rollout.test", takes=TestInputs, facts=TestFacts)
TestChoice = Annotated[Component[TestInputs, Test], test]
# Writes the section for another system; what that system cannot express is named, never dropped.
exporter: Contract[ExportInputs, Exported] = Contract("rollout.exporter", takes=ExportInputs, gives=Exported)
