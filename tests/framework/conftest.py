"""A toy project: one tiny plugin per stage, so that the core is tested without any ML library."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from stagewright.check.check import Checked, check
from stagewright.plan.plan import Planned, Planner
from stagewright.plan.walk import planned
from stagewright.plugin.registry import Registry
from stagewright.run.run import Outcome, Runner
from stagewright.store import Store

PLUGINS = {
    "objective/toy.py": """
        '''Toy objective.'''
        from stagewright.stages import objective
        from stagewright.stages.objective import Goal, Inputs, Kpi, Stakeholder

        @objective.stage
        def toy(inputs: Inputs, /, *, problem: str = "p", owner: str = "o",
                kpis: tuple[Kpi, ...] = (), stakeholders: tuple[Stakeholder, ...] = ()) -> Goal:
            return Goal(problem, owner, kpis, stakeholders)
    """,
    "objective/baseline/toy.py": """
        '''Toy baseline: a fixed score.'''
        from stagewright.stages import baseline
        from stagewright.stages.scores import Score, Scores

        @baseline.stage
        def toy(inputs: baseline.Inputs, /, *, score: float = 0.1) -> Scores:
            return Scores(inputs.context.workdir, "test", {"acc": Score(score, score - 0.1, score + 0.1, 9)})
    """,
    "framing/toy.py": """
        '''Toy framing.'''
        from typing import Literal
        from stagewright.stages import framing
        from stagewright.stages.framing import Approach, Budget, Framing, Inputs, Milestone, TaskChoice

        @framing.stage
        def toy(inputs: Inputs, /, *, task: TaskChoice, approaches: tuple[Approach, ...] = (),
                policy: Literal["in_order", "side_by_side"] = "in_order", success: tuple[str, ...] = (),
                budget: Budget = Budget(), milestones: tuple[Milestone, ...] = ()) -> Framing:
            return Framing(task(inputs.objective), approaches, policy, success, budget, milestones)
    """,
    "framing/task/toy.py": """
        '''Toy task.'''
        from stagewright.stages import framing
        from stagewright.stages.framing import Task, TensorSpec
        from stagewright.stages.objective import Goal

        @framing.task
        def toy(goal: Goal, /) -> Task:
            one = TensorSpec("x", (1,), "float32")
            return Task("toy", one, one, one, "argmax", classes=("a", "b"))
    """,
    "data/toy.py": """
        '''Toy data: writes a file of numbers.'''
        from pathlib import Path
        from typing import Annotated
        from stagewright.contract import InputPath, LiveMasks, WithoutEffect
        from stagewright.stages import data
        from stagewright.stages.data import Dataset, Inputs

        @data.stage
        def toy(inputs: Inputs, /, *, size: int = 3, folder: Annotated[Path, InputPath()] | None = None,
                live: Annotated[str, LiveMasks()] = "",
                workers: Annotated[int, WithoutEffect()] = 1) -> Dataset:
            from ._numbers import numbers
            (inputs.context.workdir / "numbers.txt").write_text(numbers(size, inputs.context.seed))
            return Dataset(inputs.context.workdir, "v1", "toy", {"train": size})
    """,
    "data/_numbers.py": """
        def numbers(size, seed):
            return " ".join(str(i * seed) for i in range(size))
    """,
    "metrics/toy.py": """
        '''Toy metrics: one value, acc.'''
        from stagewright.stages import metrics
        from stagewright.stages.metrics import Inputs, MetricChoice, MetricSet, MetricSpec

        @metrics.stage
        def toy(inputs: Inputs, /, *, of: list[MetricChoice] = []) -> MetricSet:
            names = tuple(MetricSpec(part.type, part.spec(), (part.type,), "maximize") for part in of)
            return MetricSet(names or (MetricSpec("acc", {"type": "acc"}, ("acc",), "maximize"),))
    """,
    "metrics/metric/acc.py": """
        '''Toy metric.'''
        from stagewright.stages import metrics
        from stagewright.stages.framing import Task

        @metrics.metric(fits=("toy",))
        def acc(task: Task, /) -> object:
            return None
    """,
    "metrics/metric/elsewhere.py": """
        '''A metric for another task.'''
        from stagewright.stages import metrics
        from stagewright.stages.framing import Task

        @metrics.metric(fits=("translation",))
        def elsewhere(task: Task, /) -> object:
            return None
    """,
    "train/toy.py": """
        '''Toy training: its score is a setting.'''
        import time
        from typing import Annotated
        from pydantic import Field
        from stagewright.stages import train
        from stagewright.stages.train import Inputs, Model, ModelChoice

        @train.stage
        def toy(inputs: Inputs, /, *, model: ModelChoice, score: Annotated[float, Field(le=1)] = 0.5,
                seconds: float = 0.0, fail: str = "") -> Model:
            if fail:
                raise ValueError(fail)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                pass
            for epoch in range(2):
                inputs.context.emit("epoch", epoch=epoch, metrics={"acc": score * (epoch + 1) / 2})
            (inputs.context.workdir / "weights").write_text(str(score))
            return Model(inputs.context.workdir, "toy", model.spec(), {"acc": score}, 7)
    """,
    "train/model/small.py": """
        '''Toy model.'''
        from typing import Annotated
        from pydantic import Field
        from stagewright.stages import train
        from stagewright.stages.framing import Task

        @train.model
        def small(task: Task, /, *, width: Annotated[int, Field(ge=1, description="channels")] = 4) -> object:
            return None
    """,
    "train/model/large.py": """
        '''Another toy model.'''
        from stagewright.stages import train
        from stagewright.stages.framing import Task

        @train.model
        def large(task: Task, /, *, depth: int = 4) -> object:
            return None
    """,
    "sweep/toy.py": """
        '''Toy search: random settings, the best by the leading metric.'''
        import json
        import random
        from stagewright.errors import StagewrightError
        from stagewright.stages import sweep
        from stagewright.stages.sweep import (
            Best, Choice, Finished, Inputs, Measure, Params, Pruned, Standing
        )

        def look(inputs, settings):
            file = inputs.trial.folder / "study.json"
            if not file.is_file():
                return None
            lines = [json.loads(line) for line in file.read_text().splitlines()]
            done = [Finished(one["number"], one["settings"], one["values"]) for one in lines if "values" in one]
            best = max(done, key=lambda one: one.values["acc"], default=None)
            counts = {"complete": len(done), "failed": len(lines) - len(done)}
            found = best and Best(inputs.trial.folder, best.settings, best.values, len(done), top=(best,))
            return Standing(counts, settings["trials"], found, ("no-such-dashboard", str(file)))

        @sweep.stage(look=look)
        def toy(inputs: Inputs, /, *, params: Params, measure: Measure = "train", trials: int = 4,
                prune_below: float = -1.0) -> Best:
            def report(epoch, values):
                if values["acc"] < prune_below:
                    raise Pruned(f"acc {values['acc']:.2f} after epoch {epoch}")

            ended = {"finished": [], "pruned": [], "failed": []}
            for number in range(trials):
                settings = drawn(inputs.trial.space, random.Random(f"{inputs.context.seed} {number}"))
                line = {"number": number, "settings": settings}
                try:
                    measured = inputs.trial(number, settings, report)
                    ended["finished"].append(Finished(number, settings, measured.values, measured.fingerprint))
                    line |= {"state": "complete", "values": measured.values, "steps": measured.steps}
                except Pruned as error:
                    ended["pruned"].append(number)
                    line |= {"state": "pruned", "reason": str(error)}
                except StagewrightError as error:
                    ended["failed"].append(number)
                    line |= {"state": "failed", "reason": str(error)}
                inputs.context.emit("trial", **line)
                inputs.trial.folder.mkdir(parents=True, exist_ok=True)
                for path in (inputs.context.workdir / "trials.jsonl", inputs.trial.folder / "study.json"):
                    with path.open("a") as file:
                        file.write(json.dumps(line) + "\\n")
            best = max(ended["finished"], key=lambda one: one.values["acc"])
            return Best(inputs.context.workdir, best.settings, best.values, trials, len(ended["pruned"]),
                        len(ended["failed"]), (best,))

        def drawn(space, source):
            found = {}
            for one in space:
                if one.holds(found):
                    found[one.key] = value(one.domain, source)
            return found

        def value(domain, source):
            if isinstance(domain, Choice):
                return source.choice(domain.values)
            if domain.whole:
                return source.randrange(domain.low, domain.high + 1, domain.step or 1)
            return source.uniform(domain.low, domain.high)
    """,
    "evaluate/toy.py": """
        '''Toy evaluation: the model's own score.'''
        from pydantic import BaseModel
        from stagewright.report.blocks import Facts
        from stagewright.stages import evaluate
        from stagewright.stages.evaluate import Inputs
        from stagewright.stages.scores import Score, Scores

        class Review(BaseModel, extra="forbid"):
            required: bool = False
            by: str = "expert"

        @evaluate.stage
        def toy(inputs: Inputs, /, *, note: str = "", review: Review = Review()) -> Scores:
            value = float((inputs.model.path / "weights").read_text())
            inputs.context.show(Facts("Scores", facts={"acc": value}))
            return Scores(inputs.context.workdir, "test", {"acc": Score(value, value - 0.1, value + 0.1, 9)})
    """,
    "compress/toy.py": """
        '''Toy compression: gives half of the score's digits away, and says so.'''
        from stagewright.stages import compress
        from stagewright.stages.compress import Compressed, Inputs
        from stagewright.stages.verdict import Verdict

        @compress.stage
        def toy(inputs: Inputs, /, *, loss: float = 0.0, most: float = 0.1) -> Compressed:
            score = float((inputs.model.path / "weights").read_text()) - loss
            (inputs.context.workdir / "weights").write_text(str(score))
            held = Verdict("limits", f"drop <= {most}", loss <= most, f"drops by {loss}", loss)
            return Compressed(
                inputs.context.workdir, "toy", {"from": inputs.model.format}, {"acc": score}, verdicts=(held,)
            )
    """,
    "deploy/toy.py": """
        '''Toy deployment: packs the newest model.'''
        from stagewright.stages import deploy
        from stagewright.stages.deploy import Inputs, Package

        @deploy.stage
        def toy(inputs: Inputs, /, *, note: str = "") -> Package:
            weights = (inputs.model.path / "weights").read_text()
            (inputs.context.workdir / "package").write_text(weights + note)
            version = f"v{weights}{note}"
            return Package(inputs.context.workdir, inputs.context.name, version, {})
    """,
    "rollout/toy.py": """
        '''Toy rollout: promotes what is told to be good.'''
        from stagewright import releases
        from stagewright.stages import rollout
        from stagewright.stages.rollout import Decision, Inputs
        from stagewright.stages.verdict import Verdict

        @rollout.stage
        def toy(inputs: Inputs, /, *, good: bool = True) -> Decision:
            context, package = inputs.context, inputs.deploy
            against = releases.opponent(context.home, context.name, package.version)
            said = f"against {against.version if against else 'the baseline'}"
            (context.workdir / "journal.jsonl").write_text(said)
            if good:
                releases.assign(context.home, context.name, "champion", package.version, "rollout", said)
            held = Verdict("rollout", "guards hold", good, said)
            return Decision("promoted" if good else "rolled_back", said, context.workdir, (held,))
    """,
    "monitor/toy.py": """
        '''Toy monitoring: all is well.'''
        from stagewright.stages import monitor
        from stagewright.stages.monitor import Health, Inputs

        @monitor.stage
        def toy(inputs: Inputs, /) -> Health:
            (inputs.context.workdir / "health").write_text(inputs.rollout.verdict)
            return Health(inputs.context.workdir)
    """,
}

# The last four sections, for tests that go the whole way.
LIVE = {name: {"type": "toy"} for name in ("compress", "deploy", "rollout", "monitor")}

RECIPE: dict[str, Any] = {
    "name": "toy",
    "seed": 3,
    "objective": {
        "type": "toy",
        "problem": "too slow",
        "kpis": [
            {"name": "cost", "unit": "EUR", "baseline": 9, "target": 1, "direction": "minimize",
             "estimate": "10 * (1 - acc)"}
        ],
        "baseline": {"type": "toy"},
    },
    "framing": {"type": "toy", "task": {"type": "toy"}, "success": ["acc >= 0.4"]},
    "data": {"type": "toy"},
    "metrics": {"type": "toy"},
    "train": {"type": "toy", "model": {"type": "small"}},
    "evaluate": {"type": "toy"},
}  # fmt: skip

# What a sweep of the toy recipe searches where a test says nothing else.
SCORES = {"train.score": "interval(0.4, 1)", "train.model.width": "range(1, 5)"}


@dataclass
class Toy:
    """A project folder with the toy plugins, and short ways to check, plan and run a recipe in it."""

    path: Path

    def plugin(self, name: str, source: str) -> Path:
        path = self.path / "plugins" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(source).lstrip())
        return path

    def live(self, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Changes that make the toy recipe go the whole way, to monitoring."""
        return copy.deepcopy(LIVE) | dict(changes or {})

    def swept(self, params: Mapping[str, Any] = SCORES, **settings: Any) -> dict[str, Any]:
        """Changes that give the toy recipe a sweep."""
        return {"sweep": {"type": "toy", "params": dict(params), "trials": 5, **settings}}

    def recipe(self, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The toy recipe with values set by dotted path; a value of `...` removes the key."""
        config = copy.deepcopy(RECIPE)
        for key, value in (changes or {}).items():
            *folders, last = key.split(".")
            node: Any = config
            for part in folders:
                node = node.setdefault(part, {})
            if value is ...:
                node.pop(last, None)
            else:
                node[last] = value
        return config

    @property
    def store(self) -> Store:
        return Store(self.path)

    def check(self, changes: Mapping[str, Any] | None = None) -> Checked:
        return check(self.recipe(changes), Registry(self.path))

    def plan(self, changes: Mapping[str, Any] | None = None) -> dict[str, Planned]:
        planner = Planner(self.check(changes), Registry(self.path), self.store)
        return {step.step: step for step in planned(planner)}

    def runs_again(self, changes: Mapping[str, Any] | None = None) -> list[str]:
        """The steps that a run would do now."""
        return [name for name, step in self.plan(changes).items() if step.status == "run"]

    def statuses(self, outcome: Outcome) -> dict[str, str]:
        """What became of every step of a run."""
        return {step["step"]: step["status"] for step in outcome.record["steps"]}

    def written(self, changes: Mapping[str, Any] | None = None, name: str = "toy") -> Path:
        """The toy recipe as a file of the project, for the command line."""
        path = self.path / "recipes" / f"{name}.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(self.recipe(changes), sort_keys=False))
        return path

    def cli(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """The installed program, run in the project's folder."""
        program = Path(sys.executable).with_name("stagewright")
        ended = subprocess.run(
            [str(program), *words], cwd=self.path, env=os.environ | environment, text=True,
            capture_output=True, timeout=120, check=False,
        )  # fmt: skip
        assert "Traceback" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr
        return ended

    def run(self, changes: Mapping[str, Any] | None = None, **options: Any) -> Outcome:
        registry = Registry(self.path)
        checked = check(self.recipe(changes), registry)
        return Runner(checked, registry, self.store, say=lambda _: None, **options).run()


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    project = Toy(tmp_path / "project")
    for name, source in PLUGINS.items():
        project.plugin(name, source)
    return project
