"""The parts of a replayed rollout in order."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.report.blocks import Text
from stagewright.rollout import places
from stagewright.rollout.policy import Policy
from stagewright.stages.rollout import Decision, Inputs
from stagewright.stages.verdict import Verdict
from stagewright_plugins.packaging import signature
from stagewright_plugins.replaying.clock import VirtualClock
from stagewright_plugins.replaying.gateway import Rollout, Running, running
from stagewright_plugins.replaying.guards import refuse_unknown_labels, replayable
from stagewright_plugins.replaying.replay import Traffic, replayed
from stagewright_plugins.replaying.samples import held_out, truth
from stagewright_plugins.replaying.wording import undecided, why

from . import _showing as showing
from ._champion import Champion, champion
from ._trace import Trace

if TYPE_CHECKING:
    from .standard import Replay

JOURNAL, EVENTS = "journal.jsonl", "events.jsonl"
BY = "replay"


def rolled_out(inputs: Inputs, section: Mapping[str, Any], replay: Replay) -> Decision:
    """Replay the rollout, move the alias where it is promoted, and show what happened."""
    policy = replayable(Policy.of(section), inputs.metrics, inputs.framing.task)
    against = champion(inputs)
    if against is None:
        return _unopposed(inputs)
    return _Replayed(inputs, policy, replay, against).run()


def _unopposed(inputs: Inputs) -> Decision:
    """The first version of a recipe without a baseline: nobody is there to be worse than."""
    reason = "the first version, and no baseline to compare it with"
    inputs.context.show(Text("Nothing to roll out against", text=f"Promoted as {reason}.", tone="warning"))
    for name in (JOURNAL, EVENTS):
        (inputs.context.workdir / name).write_text("", encoding="utf-8")
    promoted(inputs, reason)
    return Decision("promoted", reason, inputs.context.workdir, (_verdict(True, f"promoted: {reason}"),))


@dataclass
class _Replayed:
    inputs: Inputs
    policy: Policy
    replay: Replay
    against: Champion
    trace: Trace = field(default_factory=Trace)

    def run(self) -> Decision:
        # On a thread of its own, because a notebook has an event loop running on this one.
        with ThreadPoolExecutor(1, thread_name_prefix="replay") as pool:
            return pool.submit(lambda: asyncio.run(self._replay())).result()

    async def _replay(self) -> Decision:
        context, package = self.inputs.context, self.inputs.deploy
        seed = context.seed if self.replay.seed is None else self.replay.seed
        values = truth(self.inputs.metrics, self.inputs.framing.task, context)
        refuse_unknown_labels(self.policy, values.keys)
        signatures = self._signatures()
        samples = held_out(self.inputs.data, signatures.values(), self.replay.samples, seed)
        clock = VirtualClock(time.time() - self.replay.requests / self.replay.rate)
        header = self.policy.affinity.key or "X-Unit-Id"
        how = Traffic(
            self.replay.requests,
            self.replay.rate,
            self.replay.labelDelay,
            self.replay.users,
            header,
            seed,
            signatures,
        )
        rollout = Rollout(
            f"{package.version[:12]}-{seed}", package.name, self.policy, self.against.path, package.path,
            self.journal, context.workdir / EVENTS,
        )  # fmt: skip
        self.journal.unlink(missing_ok=True)  # a replay that was killed begins anew
        async with running(rollout, context.resolve, clock, self._decided) as gateway:
            async for sent in replayed(gateway, package.name, samples, values, clock, how):
                self.trace.request(sent.number, gateway.rollout.controller)
            return self._ended(gateway)

    def _signatures(self) -> dict[str, dict[str, Any]]:
        """By arm. Packages may take different columns of a row, but then a copy of a request fits only one."""
        found = {
            "stable": signature.read(self.against.path),
            "canary": signature.read(self.inputs.deploy.path),
        }
        mirrors = any(step.setMirrorRoute for step in self.policy.plan())
        if mirrors and found["stable"]["inputs"] != found["canary"]["inputs"]:
            said = f"the new package and {self.against.said} take different inputs"
            raise StagewrightError(f"rollout: {said}, so requests cannot be mirrored; use strategy `canary`")
        return found

    @property
    def journal(self) -> Path:
        return self.inputs.context.workdir / JOURNAL

    def _decided(self, decision: dict[str, Any]) -> None:
        self.trace.decision(decision)
        if decision["decision"] != "step":
            self.inputs.context.emit("rollout", **{k: v for k, v in decision.items() if k != "rollout"})

    def _ended(self, gateway: Running) -> Decision:
        controller = gateway.rollout.controller
        state = controller.state()
        ended = f"the replay's {state['requests']} requests"
        left = "" if controller.finished else undecided(state, ended)
        if left:
            gateway.rollout.command("abort", controller.now, BY, left)
            state = controller.state()
        verdict = "inconclusive" if left else controller.verdict
        reason = left or why(state, self.trace.decisions)
        self.inputs.context.show(*showing.blocks(state, self.trace, self.against.said, verdict, reason))
        self._keep()
        if verdict == "promoted":
            promoted(self.inputs, reason)
        message = f"{verdict.replace('_', ' ')} against {self.against.said}: {reason}"
        return Decision(
            verdict, reason, self.inputs.context.workdir, (_verdict(verdict == "promoted", message),)
        )

    def _keep(self) -> None:
        """The journal beside those of live rollouts, where `stagewright rollout status` finds it."""
        package, home = self.inputs.deploy, self.inputs.context.home
        name = f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{package.version[:8]}-replay"
        target = places.journal(home, package.name, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(self.journal, target)


def promoted(inputs: Inputs, reason: str) -> None:
    """Let `champion` mean the new package."""
    context, package = inputs.context, inputs.deploy
    releases.assign(context.home, package.name, releases.CHAMPION, package.version, "rollout", reason)
    context.emit(
        "alias_moved", name=package.name, alias=releases.CHAMPION, version=package.version, reason=reason
    )


def _verdict(passed: bool, message: str) -> Verdict:
    return Verdict("rollout", "promoted by its guards", passed, message)
