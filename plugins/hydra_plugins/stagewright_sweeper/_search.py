"""A Hydra app's jobs as trials of a study."""

from __future__ import annotations

import json
import logging
import os
import queue
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.utils import JobStatus
from omegaconf import DictConfig, OmegaConf

from stagewright.context import Context
from stagewright.errors import RecipeError, StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.metrics import MetricSet, MetricSpec
from stagewright.stages.sweep import Best, Inputs, Launch, Measured, Parameter, Report, Swept
from stagewright.sweep.space import read
from stagewright.sweep.sweep_plan import canonical
from stagewright_plugins.sweeping.search import Wanted, searched

RESULTS = "optimization_results.yaml"  # as Hydra's own Optuna sweeper leaves it
LOOK_SECONDS = 0.1
PLAIN = re.compile(r"[A-Za-z0-9_./@-]+")

log = logging.getLogger(__name__)
Launcher = Callable[
    [Sequence[Sequence[str]], int], Sequence[Any]
]  # overrides of each job, number of the first


def search(
    options: Mapping[str, Any], config: DictConfig, loader: Any, launch: Launcher, arguments: Sequence[str]
) -> dict[str, Any]:
    """Search what `arguments` and `options["params"]` sweep; the other arguments hold for every job.

    Raises:
        StagewrightError: something is wrong with what is swept, or more jobs fail than may.
    """
    folder = Path(str(config.hydra.sweep.dir))
    folder.mkdir(parents=True, exist_ok=True)
    params, fixed = _split(options["params"], arguments)
    space, problems = read(params, loader.get_group_options)
    if problems:
        raise RecipeError(problems)
    if not space:
        raise StagewrightError(
            "nothing to search: sweep a key on the command line, or say hydra.sweeper.params"
        )
    directions = _directions(options["direction"])
    names = ["value"] if len(directions) == 1 else [f"value_{i}" for i in range(len(directions))]
    study = options["study_name"] or _name(config, space, directions, fixed)
    jobs = _Jobs(launch, int(options["n_jobs"]))
    trial = HydraTrial(study, Path(options["folder"]).absolute() / study, space, {}, fixed, names, jobs)
    best = searched(
        _inputs(names, directions, trial, folder, int(options["seed"])), _wanted(options, names, jobs)
    )
    return _told(best, names, folder)


def _directions(said: Any) -> list[str]:
    directions = [said] if isinstance(said, str) else list(said)
    if not directions or {*directions} - {"minimize", "maximize"}:
        raise StagewrightError(
            f"hydra.sweeper.direction: {said} is not minimize, maximize or a list of them, one for each value"
        )
    return directions


