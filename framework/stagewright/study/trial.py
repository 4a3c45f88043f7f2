"""One trial of a sweep: the part of the plan that swept settings change, done in whichever process calls it.

Finished steps are in the store by fingerprint, as those of a run: equal settings are never done twice, by
whichever worker, and the best trial's model is there when the run goes on. Of a trial that fails, the traceback
is kept in `sweeps/<study>/errors/<number>.txt`.
"""

from __future__ import annotations

import json
import math
import shutil
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewright import json_text, lifecycle
from stagewright.check.check import Checked
from stagewright.errors import (
    BudgetExceeded,
    StagewrightError,
    StepError,
    StoreError,
)
from stagewright.plan.plan import Planner
from stagewright.plan.walk import Walk
from stagewright.plugin.registry import Registry
from stagewright.record import record
from stagewright.stages.sweep import Measured, Parameter, Pruned, Report
from stagewright.step import budget
from stagewright.step.execute import Listening, execute
from stagewright.store import Hit, Store, disk_errors
from stagewright.study.own_settings import own_settings
from stagewright.study.trial_bench import Bench, bench_of
from stagewright.sweep.sweep_plan import SweepPlan, study_folder, study_name

ERRORS = "errors"


@dataclass
class RecipeTrial:
    """What a search is handed as `inputs.trial`; small and plain, so that it goes to other processes.

    Attributes:
        own: what the recipe itself has at the swept keys.
        config: the recipe as composed.
        home: the project's store.
    """

    study: str
    folder: Path
    space: tuple[Parameter, ...]
    own: Mapping[str, Any]
    config: Mapping[str, Any]
    plan: SweepPlan
    project: Path
    home: Path

    def __call__(self, number: int, settings: Mapping[str, Any], report: Report, /) -> Measured:
        """Run one trial.

        Raises:
            Pruned: `report` says that it is not worth going on with.
            BudgetExceeded, StoreError: the whole sweep has to end.
            StagewrightError: the trial failed; its reason in one line, the traceback beside the study.
        """
        try:
            return _Work(self, bench_of(self), number, report).measured(settings)
        except (Pruned, BudgetExceeded, StoreError):
            raise
        except Exception as error:
            path = self._kept(number, error)
            if isinstance(error, StagewrightError):
                raise
            said = " ".join(str(error).split()) or "no message"
            raise StepError(f"trial {number}: {type(error).__name__}: {said} (see {path})") from error

    def _kept(self, number: int, error: Exception) -> Path:
        """The traceback, for whoever mends it."""
        path = self.folder / ERRORS / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
        return path


