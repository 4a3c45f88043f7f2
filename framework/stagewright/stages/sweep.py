"""sweep: search over settings through a `trial` callable; it never imports a train plugin."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

from stagewright.context import Context
from stagewright.contract import Component, Contract
from stagewright.errors import StagewrightError
from stagewright.expression import Expression, ExpressionError, parse
from stagewright.frozen import frozen
from stagewright.stages.known import StageFacts
from stagewright.stages.metrics import Direction, MetricSet


class Swept(BaseModel):
    """A swept key that only matters under a condition."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    of: str | list[Any] = Field(description="what it may be: `choice(8, 12)`, `interval(0, 1)`, a list")
    when: str = Field(
        default="",
        description="condition over other swept keys, e.g. `train.model == unet`; elsewhere the recipe's value holds",
    )


def _entry(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    """An entry of `params`; what is none of its three forms is one problem that shows them, not one for each."""
    said = isinstance(value, Mapping) and value.keys() & {"of", "when"}
    if said and isinstance(value.get("of", ""), str | list):
        return Swept.model_validate(value, strict=True)
    if isinstance(value, str | list | Swept):
        return handler(value)
    forms = "`tag(log, interval(1e-4, 1e-2))`, `choice(8, 12)`, a list, or {of: ..., when: ...}"
    raise PydanticCustomError("swept", "not what a search can draw from: write {forms}", {"forms": forms})


# Settings that every sweep plugin has, under these names: the core reads them from the bound component.
# `params`: by dotted key, in Hydra's override grammar
Params = dict[str, Annotated[str | list[Any] | Swept, WrapValidator(_entry)]]
Measure = Literal["train", "compress"]  # `measure`: the step after which a trial is over
# Settings that say how long a search goes on, where a plugin has them: the study stays the same.
HOW_LONG = ("trials", "stop", "max_failure_rate", "top")


class Pruned(StagewrightError):
    """Raised by `Report` inside a trial that is not worth going on with; what it finished stays finished."""


@frozen
class Choice:
    """One of these values: names, numbers, or whole mappings."""

    values: tuple[Any, ...]


@frozen
class Interval:
    """A number from `low` to `high`, both reachable; whole numbers, steps or a logarithmic scale where said."""

    low: float
    high: float
    step: float | None = None
    whole: bool = False
    log: bool = False


@frozen
class Parameter:
    """One swept key.

    Attributes:
        key: dotted config path (`train.optimizer.lr`), or a config group (`train/model`).
        domain: what it may be.
        when: condition over the other parameters, by key (`/` of a group written as `.`); a bare word is text, a
            plugin stands for its `type`. Where it does not hold, the key keeps the recipe's value.
    """

    key: str
    domain: Choice | Interval
    when: str = ""

    def holds(self, settings: Mapping[str, Any]) -> bool:
        """Whether it is searched under these settings; not where the condition reads a key that is not searched."""
        if not self.when:
            return True
        expression = _condition(self.when)
        values = {key.replace("/", "."): _comparable(value) for key, value in settings.items()}
        bare = {name: name for name in expression.names - values.keys()}
        if any("." in name for name in bare):
            return False
        try:
            return bool(expression.evaluate(bare | values))
        except ExpressionError:
            return False  # a key that is not searched, compared with a number


@cache
def _condition(text: str) -> Expression:
    """Parsed once: a search asks of every trial."""
    return parse(text)


def _comparable(value: Any) -> Any:
    """What a condition sees of a value: the name of a plugin, a number, a text."""
    value = value.get("type", "") if isinstance(value, Mapping) else value
    return value if isinstance(value, str | int | float | bool) else str(value)


@frozen
class Measured:
    """What one trial gave.

    Attributes:
        values: by name: every metric key on the validation split (never the test split), `train_seconds`,
            and, where the recipe measures the compressed package, `size_mb` and `latency_ms`.
        fingerprint: of the step that left the model, to find its artifact by.
        steps: what became of every step of the trial: `ran` or `cached`.
    """

    values: Mapping[str, float]
    fingerprint: str = ""
    steps: Mapping[str, str] = field(default_factory=dict)


# (epoch, metric values): raises Pruned where the trial should stop.
Report = Callable[[int, Mapping[str, float]], None]


class Trial(Protocol):
    """Runs the part of the plan that depends on swept settings; can be pickled, so that a worker can call it.

    Attributes:
        study: name of the study: equal for equal searches, whatever their number of trials or workers.
        folder: the study's own folder in the project; it outlives runs and kills.
        space: the swept parameters, already held against the recipe's schema.
        own: what the recipe itself has at each of them, as its domain writes it; without keys that it has no value for.
            A value may lie outside of the domain, and a condition need not hold.
    """

    study: str
    folder: Path
    space: tuple[Parameter, ...]
    own: Mapping[str, Any]

    @property
    def project(self) -> Path | None:
        """Where the plugins of the project lie, for workers; None where there is none."""

    def __call__(self, number: int, settings: Mapping[str, Any], report: Report, /) -> Measured:
        """Run one trial; raises Pruned, or a StagewrightError with the reason it failed."""


@frozen
class Inputs:
    """What a search is handed: a way to run a trial, and the metrics it can look at (the leading one first)."""

    metrics: MetricSet
    trial: Trial
    context: Context


@frozen
class Finished:
    """One finished trial, as the report and ensembles see it."""

    number: int
    settings: Mapping[str, Any]
    values: Mapping[str, float]
    fingerprint: str = ""


@frozen
class Best:
    """The best settings found, by config path, and what they reached.

    Attributes:
        path: folder with `trials.jsonl`, one line a trial.
        settings: of the best trial; with several objectives, of the front's best by the first one that is feasible.
        front: finished trials that no other beats in every objective, best first.
        top: the best finished trials by the first objective, best first, for ensembles.
        trials, pruned, failed: how many ended in each way.
    """

    path: Path
    settings: Mapping[str, Any]
    values: Mapping[str, float]
    trials: int
    pruned: int = 0
    failed: int = 0
    front: tuple[Finished, ...] = ()
    top: tuple[Finished, ...] = ()


@frozen
class Search:
    """What a sampler or a pruner is built for; a sampler is built anew for every trial, so its state is the study.

    Attributes:
        directions: of the objectives, the leading one first.
        trials: how many finished trials are wanted.
        seed: of the study.
        number: of the draw; with the seed it fixes what is drawn, whichever worker draws it.
    """

    space: tuple[Parameter, ...]
    directions: tuple[Direction, ...]
    trials: int
    seed: int
    number: int = 0


@frozen
class Progress:
    """How far a sweep is, for the rules that may end it.

    Attributes:
        seconds: how long at least one trial was running, breaks between commands left out.
        epochs: that trials were trained for so far, all together, pruned and failed ones included.
        values: the objectives of every finished trial, in the order they finished; None where it was pruned or
            misses a constraint.
    """

    seconds: float
    epochs: int
    directions: tuple[Direction, ...]
    values: tuple[tuple[float, ...] | None, ...]


@frozen
class Launch:
    """What a launcher is handed; it returns once all workers have.

    Attributes:
        work: the life of one worker, can be pickled: (name, called after each trial and while it waits for others, or
            None). Every start needs a name of its own.
        workers: how many at once.
        tick: to be called in this process about twice a second: tells what finished, puts lost trials back.
        lost: to be told the name of a worker that ended without returning, before another takes its place.
    """

    work: Callable[[str, Callable[[], None] | None], None]
    workers: int
    tick: Callable[[], None]
    lost: Callable[[str], None]


@frozen
class Standing:
    """A study as it is now, seen without running a trial.

    Attributes:
        counts: trials by state: `complete`, `pruned`, `failed`, `running`, `waiting`.
        wanted: how many are to finish, never more than there are combinations.
        best: what the sweep would give if it ended now; None as long as no trial is good enough. Its `path` is empty.
        tool: command line of a program that opens the study, where there is one.
    """

    counts: Mapping[str, int]
    wanted: int
    best: Best | None
    tool: tuple[str, ...] = ()


@frozen
class SweepFacts(StageFacts):
    """Declared on the mark of a sweep.

    Attributes:
        look: a study as it stands, by its inputs and settings; None where it was not begun.
        ready: raises StagewrightError where a search with these settings cannot begin, for a reason that only other
            machines know; asked before the first step of a run that will search. (settings, project, its store)
    """

    look: Callable[[Inputs, Mapping[str, Any]], Standing | None] | None = None
    ready: Callable[[Mapping[str, Any], Path, Path], None] | None = None


@frozen
class SamplerFacts:
    """Declared on the mark of a sampler.

    Attributes:
        several: whether it can search for several objectives at once.
        fixed: whether its points are known before the search, as those of a grid: then nothing is tried before them.
    """

    several: bool = True
    fixed: bool = False


stage: Contract[Inputs, Best] = Contract(
    "sweep", takes=Inputs, gives=Best, facts=SweepFacts, sees={"framing": ("task", "policy", "success")}
)
# Gives an `optuna.samplers.BaseSampler`; an attribute `size` says how many different trials it has, if that ends.
sampler: Contract[Search, Any] = Contract("sweep.sampler", takes=Search, facts=SamplerFacts)
# Gives an `optuna.pruners.BasePruner`, fed by the first objective after each epoch.
pruner: Contract[Search, Any] = Contract("sweep.pruner", takes=Search)
# Gives the reason to end the sweep, or an empty text. Asked before each trial, by every worker.
stop: Contract[Progress, str] = Contract("sweep.stop", takes=Progress, gives=str)
launcher: Contract[Launch, None] = Contract("sweep.launcher", takes=Launch, gives=type(None))

SamplerChoice = Annotated[Component[Search, Any], sampler]
PrunerChoice = Annotated[Component[Search, Any], pruner]
StopChoice = Annotated[Component[Progress, str], stop]
LauncherChoice = Annotated[Component[Launch, None], launcher]