def _split(params: Mapping[str, Any], arguments: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What is swept, by key, the command line last; and the overrides of every job."""
    plain = OmegaConf.to_container(params) if OmegaConf.is_config(params) else dict(params)
    found: dict[str, Any] = {
        str(key): Swept(**value) if isinstance(value, Mapping) else value
        for key, value in dict(plain).items()
    }
    fixed = []
    for item in OverridesParser.create().parse_overrides(list(arguments)):
        line = item.input_line or ""
        if item.is_sweep_override():
            found[item.get_key_element()] = line.partition("=")[2]
        else:
            fixed.append(line)
    return found, tuple(fixed)


def _name(
    config: DictConfig, space: Sequence[Parameter], directions: Sequence[str], fixed: Sequence[str]
) -> str:
    text = json.dumps([canonical(space), list(directions), sorted(fixed)], sort_keys=True, default=str)
    return f"{config.hydra.job.name}-{sha256(text.encode()).hexdigest()[:12]}"


def _inputs(
    names: Sequence[str], directions: Sequence[Any], trial: HydraTrial, folder: Path, seed: int
) -> Inputs:
    specs = [
        MetricSpec(name, {}, (name,), direction) for name, direction in zip(names, directions, strict=True)
    ]
    resolve: Any = Registry().component
    context = Context(folder, seed, _say, lambda *_: None, resolve, Path(os.devnull), trial.study)
    return Inputs(MetricSet(tuple(specs)), trial, context)


def _wanted(options: Mapping[str, Any], names: list[str], jobs: _Jobs) -> Wanted:
    registry, sampler = Registry(), options["sampler"]
    spec = {"type": sampler} if isinstance(sampler, str) else OmegaConf.to_container(sampler)
    return Wanted(
        measure="train",
        trials=int(options["n_trials"]),
        objectives=names,
        constraints=[],
        sampler=registry.component("sweep.sampler", dict(spec)),  # type: ignore[call-overload]
        seed=int(options["seed"]),
        recipe_first=False,  # what the app has at a swept key is known to Hydra only
        pruner=registry.component("sweep.pruner", {"type": "none"}),
        stop=[],
        workers=int(options["n_jobs"]),
        launcher=jobs.launcher,  # type: ignore[arg-type]  # called like a component
        storage=options["storage"] or "journal",
        warm_start=[],
        max_failure_rate=float(options["max_failure_rate"]),
        crash_limit=3,
        top=5,
    )


def _say(event: str, /, **fields: Any) -> None:
    if event == "trial":
        values = ", ".join(f"{key} {value:.6g}" for key, value in (fields.get("values") or {}).items())
        reason = fields.get("reason") or values or fields["state"]
        log.info("trial %s: %s %s", fields["number"], fields["settings"], reason)


def _told(best: Best, names: Sequence[str], folder: Path) -> dict[str, Any]:
    """The result, as Hydra's own Optuna sweeper writes it: one best trial, or a front of them."""
    settings = dict(best.settings)
    if len(names) == 1:
        found = {"name": "optuna", "best_params": settings, "best_value": best.values[names[0]]}
    else:
        front = [
            {"params": dict(one.settings), "values": [one.values[name] for name in names]}
            for one in best.front
        ]
        found = {"name": "optuna", "solutions": front}
    OmegaConf.save(OmegaConf.create(found), folder / RESULTS)
    log.info("best: %s %s", settings, dict(best.values))
    return found


@dataclass
class HydraTrial:
    """One job of a Hydra app as a trial: settings become overrides, what the app returns becomes values."""

    study: str
    folder: Path
    space: tuple[Parameter, ...]
    own: Mapping[str, Any]
    fixed: tuple[str, ...]
    names: list[str]
    jobs: _Jobs
    project: Path | None = None

    def __call__(self, _number: int, settings: Mapping[str, Any], _report: Report, /) -> Measured:
        """Run one job; raises StagewrightError where it fails or returns something else than numbers."""
        words = [f"{key}={_word(value)}" for key, value in settings.items()]
        ended = self.jobs.run([*self.fixed, *words])
        returned = ended._return_value  # the property would print a traceback and raise
        if ended.status is not JobStatus.COMPLETED:
            raise StagewrightError(f"{type(returned).__name__}: {returned}")
        given = list(returned) if isinstance(returned, list | tuple) else [returned]
        if len(given) != len(self.names) or not all(_is_number(value) for value in given):
            want = "a number" if len(self.names) == 1 else f"{len(self.names)} numbers"
            raise StagewrightError(f"the app must return {want}, it returned {returned!r}")
        return Measured({name: float(value) for name, value in zip(self.names, given, strict=True)})


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, str)


def _word(value: Any) -> str:
    """A value as Hydra's grammar reads it back."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_word(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_word(item) for item in value) + "]"
    if isinstance(value, str):
        plain = PLAIN.fullmatch(value) and not re.fullmatch(r"(?i)true|false|null|[\d.e+-]+|inf|nan", value)
        return value if plain else "'" + value.replace("'", "\\'") + "'"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else repr(value)


class _Jobs:
    """Workers wait in threads; this process hands what they ask for to Hydra's launcher, as many at once as may be."""

    def __init__(self, launch: Launcher, at_once: int) -> None:
        self._launch, self._most = launch, at_once
        self._asked: queue.Queue[tuple[list[str], Future[Any]]] = queue.Queue()
        self._begun = 0

    def run(self, words: list[str]) -> Any:
        """Called by a worker: have a job run, and wait for it."""
        waiting: Future[Any] = Future()
        self._asked.put((words, waiting))
        return waiting.result()

    def launcher(self, launch: Launch) -> None:
        """What a search calls to have its workers run; jobs run in this thread, as Hydra wants it."""
        failed: list[BaseException] = []
        workers = [
            threading.Thread(target=partial(_live, launch, f"job-{os.getpid()}-{i}", failed), daemon=True)
            for i in range(launch.workers)
        ]
        for worker in workers:
            worker.start()
        while any(worker.is_alive() for worker in workers):
            self._serve()
            launch.tick()
        if failed:
            raise failed[0]

    def _serve(self) -> None:
        """Run what is asked for now; nothing where nobody asks for a while."""
        batch: list[tuple[list[str], Future[Any]]] = []
        while len(batch) < self._most:
            try:
                batch.append(self._asked.get(timeout=LOOK_SECONDS))
            except queue.Empty:
                break
        if not batch:
            return
        first, self._begun = self._begun, self._begun + len(batch)
        try:
            ended = self._launch([words for words, _ in batch], first)
        except BaseException as error:
            for _, waiting in batch:
                waiting.set_exception(error)
            raise
        for (_, waiting), result in zip(batch, ended, strict=True):
            waiting.set_result(result)


def _live(launch: Launch, name: str, failed: list[BaseException]) -> None:
    try:
        launch.work(name, None)
    except BaseException as error:
        failed.append(error)
