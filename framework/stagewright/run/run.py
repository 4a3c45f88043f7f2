"""A checked recipe → a record: each step gets what it asked for by name; nothing finished is repeated."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from stagewright import lifecycle
from stagewright.check.check import Checked
from stagewright.errors import Problem, RecipeError, StepError
from stagewright.frozen import frozen
from stagewright.plan.plan import Planned, Planner
from stagewright.plan.reasons import remember
from stagewright.plan.walk import Walk, planned
from stagewright.plugin.registry import Registry
from stagewright.record import record, revisions
from stagewright.run.run_end import End, guarded
from stagewright.run.run_log import RunLog, Say
from stagewright.run.run_result import beginning, result
from stagewright.run.verdicts import Verdicts
from stagewright.step import budget
from stagewright.step.execute import Listening, execute, handle, plain
from stagewright.store import Hit, Store, disk_errors
from stagewright.sweep.sweep_plan import SECTION as SWEEP
from stagewright.sweep.sweep_plan import study_name


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
        recipe: as checked; once a sweep is done, the run goes on with the settings it found.
        about: what the record says of the run beside its plan: recipe, overrides, command.
        say: where progress goes, one line at a time.
        debug: print the traceback behind an error too.
        screen: a terminal on which the table of a sweep is drawn in its place.
        placed: gives problems that only the data shows their places in the recipe.
    """

    recipe: Checked
    registry: Registry
    store: Store
    about: Mapping[str, Any] = field(default_factory=dict)
    say: Say = print
    debug: bool = False
    screen: TextIO | None = None
    placed: Callable[[Sequence[Problem]], Sequence[Problem]] = lambda found: found

    def run(self) -> Outcome:
        """Run every step that is not finished; never raises for what a run can end with."""
        self.started = time.monotonic()
        self.walk = Walk(Planner(self.recipe, self.registry, self.store), self._obtain)
        with disk_errors():
            self.began = record.now()
            # It may read much data: the run's folder has its `run.json` at once.
            self.plan = plan = planned(self.walk.planner)
            self.log = RunLog(record.Record(self.store.home, self.recipe.name), self.say)
            self._open(plan)
        self.verdicts = Verdicts(self.store.home, self.log)
        end = guarded(self._work, self.log.kept, self.debug)
        with disk_errors():
            told = self._close(end)
        return Outcome(self.log.record.folder, told)

    @property
    def checked(self) -> Checked:
        """The recipe whose steps are at work."""
        return self.walk.planner.checked

    # ---- the steps ------------------------------------------------------------------------------

    def _work(self) -> str:
        """Take the steps in turn; the message of a run that ends well."""
        limits = self.checked.framing.budget
        seconds = limits.wall_minutes * 60 if limits.wall_minutes else None
        memory = limits.memory_gb * 1e9 if limits.memory_gb else None
        with budget.enforced("the run", seconds, memory):
            self._ready()
            for step in self.walk:
                self._noted(step)
                if step.status != "skipped" and step.step in self.walk.hits:
                    self._suits(step.step)
                    self.verdicts.judge(self.checked, self.walk.hits, step)
        return "all gates passed" if self.verdicts.gates else "finished"

    def _suits(self, step: str) -> None:
        """Whether the data has the columns that later sections name; raises RecipeError before they do any work."""
        if step != "data":
            return
        from stagewright.check.misfits import of_dataset

        recipe = self.checked
        found = of_dataset(recipe.components, recipe.framing.task, recipe.metric_keys, self._handle(step))
        if problems := list(found):
            raise RecipeError(self.placed(problems))

    def _ready(self) -> None:
        """Ask a sweep that has work to do whether it can begin, before data is prepared for it."""
        ready = getattr(self.checked.components[SWEEP].facts, "ready", None) if self.checked.sweep else None
        if ready and any(step.step == SWEEP and step.status == "run" for step in self.plan):
            ready(self.checked.components[SWEEP].settings, self.store.project, self.store.home)

    def _noted(self, planned: Planned) -> None:
        """A skipped step, or one that could not be reached, is part of the record too."""
        steps, step = self.log.steps, planned.step
        if planned.status == "skipped":
            self.log.skipped(planned)
        elif steps and steps[-1]["step"] == step:
            if step not in self.walk.failed:  # why it failed says more than why it ran
                steps[-1]["reason"] = planned.reason
        elif step not in self.walk.hits and step not in self.walk.failed:
            raise StepError(f"{step} cannot run: {planned.reason}")

    def _obtain(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit | None:
        hit, _ = self.store.get(fingerprint)
        if hit:
            return self._replayed(step, hit)
        with self.store.lock(fingerprint):
            hit, _ = self.store.get(fingerprint)  # another run may have finished it meanwhile
            return self._replayed(step, hit) if hit else self._do(step, fingerprint, parts)

    def _replayed(self, step: str, hit: Hit) -> Hit:
        self.log.replayed(step, self.store.events(hit.fingerprint))
        self._finished("step_cached", step, hit)
        return hit

    def _do(self, step: str, fingerprint: str, parts: dict[str, Any]) -> Hit | None:
        self.log.started(step, fingerprint)
        began, listening = time.monotonic(), self._listening(step, parts)
        try:
            with disk_errors(), self._step_budget(step):
                hit = self._call(step, fingerprint, parts, listening)
        except Exception as error:
            plugin, seconds = self.checked.components[step].type, time.monotonic() - began
            self.log.failed(step, plugin, fingerprint, error, seconds, listening.blocks)
            if self._another_approach(step, error):
                self.walk.failed.add(step)
                return None
            raise
        remember(self.store.home, self.checked.name, step, parts)
        self._finished("step_finished", step, hit)
        return hit

    def _finished(self, event: str, step: str, hit: Hit) -> None:
        study = {"study": study_name(self.checked.name, hit.parts)} if step == SWEEP else {}
        self.log.finished(event, step, self.checked.components[step].type, hit, **study)

    def _another_approach(self, step: str, error: Exception) -> bool:
        """A failed approach is noted and the next one tried; a broken disk or the run's budget is not."""
        trains = self.walk.trains
        others = step in trains and any(name not in self.walk.failed for name in trains if name != step)
        return others and isinstance(error, StepError)

    # ---- what a step is handed ------------------------------------------------------------------

    def _call(self, step: str, fingerprint: str, parts: dict[str, Any], listening: Listening) -> Hit:
        takes = lifecycle.step_section(step).contract.takes
        inputs = {**self._inputs(step), **self._acts(takes, parts)}
        return execute(self.checked, self.registry, self.store, step, fingerprint, parts, inputs, listening)

    def _inputs(self, step: str) -> dict[str, Any]:
        if step == SWEEP:  # may stand before the metrics, which are known since the check
            return {"metrics": self.checked.metrics}
        givers = self.walk.planner.inputs(step, self.walk.chosen)
        wanted = lifecycle.wanted(lifecycle.step_section(step).contract)
        return {name: self._handle(givers[name]) if name in givers else None for name in wanted}

    def _handle(self, giver: str) -> Any:
        return handle(self.store, giver, self.walk.hits[giver])

    def _acts(self, takes: Any, parts: dict[str, Any]) -> dict[str, Any]:
        """Ways to act beyond the step's own work, for contracts that ask for them."""
        if "trial" in takes.__dataclass_fields__:
            from stagewright.study.trial import trial

            return {"trial": trial(self.checked, self.store, parts)}
        return {"retrain": self._retrain} if "retrain" in takes.__dataclass_fields__ else {}

    def _retrain(self, changes: Mapping[str, Any], reason: str) -> Any:
        from stagewright.run.retrain import retrained

        recipes = (self.checked, self.recipe)
        return retrained(*recipes, self.registry, self.store, self.log, self.about, changes, reason)

    def _listening(self, step: str, parts: dict[str, Any]) -> Listening:
        if step != SWEEP:
            return Listening(self.log.event, step)
        from stagewright.study.sweep_progress import Progress

        study = study_name(self.checked.name, parts)
        return Listening(Progress(study, self.log.event, self.say, self.screen).tell, SWEEP)

    # ---- limits ---------------------------------------------------------------------------------

    @contextmanager
    def _step_budget(self, step: str) -> Iterator[None]:
        """A train step's own time limit; the run's limits stay in force inside it."""
        limits = self.checked.framing.budget
        if step.split("/", maxsplit=1)[0] != "train" or not limits.train_minutes:
            yield
            return
        seconds, remaining = limits.train_minutes * 60, self._remaining()
        own = seconds if remaining is None else min(seconds, remaining)
        what = step if own == seconds else "the run"
        with budget.enforced(what, own, limits.memory_gb * 1e9 if limits.memory_gb else None):
            yield

    def _remaining(self) -> float | None:
        minutes = self.checked.framing.budget.wall_minutes
        return minutes * 60 - (time.monotonic() - self.started) if minutes else None

    # ---- the record -----------------------------------------------------------------------------

    def _open(self, plan: Sequence[Planned]) -> None:
        told, goal = self.log.record, plain(self.checked.goal)
        self.revisions = revisions.revise(self.store.home, self.checked.name, told.id, goal)
        told.start(beginning(self.checked, self.store, self.about, self.began, plan))
        self.log.event("run_started", run=told.id)
        self.follower = self._follow()

    def _follow(self) -> Any:
        if self.checked.tracking is None:
            return None
        from stagewright.run import follow

        return follow.start(self.log.record.folder, self.store.project, self.checked.tracking.spec())

    def _close(self, end: End) -> dict[str, Any]:
        seconds = time.monotonic() - self.started
        found = result(self.walk, self.verdicts, end, self.began, seconds, self.revisions)
        told = self.log.record.finish(found)
        self._report()
        self.log.event("run_finished", status=end.status, exit_code=end.exit_code, message=end.message)
        if self.follower is not None and any(step["status"] == "ran" for step in self.log.steps):
            told["tracking"] = self.follower.wait(seconds=60)
        return told

    def _report(self) -> None:
        from stagewright.report.page import write

        try:
            write(self.log.record.folder, self.store.artifact)
        except Exception as error:  # a page that cannot be drawn must not cost the results behind it
            path = self.log.kept("report", error)
            self.say(f"✗ report: {type(error).__name__}: {error} (see {path})")
