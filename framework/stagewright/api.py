"""Recipes from a notebook or a script: the same checks, plans, runs and records as the command line.

    from stagewright import load

    recipe = load("brain_tissue", "train.max_epochs=4")
    recipe.check()        # every problem with its place; true where there is none
    recipe.plan()         # what would run, what is cached, and why
    run = recipe.run()    # run.metrics, run.passed, run.report, run.package

Each result prints as the command line would print it, and shows as a table in a notebook.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from stagewright.check.loading import Loaded
from stagewright.check.loading import load as load_checked
from stagewright.errors import Problem, RecipeError
from stagewright.frozen import frozen
from stagewright.plan.plan import Planned, Planner
from stagewright.plan.walk import planned
from stagewright.recipe.compose import compose
from stagewright.recipe.project import project
from stagewright.recipe.recipe import RecipeFile, find
from stagewright.record import record
from stagewright.store import Store


def load(name: str | Path, *overrides: str, folder: str | Path = ".") -> Recipe:
    """A recipe by name or path, with Hydra's overrides; raises RecipeError if there is none of that name.

    What is wrong inside it is said by `check`, so a broken recipe can be loaded and looked at.
    `folder` is where names and relative paths start, as the current folder of a command does.
    """
    if wrong := next((item for item in overrides if not isinstance(item, str)), None):
        raise TypeError(f"overrides are texts, one after the other, such as 'seed=2'; got {wrong!r}")
    return Recipe(find(str(name), str(Path(folder).resolve())), overrides)


def plan_of(loaded: Loaded) -> Plan:
    """What a run of a checked recipe would do now."""
    return Plan(tuple(planned(Planner(loaded.checked, loaded.registry, loaded.store))))


def runs(folder: str | Path = ".") -> tuple[Run, ...]:
    """Every run of the project that `folder` belongs to, newest first."""
    home = Store(project(Path(folder))).home
    return tuple(Run(path) for path in reversed(record.runs(home)))


class Recipe:
    """A recipe file and the overrides laid over it; nothing is read before it is asked for."""

    def __init__(self, file: RecipeFile, overrides: tuple[str, ...] = ()) -> None:
        self.file = file
        self.overrides = overrides

    def override(self, *overrides: str) -> Recipe:
        """The same recipe with more overrides."""
        return Recipe(self.file, (*self.overrides, *overrides))

    @property
    def config(self) -> Mapping[str, Any]:
        """The composed recipe as plain values; raises RecipeError where nothing can be composed."""
        return compose(self.file, self.overrides).config

    def check(self) -> Problems:
        """Everything wrong with the recipe, as `stagewright check` finds it; never raises for a wrong recipe."""
        try:
            self._load()
        except RecipeError as error:
            return Problems(tuple(error.problems))
        return Problems(())

    def plan(self) -> Plan:
        """What a run would do now; raises RecipeError for a wrong recipe."""
        return plan_of(self._load())

    def run(self, quiet: bool = False) -> Run:
        """Do what is not done yet; raises RecipeError for a wrong recipe, never for how a run ends.

        Prints progress unless `quiet`. A failed step or gate is in the returned run: `passed`, `message`.
        """
        from stagewright.run.run import Runner

        loaded = self._load()
        told = {
            "recipe": str(self.file.path),
            "overrides": list(self.overrides),
            "command": " ".join(["stagewright", "run", self.file.name, *self.overrides]),
        }
        say = _silent if quiet else print
        runner = Runner(loaded.checked, loaded.registry, loaded.store, told, say, placed=loaded.placed)
        return Run(runner.run().folder)

    def runs(self) -> tuple[Run, ...]:
        """Earlier runs of this recipe, newest first."""
        name = self.config.get("name", self.file.name)
        return tuple(run for run in runs(self.file.project) if run.record.get("name") == name)

    def _load(self) -> Loaded:
        return load_checked(self.file, self.overrides)

    def __repr__(self) -> str:
        return " ".join(["recipe", str(self.file.path), *self.overrides])

    def _repr_html_(self) -> str:
        try:
            config = self.config
        except RecipeError as error:
            return Problems(tuple(error.problems))._repr_html_()
        rows = [(key, _said(value)) for key, value in config.items()]
        return _table(repr(self), ("section", "says"), rows)


@frozen
class Problems:
    """What `check` found; empty, and true, where the recipe is right."""

    problems: tuple[Problem, ...]

    def __bool__(self) -> bool:
        return all(item.severity == "warning" for item in self.problems)

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.problems)

    def __len__(self) -> int:
        return len(self.problems)

    def __repr__(self) -> str:
        return "\n".join(map(str, self.problems)) or "no problems"

    def _repr_html_(self) -> str:
        rows = [(str(item.place or ""), item.key, item.message) for item in self.problems]
        return _table("", ("where", "key", "problem"), rows) if rows else "<p>no problems</p>"


@frozen
class Plan:
    """The steps in order, with what would happen to each and why."""

    steps: tuple[Planned, ...]

    def __iter__(self) -> Iterator[Planned]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def __getitem__(self, step: str) -> Planned:
        return {item.step: item for item in self.steps}[step]

    def _rows(self) -> list[tuple[str, str, str, str]]:
        return [(item.step, item.plugin, item.status, item.reason) for item in self.steps]

    def __repr__(self) -> str:
        from stagewright.report.aligned import aligned

        return aligned(self._rows())

    def _repr_html_(self) -> str:
        return _table("", ("step", "plugin", "status", "why"), self._rows())


class Run:
    """One run, read from its record; looking at it again after it went on shows the newer state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def record(self) -> dict[str, Any]:
        """Everything that `stagewright runs show --json` prints."""
        return record.load(self.folder)

    @property
    def id(self) -> str:
        """Name of the run; a unique part of it names the run on the command line."""
        return self.folder.name

    @property
    def status(self) -> str:
        """`succeeded`, `gate_failed`, `not_needed`, `review_pending`, `failed`, `interrupted`, ..."""
        return str(self.record["status"])

    @property
    def exit_code(self) -> int | None:
        """What the command line ends with; None while the run goes on."""
        code = self.record["exit_code"]
        return code if code is None else int(code)

    @property
    def passed(self) -> bool:
        """Whether every step and every gate did what it should."""
        return self.exit_code == 0

    @property
    def message(self) -> str:
        """Why it ended as it did, in one line."""
        return str(self.record.get("message", ""))

    @property
    def metrics(self) -> dict[str, float | None]:
        """Metric values on the test split, by name; intervals are in `record["metrics"]`."""
        return {key: score["value"] for key, score in (self.record.get("metrics") or {}).items()}

    @property
    def steps(self) -> dict[str, str]:
        """What became of every step: `ran`, `cached`, `skipped`, `failed`."""
        return {step["step"]: step["status"] for step in self.record.get("steps") or []}

    @property
    def report(self) -> Path:
        """The HTML page."""
        return self.folder / "report.html"

    def artifact(self, step: str) -> Path:
        """Folder with what a finished step left; raises KeyError for a step that has not finished."""
        digests = {item["step"]: item["artifact"] for item in self.record["steps"] if item.get("artifact")}
        return Store(Path(self.record["project"])).artifact(digests[step])

    @property
    def package(self) -> Path:
        """Folder of the deployed package; raises KeyError if the run did not come so far."""
        outputs = {item["step"]: item["output"] for item in self.record["steps"] if item.get("output")}
        return self.artifact("deploy") / str(outputs["deploy"]["path"])

    def __repr__(self) -> str:
        from stagewright.report.summary import summary

        return summary(self.record)

    def _repr_html_(self) -> str:
        rows = [(key, _number(value)) for key, value in self.metrics.items()]
        head = f"{self.record.get('name')} {self.status.replace('_', ' ')}: {self.message}"
        return _table(head, ("metric", "test split"), rows)


def _silent(_: str) -> None:
    """Progress that nobody asked for."""


def _table(head: str, columns: tuple[str, ...], rows: Sequence[Sequence[str]]) -> str:
    """HTML for a notebook, drawn as the report draws its tables."""
    from stagewright.report.markup import element, join
    from stagewright.report.table import cells

    return join(element("p", element("b", head)) if head else None, cells(columns, rows))


def _said(value: Any) -> str:
    from stagewright.wording import shown

    return value if isinstance(value, str) else shown(value, 120)


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.4g}"
