"""A search with Optuna: any sampler, pruning, several objectives, limits, workers on one or many machines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from stagewright.contract import WithoutEffect, use
from stagewright.stages import sweep
from stagewright.stages.sweep import (
    Best,
    Inputs,
    LauncherChoice,
    Measure,
    Params,
    PrunerChoice,
    SamplerChoice,
    Standing,
    StopChoice,
)
from stagewright_plugins.sweeping.goals import Objective

from ._misfits import misfits


def _look(inputs: Inputs, settings: Mapping[str, Any]) -> Standing | None:
    from stagewright_plugins.sweeping.standing import standing

    return standing(inputs, settings)


def _ready(settings: Mapping[str, Any], project: Path, home: Path) -> None:
    from stagewright_plugins.sweeping.warm import require_reachable

    require_reachable(settings["storage"], settings["warm_start"], project, home)


@sweep.stage(look=_look, ready=_ready, misfits=misfits)
def optuna(
    inputs: Inputs,
    /,
    *,
    params: Annotated[
        Params, Field(description="what to search, by dotted key, in Hydra's override grammar")
    ],
    measure: Annotated[
        Measure,
        Field(description="the step after which a trial is over; compress adds size_mb and latency_ms"),
    ] = "train",
    trials: Annotated[
        int, Field(ge=1, description="how many trials are to finish; failed ones are replaced")
    ] = 20,
    objectives: Annotated[
        list[Objective | str],
        Field(
            description="values to make larger or smaller, the first one leads; the leading metric if not said"
        ),
    ] = [],  # noqa: B006 - never changed
    constraints: Annotated[
        list[str], Field(description="limits such as `size_mb <= 0.5`; a trial outside is never the best")
    ] = [],  # noqa: B006
    sampler: SamplerChoice = use("tpe"),
    seed: Annotated[
        int | None,
        Field(
            ge=0,
            description="of the search alone; the recipe's, which also draws data and weights, if not said",
        ),
    ] = None,
    recipe_first: Annotated[
        bool,
        Field(
            description="the first trial has the recipe's own settings; not where the sampler's points are fixed"
        ),
    ] = True,
    pruner: PrunerChoice = use("none"),
    stop: list[StopChoice] = [],  # noqa: B006
    workers: Annotated[int, WithoutEffect(), Field(ge=1, description="trials that run at once")] = 1,
    launcher: Annotated[
        LauncherChoice | None,
        WithoutEffect(),
        Field(description="where workers run; inline for one worker, else processes of this machine"),
    ] = None,
    storage: Annotated[
        str,
        WithoutEffect(),
        Field(description="journal, sqlite, grpc://host:port, or a database URL (postgresql+psycopg://...)"),
    ] = "journal",
    warm_start: Annotated[
        list[str],
        Field(description="earlier studies, by name or folder, whose fitting trials the sampler learns from"),
    ] = [],  # noqa: B006
    max_failure_rate: Annotated[
        float, Field(ge=0, le=1, description="share of `trials` that may fail before the sweep does")
    ] = 0.2,
    crash_limit: Annotated[
        int,
        WithoutEffect(),
        Field(ge=1, description="over how many dead worker processes settings are given up"),
    ] = 3,
    top: Annotated[int, Field(ge=1, description="how many of the best trials are kept for ensembles")] = 5,
) -> Best:
    """Search settings until as many trials finished as are wanted; killed and run again, it goes on where it was.

    The study lies in the trial's folder, or in a database that several machines share; `optuna-dashboard` opens
    it as it is. Leaves `trials.jsonl`.

    Raises:
        StagewrightError: settings that do not fit one another; more failed trials than allowed; no trial inside the
            constraints.
    """
    from stagewright_plugins.sweeping.launching import chosen
    from stagewright_plugins.sweeping.search import Wanted, searched

    return searched(
        inputs,
        Wanted(
            measure,
            trials,
            objectives,
            constraints,
            sampler,
            inputs.context.seed if seed is None else seed,
            recipe_first,
            pruner,
            stop,
            workers,
            chosen(launcher, workers, inputs.context),
            storage,
            warm_start,
            max_failure_rate,
            crash_limit,
            top,
        ),
    )
