"""The rollout controller: a pure state machine. Events and a clock go in, decisions come out.

It reads no clock, writes nothing and draws no random number, so its journal replays to the same state.

Phases, in Argo Rollouts' words: `Progressing` (a step works), `Paused` (a pause step, or somebody must
look), `Healthy` (promoted), `Degraded` (rolled back). A decision is a plain mapping with `decision`, `n`,
`now`, `rollout`, `step`, `weight`, `mirror`, `phase`, and what belongs to its kind:

    started, step      `kind` of the step that begins
    set_weight         the canary's share changed
    set_mirror         the share of copied requests changed
    paused, resumed    `reason`
    frozen             the sample ratio does not fit the weight: nothing moves until somebody looks
    guard              `guard`, `outcome`, `evidence`, both arms' figures
    notify             `guard`, `reason`: a guard failed that may only say so
    promoted           `reason`
    rolled_back        `reason`, and `guard` where one was the cause
    refused            `reason`: a command that cannot be followed now
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from stagewright.rollout import assignment
from stagewright.rollout.measured import Event
from stagewright.rollout.observations import USERS, Observations, exposure
from stagewright.rollout.policy import AnalysisStep, Policy, Step
from stagewright.rollout.steps import at_limit, judging, listens, pause_is_over
from stagewright.rollout.watch import MakeTest, Watch, watches

Decisions = list[dict[str, Any]]
Phase = Literal["Progressing", "Paused", "Healthy", "Degraded"]
COMMANDS = ("promote", "abort", "rollback", "pause", "resume")
RULES = 3  # 1 promoted in spite of undecided guards; 2 left an analysis that paused undecided to a person


class Controller:
    """One rollout.

    Args:
        policy: what happens in which order, and what stops it.
        rollout: id of the rollout; also the salt of the assignment, so that every rollout deals anew.
        make: builds a guard's test.
        rules: those in force; a rollout of before goes on by its own.
    """

    def __init__(self, policy: Policy, rollout: str, make: MakeTest, rules: int = RULES) -> None:
        self.policy, self.rollout, self.rules = policy, rollout, rules
        self.deciding = policy.deciding() if rules > 1 else []
        self.plan: tuple[Step, ...] = policy.plan()
        self.watches: dict[str, Watch] = watches(policy, make)
        self.phase: Phase = "Progressing"
        self.verdict: Literal["", "promoted", "rolled_back"] = ""
        self.reason = ""  # why it is paused, or how it ended
        self.weight = self.mirror = 0.0
        self.step = -1
        self.now = self.step_began = self.looked = self.progressed = 0.0
        self.requests = self.step_requests = self.looked_requests = 0
        self.held = ""  # why nothing moves until somebody says so
        self.waits = False  # held because guards are undecided: evidence may still come
        self.frozen = False
        self.looks = 0  # measurements of analysis steps that came to their limit undecided
        self.notified: set[str] = set()
        self._decisions: Decisions = []
        self._count = 0
        self._observations = Observations(self.watches.values(), policy.analysis.maxPending)

    # ---- what the gateway asks --------------------------------------------------------------------

    def arm(self, unit: str) -> Literal["stable", "canary"]:
        """The arm whose answer the unit gets."""
        return "canary" if assignment.chosen(self.rollout, unit, self.weight) else "stable"

    def mirrors(self, unit: str) -> bool:
        """Whether a request that the stable arm answers is copied to the canary."""
        return assignment.chosen(f"{self.rollout}/mirror", unit, self.mirror)

    @property
    def finished(self) -> bool:
        """Whether it was promoted or rolled back."""
        return bool(self.verdict)

    # ---- what goes in -----------------------------------------------------------------------------

    def start(self, now: float) -> Decisions:
        """Begin the first step; before that the stable arm answers everything."""
        self._clock(now)
        self.progressed = self.now
        self._say("started", strategy=self.policy.strategy, steps=len(self.plan))
        self._enter(0)
        return self._moved()

    def observe(self, event: Event, now: float) -> Decisions:
        """A request, label, feedback or hardware event, as the live event log has it."""
        self._clock(now)
        if self.finished:
            return self._taken()
        if event.get("kind") == "request" and event.get("arm", "stable") in USERS:
            self.requests += 1
            self.step_requests += 1
        for watch in self._observations.observe(event, self.weight, self.mirror, self.now):
            self._say("guard", **watch.to_json())
        return self._moved()

    def tick(self, now: float) -> Decisions:
        """Time has passed."""
        self._clock(now)
        return self._taken() if self.finished else self._moved()

    def command(self, command: str, now: float, by: str, reason: str) -> Decisions:
        """What a person asks: promote, abort, rollback, pause, resume."""
        self._clock(now)
        said = f"{command} by {by}: {reason}" if reason else f"{command} by {by}"
        if command not in COMMANDS:
            self._say("refused", reason=f"no command {command!r}; there are {', '.join(COMMANDS)}")
        elif command in ("abort", "rollback"):
            self._command_back(command, said)
        elif self.finished or self.step < 0:
            state = f"is over ({self.verdict})" if self.finished else "has not begun"
            self._say("refused", reason=f"{said}: the rollout {state}")
        elif command == "pause":
            self._hold(said)
        else:
            self._command_on(command, said)
        return self._taken() if self.finished else self._moved()

    # ---- the machine ------------------------------------------------------------------------------

    def _clock(self, now: float) -> None:
        self.now = max(self.now, now)  # a clock that steps back must not bring time back

    def _moved(self) -> Decisions:
        """Let failures act, then go as far as the steps allow."""
        if self.step < 0:
            return self._taken()
        self._judge(self.step)
        if self.waits and not self._lacking():
            self.held, self.waits = "", False  # the evidence came late, and it came
        while not self.finished and not self.held and self._step_is_done():
            self._judge(self.step + 1)  # a guard that the next step listens to stops it before it begins
            if not self.finished and not self.held:
                self._enter(self.step + 1)
        if self.step >= len(self.plan) and not self.finished and not self.held:
            self._conclude()
        if not self.finished:
            self._deadline()
        return self._taken()

    def _enter(self, index: int) -> None:
        self.step = index
        self.step_began = self.progressed = self.looked = self.now
        self.step_requests = self.looked_requests = 0
        if index >= len(self.plan):
            self._conclude()
            return
        step = self.plan[index]
        self._resume_phase(step)
        self._say("step", kind=step.kind)
        if step.setWeight is not None:
            self._set_weight(assignment.share(step.setWeight))
        elif step.setMirrorRoute is not None:
            self._set_mirror(assignment.share(step.setMirrorRoute.percentage))
        for watch in self.watches.values():
            watch.inconclusive = 0

    def _resume_phase(self, step: Step) -> None:
        self.phase = "Paused" if step.pause is not None else "Progressing"
        self.reason = "CanaryPauseStep" if step.pause is not None else ""

    def _step_is_done(self) -> bool:
        if self.step >= len(self.plan):
            return False
        step = self.plan[self.step]
        if step.analysis is not None:
            return self._analysed(step.analysis)
        return step.pause is None or pause_is_over(step.pause, self.now - self.step_began, self.step_requests)

    def _analysed(self, step: AnalysisStep) -> bool:
        undecided = self._undecided_in(step)
        if not undecided:
            return True
        if not at_limit(step, self.now - self.looked, self.step_requests - self.looked_requests):
            return False
        self.looked, self.looked_requests = self.now, self.step_requests
        self.looks += 1
        for watch in undecided:
            watch.inconclusive += 1
        over = [w for w in undecided if w.inconclusive > w.guard.inconclusiveLimit]
        return bool(over) and self._inconclusive([watch.guard.name for watch in over])

    def _undecided_in(self, step: AnalysisStep) -> list[Watch]:
        return [w for w in judging(self.policy, step, self.watches) if w.outcome != "successful"]

    def _inconclusive(self, names: list[str]) -> bool:
        """Whether the step is over nevertheless."""
        reason = f"inconclusive: {', '.join(names)}"
        if self.policy.onInconclusive == "notify":
            self._say("notify", guard=names[0], reason=reason)
            return True
        if self.policy.onInconclusive == "rollback":
            self._roll_back(reason, names[0])
        else:
            self._await(f"InconclusiveAnalysisRun: {', '.join(names)}")
        return False

    def _judge(self, step: int) -> None:
        """Let the guards act that failed and that `step` listens to; a frozen rollout hears none any more."""
        failed = [
            w
            for w in self.watches.values()
            if w.outcome == "failed" and listens(self.policy, self.plan, step, w)
        ]
        for watch in sorted(failed, key=lambda watch: watch.on_failure != "freeze"):
            if self.finished or self.frozen:
                return
            self._failed(watch)

    def _failed(self, watch: Watch) -> None:
        name = watch.guard.name
        if watch.on_failure == "rollback":
            self._roll_back(f"guard {name} failed", name)
        elif name not in self.notified:
            self.notified.add(name)
            self._stop_without_rollback(watch, name)

    def _stop_without_rollback(self, watch: Watch, name: str) -> None:
        if watch.on_failure == "freeze":
            self.frozen = True
            self._say("frozen", guard=name, reason="the sample ratio does not fit the weight")
            self._hold(f"SampleRatioMismatch: {name}")
        elif watch.on_failure == "pause":
            self._hold(f"guard {name} failed")
        else:
            self._say("notify", guard=name, reason=f"guard {name} failed")

    def _deadline(self) -> None:
        """No progress for too long; waiting in a pause, or for a person, is no lack of progress."""
        working = not self.held and self.phase == "Progressing"
        if working and self.now - self.progressed >= self.policy.progressDeadlineSeconds:
            if self.step >= len(self.plan):
                self._inconclusive(self.undecided())
                return
            reason = f"ProgressDeadlineExceeded: step {self.step}"
            if self.policy.progressDeadlineAbort:
                self._roll_back(reason, None)
            else:
                self._await(reason)

    def _hold(self, reason: str) -> None:
        if not self.held or self.waits:  # a person, or a guard that failed, holds it faster
            self.held, self.waits = reason, False
            self.reason = reason
            self.phase = "Paused"
            self._say("paused", reason=reason)

    def _await(self, reason: str) -> None:
        """Hold until somebody decides, or the evidence does that comes late: labels, feedback."""
        self._hold(reason)
        self.waits = self.rules > 2 or self.step >= len(self.plan)

    def _lacking(self) -> list[str]:
        """Guards that the step under way waits for, or after the last step promotion."""
        step = self.plan[self.step].analysis if self.step < len(self.plan) else None
        return self.undecided() if step is None else [w.guard.name for w in self._undecided_in(step)]

    def _conclude(self) -> None:
        """After the last step: promoted as soon as no guard is undecided; until then the weight stays.

        A weight at which only one arm answers leaves nothing to wait for.
        """
        self.step = len(self.plan)
        names = self.undecided()
        if not names:
            self._succeed("all steps are done and no guard failed")
        elif self.policy.onInconclusive == "notify":
            self._inconclusive(names)
            self._succeed(f"all steps are done; undecided: {', '.join(names)}")
        elif 0 < exposure(self.weight, self.mirror) < 1:
            self.phase, self.reason = "Progressing", f"AwaitingGuards: {', '.join(names)}"
        else:
            self._inconclusive(names)

    def undecided(self) -> list[str]:
        """Guards that promotion waits for; one that failed, so that somebody went on in spite of it, is no more."""
        watches = (self.watches[name] for name in self.deciding)
        return [
            w.guard.name
            for w in watches
            if w.outcome != "successful" and not (w.outcome == "failed" and w.guard.name in self.notified)
        ]

    def _succeed(self, reason: str) -> None:
        if self.policy.onSuccess == "pause" and not self.frozen:
            self._hold("all steps are done; `promote` ends the rollout")
        else:
            self._promote(reason)

    def _promote(self, reason: str) -> None:
        self._set_mirror(0.0)
        self._set_weight(1.0)
        self._end("promoted", "Healthy", reason)

    def _roll_back(self, reason: str, guard: str | None) -> None:
        self._set_mirror(0.0)
        self._set_weight(0.0)
        self._end("rolled_back", "Degraded", reason, **({"guard": guard} if guard else {}))

    def _end(self, verdict: Any, phase: Phase, reason: str, **more: Any) -> None:
        self.verdict, self.phase, self.reason, self.held, self.waits = verdict, phase, reason, "", False
        self._say(verdict, reason=reason, **more)

    def _set_weight(self, weight: float) -> None:
        if weight != self.weight:
            self.weight = weight
            self._say("set_weight")

    def _set_mirror(self, mirror: float) -> None:
        if mirror != self.mirror:
            self.mirror = mirror
            self._say("set_mirror")

    # ---- commands ---------------------------------------------------------------------------------

    def _command_back(self, command: str, said: str) -> None:
        over = self.verdict == "rolled_back" or (self.verdict == "promoted" and command == "abort")
        if over:
            self._say("refused", reason=f"{said}: the rollout is over ({self.verdict})")
        else:
            self._roll_back(said, None)

    def _command_on(self, command: str, said: str) -> None:
        if self.frozen:
            self._say(
                "refused", reason=f"{said}: the sample ratio does not fit the weight; abort, and begin anew"
            )
        elif command == "resume":
            self._resume(said)
        elif self.step >= len(self.plan):
            self._promote(said)
        elif self.phase == "Paused":
            self._resume(said)
            if self.plan[self.step].kind in ("pause", "analysis"):
                self._enter(self.step + 1)
                if self.step >= len(self.plan) and not self.finished and not self.held:
                    self._promote(said)  # who promotes past the last step has decided
        else:
            self._say("refused", reason=f"{said}: it is not paused; step {self.step} is at work")

    def _resume(self, said: str) -> None:
        self.held, self.waits = "", False
        self.progressed = self.looked = self.now
        self.looked_requests = self.step_requests
        if self.step < len(self.plan):
            self._resume_phase(self.plan[self.step])
        else:
            self.phase = "Progressing"
        self._say("resumed", reason=said)

    # ---- what comes out ---------------------------------------------------------------------------

    def _say(self, decision: str, **more: Any) -> None:
        self._count += 1
        self._decisions.append(
            {
                "decision": decision,
                "n": self._count,
                "now": self.now,
                "rollout": self.rollout,
                "step": self.step,
                "weight": self.weight,
                "mirror": self.mirror,
                "phase": self.phase,
                **more,
            }
        )

    def _taken(self) -> Decisions:
        decisions, self._decisions = self._decisions, []
        return decisions

    def guards(self) -> list[dict[str, Any]]:
        """Every guard's standing, and whether promotion waits for it.

        While frozen, nobody's word counts but the one that froze it.
        """
        found = [w.to_json() | {"awaited": w.guard.name in self.deciding} for w in self.watches.values()]
        if self.frozen:
            for item in found:
                if self.watches[item["guard"]].on_failure != "freeze":
                    item["outcome"] = "inconclusive"
        return found

    def state(self) -> dict[str, Any]:
        """Everything that people and dashboards ask: JSON."""
        return {
            "rollout": self.rollout,
            "strategy": self.policy.strategy,
            "phase": self.phase,
            "verdict": self.verdict,
            "reason": self.reason,
            "step": self.step,
            "steps": len(self.plan),
            "weight": self.weight,
            "mirror": self.mirror,
            "requests": self.requests,
            "step_requests": self.step_requests,
            "step_began": self.step_began,
            "held": self.held,
            "frozen": self.frozen,
            "undecided": [] if self.finished else self.undecided(),
            "decisions": self._count,
            "guards": self.guards(),
        }

    @classmethod
    def replay(
        cls, policy: Policy, lines: Iterable[str | Mapping[str, Any]], make: MakeTest, rollout: str = ""
    ) -> Controller:
        """The controller in the state that a journal leaves; see `stagewright.rollout.journal.replayed`."""
        from stagewright.rollout.journal import replayed

        return replayed(policy, lines, make, rollout).controller
