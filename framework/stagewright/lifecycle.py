"""The sections of a recipe in order, and the steps they become: the one list of them in the code base."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any, get_args, get_type_hints

from stagewright.contract import Contract
from stagewright.frozen import frozen
from stagewright.stages import (
    baseline,
    compress,
    data,
    deploy,
    evaluate,
    framing,
    metrics,
    monitor,
    objective,
    rollout,
    sweep,
    tracking,
    train,
)


@frozen
class Section:
    """One place in a recipe that names a stage.

    Attributes:
        name: the step's name, and what later steps call its output.
        at: config path of its settings.
        contract: what it takes and gives.
        default: `type:` when the recipe names none.
        items: setting that a YAML list stands for: `metrics: [...]` is `metrics: {of: [...]}`.
        declarative: pure and light: called while planning, so that the plan knows what it says.
        required: a recipe without it is refused.
    """

    name: str
    at: tuple[str, ...]
    contract: Contract[Any, Any]
    default: str | None = "standard"
    items: str | None = None
    declarative: bool = False
    required: bool = False


# A step just before the first one that a swept setting changes (`Planner.order`).
SWEEP = Section("sweep", ("sweep",), sweep.stage, default="optuna")
STEPS: tuple[Section, ...] = (
    Section("objective", ("objective",), objective.stage, declarative=True, required=True),
    Section("framing", ("framing",), framing.stage, declarative=True, required=True),
    Section("data", ("data",), data.stage, required=True),
    Section("metrics", ("metrics",), metrics.stage, items="of", declarative=True, required=True),
    Section("baseline", ("objective", "baseline"), baseline.stage, default=None),
    SWEEP,
    Section("train", ("train",), train.stage, default="lightning"),
    Section("evaluate", ("evaluate",), evaluate.stage),
    Section("compress", ("compress",), compress.stage),
    Section("deploy", ("deploy",), deploy.stage, default="local"),
    Section("rollout", ("rollout",), rollout.stage),
    Section("monitor", ("monitor",), monitor.stage),
)
TRACKING = Section("tracking", ("tracking",), tracking.stage, default="mlflow")

SECTIONS = ("objective", "framing", "data", "metrics", "train", "sweep", "evaluate", "compress",
            "deploy", "rollout", "monitor")  # fmt: skip
# Beside the sections a recipe may say these.
EXTRAS = ("name", "description", "seed", "tracking")

# `train` and `compress` both leave a model; later steps ask for `model` and get the newest one.
MODEL_GIVERS = ("train", "compress")


def step_section(name: str) -> Section:
    """The section of a step; `train/unet` (an approach) belongs to `train`."""
    return next(section for section in STEPS if section.name == name.split("/", 1)[0])


@cache
def wanted(contract: Contract[Any, Any]) -> dict[str, bool]:
    """What a stage takes, by field name: True where it cannot do without.

    `context`, `trial` and `retrain` are ways to act, not inputs.
    """
    module = __import__(contract.takes.__module__, fromlist=["x"])
    hints = get_type_hints(contract.takes, vars(module))
    return {
        item.name: type(None) not in get_args(hints[item.name])
        for item in fields(contract.takes)
        if item.name not in ("context", "trial", "retrain", "live")
    }


def contracts() -> dict[str, Contract[Any, Any]]:
    """Every contract by its dotted name: the stages and the kinds inside them."""
    modules = (objective, framing, data, metrics, baseline, train, sweep, evaluate, compress,
               deploy, rollout, monitor, tracking)  # fmt: skip
    found = (value for module in modules for value in vars(module).values())
    return {item.name: item for item in found if isinstance(item, Contract)}


def required(name: str) -> bool:
    """Whether every recipe must have this section (its absence is reported once, not by each user)."""
    return any(section.name == name and section.required for section in STEPS)
