"""A checked recipe → a record: each step gets what it asked for by name; nothing finished is repeated."""

from __future__ import annotations

import datetime
import json
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from stagewright import budget, gates, lifecycle, record, releases, review, revisions
from stagewright.check import Checked
from stagewright.errors import (
    BudgetExceeded,
    GateFailed,
    NotNeeded,
    ReviewPending,
    StagewrightError,
    StepError,
)
from stagewright.execute import Listening, execute, handle, plain
from stagewright.frozen import frozen
from stagewright.plan import Planned, Planner, Walk
from stagewright.registry import Registry
from stagewright.store import Hit, Store, disk_errors
from stagewright.sweep_plan import SECTION as SWEEP
from stagewright.sweep_plan import study_name

Say = Callable[[str], None]

INTERRUPTED = 130  # exit code of a run ended by Ctrl-C or SIGTERM, as shells count it
STATUS = {
    0: "succeeded",
    NotNeeded.exit_code: "not_needed",
    ReviewPending.exit_code: "review_pending",
    INTERRUPTED: "interrupted",
}


@frozen
class Outcome:
    """How a run ended. `record` is what `record.json` holds; `folder` is the run's own."""

    folder: Path
    record: dict[str, Any]

    @property
    def exit_code(self) -> int:
        """0, or the code of the error that ended the run (errors.py)."""
        return int(self.record["exit_code"])