@dataclass
class _Work:
    """One trial at work."""

    trial: RecipeTrial
    bench: Bench
    number: int
    report: Report
    steps: dict[str, str] = field(default_factory=dict)
    epochs: int = 0  # of the approaches before: one that is tried after another goes on counting
    seen: int = 0  # of this approach

    def measured(self, settings: Mapping[str, Any]) -> Measured:
        """Walk the plan up to the measured step."""
        self.checked = self._checked(settings)
        planner = Planner(self.checked, self.bench.registry, self.bench.store, self.bench.memo)
        self.walk = Walk(planner, self._obtain, dict(self.bench.prints), dict(self.bench.hits), explain=False)
        plan = self.trial.plan
        for step in planner.order:
            if lifecycle.step_section(step).name in plan.needed and step not in self.bench.hits:
                self.walk.turn(step)
        step = (self.walk.chosen or "") if plan.measure == "train" else plan.measure
        if step not in self.walk.hits:
            raise StepError(f"trial {self.number}: no approach finished")
        hit = self.walk.hits[step]
        return Measured(self._values(step, hit), hit.fingerprint, self.steps)

    def _checked(self, settings: Mapping[str, Any]) -> Checked:
        try:
            config = self.bench.config(settings)
        except LookupError as error:
            raise StepError(f"trial {self.number}: {error.args[0]}") from error
        return self.bench.checked(self.trial, settings, config)

    # ---- steps ----------------------------------------------------------------------------------

    def _obtain(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit | None:
        store = self.bench.store
        hit, _ = store.get(fingerprint)
        if hit is None:
            with store.lock(fingerprint):  # another worker may be at the very same step
                hit, _ = store.get(fingerprint)
                if hit is None:
                    return self._done(step, fingerprint, parts)
        self.steps[step] = "cached"
        if step in self.walk.trains:
            self._replayed(hit)
        return hit

    def _replayed(self, hit: Hit) -> None:
        """Report the epochs of a train step that was done before: in the store or not, a trial ends alike."""
        try:
            for line in self.bench.store.events(hit.fingerprint).read_text(encoding="utf-8").splitlines():
                event = json_text.read(line)
                if event["event"] == "epoch":
                    metrics = event.get("metrics") or {}
                    known = {key: math.nan if value is None else value for key, value in metrics.items()}
                    self._epoch(int(event["epoch"]), known)
        finally:
            self.epochs, self.seen = self.epochs + self.seen, 0

    def _done(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit | None:
        try:
            with disk_errors():
                hit = self._limited(step, lambda: self._execute(step, fingerprint, parts))
        except Pruned:
            shutil.rmtree(self.bench.store.home / "work" / fingerprint, ignore_errors=True)
            raise
        except StepError:
            others = [name for name in self.walk.trains if name != step and name not in self.walk.failed]
            if step not in self.walk.trains or not others:
                raise
            self.walk.failed.add(step)  # a failed approach is noted and the next one tried
            self.steps[step] = "failed"
            return None
        finally:
            self.epochs, self.seen = self.epochs + self.seen, 0
        self.steps[step] = "ran"
        return hit

    def _execute(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit:
        listening = Listening(self._tell, step)
        wanted = lifecycle.wanted(lifecycle.step_section(step).contract)
        givers = self.walk.planner.inputs(step, self.walk.chosen)
        inputs = {name: self._handle(givers[name]) if name in givers else None for name in wanted}
        return execute(
            self.checked, self.bench.registry, self.bench.store, step, fingerprint, parts, inputs, listening,
            durable=False,
        )  # fmt: skip

    def _handle(self, giver: str) -> Any:
        return self.bench.handle(giver, self.walk.hits[giver])

    def _limited(self, step: str, work: Callable[[], Hit]) -> Hit:
        """The recipe's limits on a train step hold in every trial; beyond them the trial fails, not the sweep."""
        limits = self.checked.framing.budget
        what = f"trial {self.number}, {step}"
        if step not in self.walk.trains or not (limits.train_minutes or limits.memory_gb):
            return work()
        seconds = limits.train_minutes * 60 if limits.train_minutes else None
        try:
            with budget.enforced(what, seconds, limits.memory_gb * 1e9 if limits.memory_gb else None):
                return work()
        except BudgetExceeded as error:
            if str(error).startswith(what):
                raise StepError(str(error)) from error
            raise

    def _tell(self, event: str, /, **fields: Any) -> dict[str, Any]:
        line = {"t": record.now(), "event": event, **fields}
        if event == "epoch" and fields["step"] in self.walk.trains:
            self._epoch(int(fields["epoch"]), fields.get("metrics") or {})
        return line

    def _epoch(self, epoch: int, metrics: Mapping[str, Any]) -> None:
        self.seen = epoch + 1
        numbers = {key: float(value) for key, value in metrics.items() if isinstance(value, int | float)}
        self.report(self.epochs + epoch, numbers)

    # ---- what was measured ----------------------------------------------------------------------

    def _values(self, step: str, hit: Hit) -> dict[str, float]:
        values = {key: value for key, value in hit.output["validation"].items() if value is not None}
        train = self.walk.hits[self.walk.chosen] if self.walk.chosen else hit
        values["train_seconds"] = round(train.seconds, 3)
        if step == "compress":
            values |= _package(self.bench.store.artifact(hit.artifact), hit.bytes)
        return values


def _package(folder: Path, size: int) -> dict[str, float]:
    """Size and latency of the variant that compression chose; of a step that measured none, its size alone."""
    try:
        told = json.loads((folder / "variants.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"size_mb": size / 1e6}
    chosen = next(one for one in told["variants"] if one["name"] == told["chosen"])
    latency = chosen["latency_ms"]
    return {"size_mb": chosen["bytes"] / 1e6, "latency_ms": latency.get("p50", next(iter(latency.values())))}


def trial(checked: Checked, store: Store, parts: Mapping[str, Any]) -> RecipeTrial:
    """The trial of a checked recipe's sweep; `parts` are what the sweep's fingerprint is made of."""
    assert checked.sweep is not None
    study = study_name(checked.name, parts)
    return RecipeTrial(
        study,
        study_folder(store.home, study),
        checked.sweep.space,
        own_settings(checked, Registry(store.project)),
        checked.config,
        checked.sweep,
        store.project,
        store.home,
    )
