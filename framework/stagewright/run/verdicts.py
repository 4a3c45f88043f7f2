"""What a finished step means for its run: its gates, its reviews, and the version that a package becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stagewright import releases
from stagewright.check.check import Checked
from stagewright.errors import GateFailed, NotNeeded, ReviewPending
from stagewright.gates import Gate, beats_baseline, declared, kpis, success
from stagewright.plan.plan import Planned
from stagewright.record import review
from stagewright.run.run_log import RunLog
from stagewright.store import Hit

Hits = Mapping[str, Hit]


def values(hits: Hits, step: str) -> dict[str, float]:
    """Metric values of a finished step that gave scores; empty if it has not."""
    hit = hits.get(step)
    scores = hit.output["values"] if hit else {}
    return {key: score["value"] for key, score in scores.items() if score["value"] is not None}


@dataclass
class Verdicts:
    """The verdicts of one run.

    Attributes:
        home: the project's store, where reviews and versions are kept.
        gates: those that were held against a condition so far.
    """

    home: Path
    log: RunLog
    gates: list[Gate] = field(default_factory=list)

    def judge(self, checked: Checked, hits: Hits, planned: Planned) -> None:
        """Judge a step that is done.

        Raises:
            NotNeeded: the baseline reaches every target.
            GateFailed: a condition does not hold, or a reviewer rejected the step.
            ReviewPending: a reviewer has not spoken yet.
        """
        step = planned.step
        if step == "baseline":
            _needed(checked, hits)
        elif step == "evaluate":
            self._meets(checked, hits)
        elif step == "deploy":
            self._released(hits["deploy"])
        for verdict in hits[step].output.get("verdicts", ()):
            self._gate(declared(verdict, step))
        self._raise_failed_gates()  # what fails its criteria needs nobody's time
        self._reviewed(checked, planned)
        if step == "deploy":
            self._challenges(hits["deploy"])

    # ---- gates ----------------------------------------------------------------------------------

    def _meets(self, checked: Checked, hits: Hits) -> None:
        model, baseline = values(hits, "evaluate"), values(hits, "baseline")
        found = success(checked.framing.success, model, "evaluate")
        if baseline:
            found.insert(0, beats_baseline(checked.metrics.metrics[0], model, baseline))
        for gate in found:
            self._gate(gate)

    def _gate(self, gate: Gate) -> None:
        self.gates.append(gate)
        self.log.event("gate", **gate.to_json())
        self.log.say(f"  {'✓' if gate.passed else '✗'} {gate.condition}: {gate.message}")

    def _raise_failed_gates(self) -> None:
        failed = [gate for gate in self.gates if not gate.passed]
        if failed:
            raise GateFailed("; ".join(f"{gate.condition}: {gate.message}" for gate in failed))

    # ---- reviews --------------------------------------------------------------------------------

    def _reviewed(self, checked: Checked, planned: Planned) -> None:
        roles = review.reviewers(planned.step, checked.goal, checked.components[planned.step])
        if not roles:
            return
        standing = review.standing(self.home, planned.fingerprint, roles)
        for role, verdict in standing.items():
            if verdict:
                said = f"{verdict['by']} ({role}): {verdict['reason']}"
                condition = f"{planned.step} accepted by {role}"
                self._gate(Gate("review", planned.step, condition, bool(verdict["accepted"]), said))
        waiting = [role for role, verdict in standing.items() if verdict is None]
        self._raise_failed_gates()
        if waiting:
            self.log.event("review", step=planned.step, fingerprint=planned.fingerprint, waiting=waiting)
            who = " and ".join(waiting)
            how = f"`stagewright review accept {self.log.record.id} --by NAME --reason WHY`"
            raise ReviewPending(f"{planned.step} waits for {who}: {how} (or reject)")

    # ---- versions -------------------------------------------------------------------------------

    def _released(self, hit: Hit) -> None:
        """The package becomes a version of the model: named by its artifact, so only once that is whole."""
        name, version = hit.output["name"], hit.output["version"]
        package = (Path("store") / hit.artifact / hit.output["path"]).as_posix()
        releases.register(self.home, name, version, package, self.log.record.id)
        self.log.event("package_registered", name=name, version=version, package=package)

    def _challenges(self, hit: Hit) -> None:
        """What passed its gates and its reviews is on its way: a rollout, or the gateway, takes it from here."""
        name, version, alias = hit.output["name"], hit.output["version"], releases.CHALLENGER
        known = releases.current(self.home, name, alias)
        if known is None or known.version != version:
            reason = "passed the gates of deploy"
            releases.assign(self.home, name, alias, version, self.log.record.id, reason)
            self.log.event("alias_moved", name=name, alias=alias, version=version, reason=reason)


def _needed(checked: Checked, hits: Hits) -> None:
    """ML is not needed where what works without it already reaches every KPI's target."""
    found = kpis(checked.goal.kpis, {}, values(hits, "baseline"))
    if found and all(kpi["no_ml_reached"] for kpi in found):
        said = ", ".join(f"{kpi['name']} {kpi['no_ml']:.3g} {kpi['unit']}".strip() for kpi in found)
        plugin = checked.components["baseline"].type
        raise NotNeeded(f"ML is not needed: the baseline {plugin!r} reaches the target without it ({said})")