@dataclass
class Runner:
    """One execution of a checked recipe.

    Attributes:
        about: what the record says of the run beside its plan: recipe, overrides, command.
        say: where progress goes, one line at a time.
        debug: print the traceback behind an error too.
        screen: a terminal on which the table of a sweep is drawn in its place.
    """

    checked: Checked
    registry: Registry
    store: Store
    about: Mapping[str, Any] = field(default_factory=dict)
    say: Say = print
    debug: bool = False
    screen: TextIO | None = None

    def run(self) -> Outcome:
        """Run every step that is not finished; never raises for what a run can end with."""
        self.started = time.monotonic()
        self.steps: list[dict[str, Any]] = []
        self.gates: list[gates.Gate] = []
        self.planner = Planner(self.checked, self.registry, self.store)
        with disk_errors():
            self.record = record.Record(self.store.home, self.checked.name)
            self._open()
        exit_code, message = self._guarded(self._work)
        with disk_errors():
            result = self._close(exit_code, message)
        return Outcome(self.record.folder, result)

    # ---- the steps ------------------------------------------------------------------------------

    def _work(self) -> None:
        limits = self.checked.framing.budget
        seconds = limits.wall_minutes * 60 if limits.wall_minutes else None
        memory = limits.memory_gb * 1e9 if limits.memory_gb else None
        with budget.enforced("the run", seconds, memory):
            self.walk = Walk(self.planner, self._obtain)
            for planned in self.walk:
                self._settled()
                self._noted(planned)
                self._judge(planned)

    def _settled(self) -> None:
        """After a sweep, the run goes on with the settings it found."""
        if self.planner is not self.walk.planner:
            self.planner, self.checked = self.walk.planner, self.walk.planner.checked

    def _obtain(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit | None:
        hit, _ = self.store.get(fingerprint)
        if hit:
            self._replay(step, hit)
            return hit
        with self.store.lock(fingerprint):
            hit, _ = self.store.get(fingerprint)  # another run may have finished it meanwhile
            if hit:
                self._replay(step, hit)
                return hit
            return self._do(step, fingerprint, parts)

    def _do(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit | None:
        self.say(f"▸ {step} …")
        self.record.event("step_started", step=step, fingerprint=fingerprint)
        began = time.monotonic()
        try:
            with disk_errors(), self._step_budget(step):
                hit = self._call(step, fingerprint, parts)
        except Exception as error:
            self._failed(step, fingerprint, error, time.monotonic() - began)
            if self._another_approach(step, error):
                self.walk.failed.add(step)
                return None
            raise
        self.planner.remember(step, parts)
        self._finished("step_finished", step, hit)
        return hit

    def _call(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit:
        takes = lifecycle.step_section(step).contract.takes
        inputs = {**self._inputs(step), **self._acts(takes, parts)}
        listening = self._sweeping(parts) if step == SWEEP else Listening(self.record.event, step)
        return execute(self.checked, self.registry, self.store, step, fingerprint, parts, inputs, listening)

    def _inputs(self, step: str) -> dict[str, Any]:
        if step == SWEEP:  # may stand before the metrics, which are known since the check
            return {"metrics": self.checked.metrics}
        givers = self.planner.inputs(step, self.walk.chosen)
        wanted = lifecycle.wanted(lifecycle.step_section(step).contract)
        return {name: self._handle(givers[name]) if name in givers else None for name in wanted}

    def _handle(self, giver: str) -> Any:
        return handle(self.store, giver, self.walk.hits[giver])

    def _acts(self, takes: Any, parts: dict[str, Any]) -> dict[str, Any]:
        """Ways to act beyond the step's own work, for contracts that ask for them."""
        if "trial" in takes.__dataclass_fields__:
            from stagewright.trial import trial

            return {"trial": trial(self.checked, self.store, parts)}
        return {"retrain": self._retrain} if "retrain" in takes.__dataclass_fields__ else {}

    def _sweeping(self, parts: dict[str, Any]) -> Listening:
        from stagewright.sweep_progress import Progress

        study = study_name(self.checked.name, parts)
        return Listening(Progress(study, self.record.event, self.say, self.screen).tell, SWEEP)

    def _retrain(self, changes: Mapping[str, Any], reason: str) -> Any:
        from stagewright.retrain import retraining
        from stagewright.stages.monitor import Retrained

        about = {**self.about, "within": self.record.id, "reason": reason}
        self.say(f"  ↻ retraining: {reason}")
        ended = retraining(self.checked, self.registry, self.store, changes, about, _indented(self.say))
        values = {key: score["value"] for key, score in ended.record["metrics"].items()}
        found = next((step for step in ended.record["steps"] if step["step"] == "deploy"), None)
        package = None
        if ended.exit_code == 0 and found:
            hit, _ = self.store.get(found["fingerprint"])
            package = handle(self.store, "deploy", hit) if hit else None
        self.record.event("retrained", run=ended.folder.name, reason=reason, message=ended.record["message"])
        return Retrained(ended.folder.name, ended.record["message"], values, package)

    @contextmanager
    def _step_budget(self, step: str) -> Iterator[None]:
        minutes = self.checked.framing.budget.train_minutes
        if step.split("/", maxsplit=1)[0] != "train" or not minutes:
            yield
            return
        yield from _within(step, minutes * 60, self._remaining(), self.checked.framing.budget.memory_gb)

    def _remaining(self) -> float | None:
        minutes = self.checked.framing.budget.wall_minutes
        return minutes * 60 - (time.monotonic() - self.started) if minutes else None

    def _another_approach(self, step: str, error: Exception) -> bool:
        """A failed approach is noted and the next one tried; a broken disk or the run's budget is not."""
        trains = self.walk.trains
        others = step in trains and any(name not in self.walk.failed for name in trains if name != step)
        return others and isinstance(error, StepError)

    # ---- verdicts -------------------------------------------------------------------------------

    def _judge(self, planned: Planned) -> None:
        if planned.status == "skipped" or planned.step not in self.walk.hits:
            return
        if planned.step == "baseline":
            self._needed()
        elif planned.step == "evaluate":
            self._meets()
        elif planned.step == "deploy":
            self._released(self.walk.hits["deploy"])
        for verdict in self.walk.hits[planned.step].output.get("verdicts", ()):
            self._gate(gates.declared(verdict, planned.step))
        self._raise_failed_gates()  # what fails its criteria needs nobody's time
        self._reviewed(planned)
        if planned.step == "deploy":
            self._challenges(self.walk.hits["deploy"])

    def _needed(self) -> None:
        """ML is not needed where what works without it already reaches every KPI's target."""
        found = gates.kpis(self.checked.goal.kpis, {}, self.values("baseline"))
        if found and all(kpi["no_ml_reached"] for kpi in found):
            said = ", ".join(f"{kpi['name']} {kpi['no_ml']:.3g} {kpi['unit']}".strip() for kpi in found)
            plugin = self.checked.components["baseline"].type
            raise NotNeeded(
                f"ML is not needed: the baseline {plugin!r} reaches the target without it ({said})"
            )

    def _released(self, hit: Hit) -> None:
        """The package becomes a version of the model: named by its artifact, so only once that is whole."""
        name, version = hit.output["name"], hit.output["version"]
        package = (Path("store") / hit.artifact / hit.output["path"]).as_posix()
        releases.register(self.store.home, name, version, package, self.record.id)
        self.record.event("package_registered", name=name, version=version, package=package)

    def _challenges(self, hit: Hit) -> None:
        """What passed its gates and its reviews is on its way: a rollout, or the gateway, takes it from here."""
        name, version, alias = hit.output["name"], hit.output["version"], releases.CHALLENGER
        known = releases.current(self.store.home, name, alias)
        if known is None or known.version != version:
            reason = "passed the gates of deploy"
            releases.assign(self.store.home, name, alias, version, self.record.id, reason)
            self.record.event("alias_moved", name=name, alias=alias, version=version, reason=reason)

    def _meets(self) -> None:
        values, baseline = self.values("evaluate"), self.values("baseline")
        found = gates.success(self.checked.framing.success, values, "evaluate")
        if baseline:
            found.insert(0, gates.beats_baseline(self.checked.metrics.metrics[0], values, baseline))
        for gate in found:
            self._gate(gate)

    def _raise_failed_gates(self) -> None:
        failed = [gate for gate in self.gates if not gate.passed]
        if failed:
            raise GateFailed("; ".join(f"{gate.condition}: {gate.message}" for gate in failed))

    def _reviewed(self, planned: Planned) -> None:
        component = self.checked.components[planned.step]
        roles = review.reviewers(planned.step, self.checked.goal, component)
        if not roles:
            return
        standing = review.standing(self.store.home, planned.fingerprint, roles)
        for role, verdict in standing.items():
            if verdict:
                said = f"{verdict['by']} ({role}): {verdict['reason']}"
                condition = f"{planned.step} accepted by {role}"
                self._gate(gates.Gate("review", planned.step, condition, bool(verdict["accepted"]), said))
        waiting = [role for role, verdict in standing.items() if verdict is None]
        self._raise_failed_gates()
        if waiting:
            self.record.event("review", step=planned.step, fingerprint=planned.fingerprint, waiting=waiting)
            who = " and ".join(waiting)
            how = f"`stagewright review accept {self.record.id} --by NAME --reason WHY`"
            raise ReviewPending(f"{planned.step} waits for {who}: {how} (or reject)")

    def _gate(self, gate: gates.Gate) -> None:
        self.gates.append(gate)
        self.record.event("gate", **gate.to_json())
        self.say(f"  {'✓' if gate.passed else '✗'} {gate.condition}: {gate.message}")

    def values(self, step: str) -> dict[str, float]:
        """Metric values of a finished step that gave scores; empty if it has not."""
        hit = self.walk.hits.get(step)
        scores = hit.output["values"] if hit else {}
        return {key: score["value"] for key, score in scores.items() if score["value"] is not None}

    # ---- the record -----------------------------------------------------------------------------

    def _open(self) -> None:
        plan = [planned.to_json() for planned in self.planner.steps]
        self.began = record.now()
        goal = plain(self.checked.goal)
        self.revisions = revisions.revise(self.store.home, self.checked.name, self.record.id, goal)
        self.record.start(
            {
                "name": self.checked.name,
                **self.about,
                "started": self.began,
                "seed": self.checked.seed,
                "project": str(self.store.project),
                "config": self.checked.config,
                "versions": record.versions(),
                "git": record.git(self.store.project),
                "host": record.host(),
                "tracking_spec": self.checked.tracking.spec() if self.checked.tracking else None,
                "plan": plan,
            }
        )
        self.record.event("run_started", run=self.record.id)
        self.follower = self._follow()

    def _follow(self) -> Any:
        if self.checked.tracking is None:
            return None
        from stagewright import follow

        return follow.start(self.record.folder, self.store.project, self.checked.tracking.spec())

    def _noted(self, planned: Planned) -> None:
        """A skipped step, or one that could not be reached, is part of the record too."""
        if planned.status == "skipped":
            self.record.event("step_skipped", step=planned.step, reason=planned.reason)
            entry = {"step": planned.step, "plugin": planned.plugin, "status": "skipped"}
            self.steps.append(entry | {"reason": planned.reason, "seconds": 0.0})
        elif self.steps and self.steps[-1]["step"] == planned.step:
            if planned.step not in self.walk.failed:  # why it failed says more than why it ran
                self.steps[-1]["reason"] = planned.reason
        elif planned.step not in self.walk.hits and planned.step not in self.walk.failed:
            raise StepError(f"{planned.step} cannot run: {planned.reason}")

    def _replay(self, step: str, hit: Hit) -> None:
        """A cached step's own events are told again, so that the mirror is complete."""
        path = self.store.events(hit.fingerprint)
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            event = json.loads(line)
            self.record.event(event.pop("event"), **{**event, "step": step, "replayed": True})
        self._finished("step_cached", step, hit)

    def _finished(self, event: str, step: str, hit: Hit) -> None:
        status = record.STEP_ENDS[event]
        entry = {
            "step": step,
            "plugin": self.checked.components[step].type,
            "status": status,
            "reason": "",
            "seconds": round(hit.seconds, 3) if status == "ran" else 0.0,
            "seconds_when_run": round(hit.seconds, 3),
            "fingerprint": hit.fingerprint,
            "artifact": hit.artifact,
            "output": hit.output,
            "bytes": hit.bytes,
        }
        if step == SWEEP:
            entry["study"] = study_name(self.checked.name, hit.parts)
        self.steps.append(entry)
        self.record.event(event, **entry)
        took = f"{hit.seconds:.1f} s" if status == "ran" else "cached"
        self.say(f"✓ {step}  {took}")

    def _failed(self, step: str, fingerprint: str, error: Exception, seconds: float) -> None:
        self._kept(step, error)
        entry = {
            "step": step,
            "plugin": self.checked.components[step].type,
            "status": "failed",
            "reason": str(error),
            "seconds": round(seconds, 3),
            "fingerprint": fingerprint,
        }
        self.steps.append(entry)
        self.record.event("step_failed", **entry)
        self.say(f"✗ {step}: {error}")

    def _kept(self, step: str, error: Exception) -> Path:
        """The traceback, for whoever mends it: in the run's folder, never on the screen."""
        path = self.record.folder / "errors" / f"{step.replace('/', '.')}.txt"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        return path

    def _guarded(self, work: Callable[[], None]) -> tuple[int, str]:
        """Run `work`; its end as (exit code, message). SIGTERM ends a run as Ctrl-C does."""
        restore = _sigterm_interrupts()
        try:
            work()
        except StagewrightError as error:
            self.over_budget = isinstance(error, BudgetExceeded)
            if self.debug:
                traceback.print_exception(error)
            return error.exit_code, str(error)
        except Exception as error:
            path = self._kept("internal", error)
            return 1, f"internal error, please report it: {type(error).__name__}: {error} (see {path})"
        except KeyboardInterrupt:
            return INTERRUPTED, "interrupted; finished steps are kept, run again to go on"
        finally:
            restore()
        return 0, "all gates passed" if self.gates else "finished"

    def _close(self, exit_code: int, message: str) -> dict[str, Any]:
        result = self._result(exit_code, message)
        self.record.finish(result)
        result = {"id": self.record.id, **result}
        self._report()
        self.record.event("run_finished", status=result["status"], exit_code=exit_code, message=message)
        if self.follower is not None and any(step["status"] == "ran" for step in self.steps):
            result["tracking"] = self.follower.wait(seconds=60)
        return result

    def _report(self) -> None:
        from stagewright.report.page import write

        try:
            write(self.record.folder, self.store.artifact)
        except Exception as error:  # a page that cannot be drawn must not cost the results behind it
            path = self._kept("report", error)
            self.say(f"✗ report: {type(error).__name__}: {error} (see {path})")

    def _result(self, exit_code: int, message: str) -> dict[str, Any]:
        failed = "failed" if exit_code != GateFailed.exit_code else "gate_failed"
        over = getattr(self, "over_budget", False)
        scores = {name: self._scores(name) for name in ("evaluate", "baseline")}
        return {
            "status": "budget_exceeded" if over else STATUS.get(exit_code, failed),
            "exit_code": exit_code,
            "message": message,
            "started": self.began,
            "finished": record.now(),
            "seconds": round(time.monotonic() - self.started, 3),
            "objective": plain(self.checked.goal) | self._revised(),
            "kpis": gates.kpis(self.checked.goal.kpis, self.values("evaluate"), self.values("baseline")),
            "gates": [gate.to_json() for gate in self.gates],
            "metrics": scores["evaluate"],
            "metric_specs": [plain(spec) for spec in self.checked.metrics.metrics],
            "baseline": scores["baseline"],
            "approaches": self._approaches(),
            "milestones": self._milestones(),
            "sweep": self._swept(),
            "steps": self.steps,
        }

    def _revised(self) -> dict[str, Any]:
        told = [{k: v for k, v in item.items() if k != "objective"} for item in self.revisions]
        return {"revision": told[-1]["revision"], "revisions": told}

    def _swept(self) -> dict[str, Any] | None:
        """What a sweep found: its study, the settings the run went on with, how many trials ended in each way."""
        hit = self.walk.hits.get(SWEEP) if hasattr(self, "walk") else None
        if hit is None:
            return None
        kept = ("settings", "values", "trials", "pruned", "failed")
        study = study_name(self.checked.name, hit.parts)
        return {"study": study, **{key: hit.output[key] for key in kept}}

    def _scores(self, step: str) -> dict[str, Any]:
        hit = self.walk.hits.get(step) if hasattr(self, "walk") else None
        return dict(hit.output["values"]) if hit else {}

    def _approaches(self) -> list[dict[str, Any]]:
        status = {entry["step"]: entry for entry in self.steps}
        return [self._approach(item.model_dump(), status) for item in self.checked.approaches]

    def _approach(self, item: dict[str, Any], steps: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
        name = f"train/{item['name']}" if f"train/{item['name']}" in self.checked.components else "train"
        entry = steps.get(name, {})
        output = entry.get("output") or {}
        validation = output.get("validation") or {}
        if entry.get("status") in ("ran", "cached"):
            met = gates.meets(self.checked.framing.success, validation)
            verdict = "chosen" if self.walk.chosen == name else "met" if met else "missed"
        else:
            verdict = "failed" if entry.get("status") == "failed" else "not tried"
        seconds = entry.get("seconds_when_run", entry.get("seconds", 0.0))
        return {
            **{key: item[key] for key in ("name", "reason", "source")},
            "status": verdict,
            "validation": validation,
            "seconds": seconds,
            "parameters": output.get("parameters", 0),
        }

    def _milestones(self) -> list[dict[str, Any]]:
        if not self.checked.framing.milestones:
            return []
        history = []
        for folder in record.runs(self.store.home):
            past = record.load(folder)
            if past.get("name") == self.checked.name and past.get("metrics"):
                values = {key: score["value"] for key, score in past["metrics"].items()}
                history.append((past["id"], _day(past["started"]), values))
        if values := self.values("evaluate"):
            history.append((self.record.id, _day(self.began), values))
        return gates.milestones(self.checked.framing.milestones, history)


def _indented(say: Say) -> Say:
    return lambda text: say("\n".join(f"    {line}" for line in text.splitlines()))


def _within(step: str, seconds: float, remaining: float | None, memory_gb: float | None) -> Iterator[None]:
    """A train step's own time limit; the run's limits stay in force inside it."""
    own = seconds if remaining is None else min(seconds, remaining)
    what = step if own == seconds else "the run"
    with budget.enforced(what, own, memory_gb * 1e9 if memory_gb else None):
        yield


def _sigterm_interrupts() -> Callable[[], None]:
    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        return lambda: None  # not the main thread: signals are somebody else's

    def restore() -> None:
        signal.signal(signal.SIGTERM, before)

    return restore


def _day(moment: str) -> datetime.date:
    return datetime.datetime.fromisoformat(moment).date()
