"""A sweep over functions instead of trainings: trials that can be pickled, and the stage as the framework calls it.

`python -c 'import searching; searching.main()' FOLDER SETTINGS TOY` runs one in a process that can be killed; of the
toy's `space` the name is said.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stagewright.errors import StagewrightError
from stagewright.plugin.registry import Registry
from stagewright.stages.metrics import MetricSet, MetricSpec
from stagewright.stages.sweep import Best, Choice, Inputs, Interval, Measured, Parameter, Report
from stagewright.testing import Heard, context

METRICS = MetricSet(
    (
        MetricSpec("score", {}, ("score", "score.a"), "maximize"),
        MetricSpec("loss", {}, ("loss",), "minimize"),
    )
)
SPACE = (
    Parameter("train.lr", Interval(1e-4, 1e-1, log=True)),
    Parameter("train.width", Interval(4, 16, whole=True)),
    Parameter("train.model", Choice(("unet", {"type": "deeplab", "depth": 2}))),
)
CONDITIONAL = (
    Parameter("train.depth", Interval(1, 3, whole=True), when="train.model == deep"),
    Parameter("train.model", Choice(("flat", "deep"))),
    Parameter("train.dropout", Choice((0.0, 0.5)), when="train.depth >= 2"),
)


SMALL = (
    Parameter("train.width", Interval(4, 16, whole=True)),
    Parameter("train.depth", Interval(1, 4, whole=True)),
)


@dataclass
class Toy:
    """A trial as a function: best at width 10, lr 0.01, `unet`. Notes each call in its folder."""

    folder: Path
    space: tuple[Parameter, ...] = SPACE
    study: str = "toy"
    own: Mapping[str, Any] = field(default_factory=dict)
    project: Path | None = None
    seconds: float = 0.0
    epochs: int = 0
    failing: tuple[int, ...] = ()
    crashing: int = 0  # a width over which the process dies
    diverging: float = 1.0  # a learning rate above which trials fail

    def __call__(self, number: int, settings: Mapping[str, Any], report: Report, /) -> Measured:
        with open(self.folder / "calls.jsonl", "a") as file:
            file.write(json.dumps({"number": number, "pid": os.getpid(), "settings": settings}) + "\n")
        if number in self.failing:
            raise StagewrightError(f"trial {number} was told to fail")
        if settings.get("train.lr", 0.0) > self.diverging:
            raise StagewrightError(f"trial {number} diverged")
        if self.crashing and settings.get("train.width") == self.crashing:
            os.kill(os.getpid(), signal.SIGKILL)
        score = quality(settings)
        for epoch in range(self.epochs):
            time.sleep(self.seconds / self.epochs)
            report(epoch, {"score": score * (epoch + 1) / self.epochs, "loss": -score})
        if not self.epochs:
            time.sleep(self.seconds)
        width = settings.get("train.width", 8)
        return Measured(
            {
                "score": score,
                "loss": -score,
                "train_seconds": width / 4,
                "size_mb": width / 10,
                "latency_ms": 1.0,
            },
            f"f{number}",
            {"train": "ran"},
        )


def quality(settings: Mapping[str, Any]) -> float:
    """What the toy scores."""
    import math

    lr = settings.get("train.lr", 0.01)
    model = settings.get("train.model")
    off = (
        abs(settings.get("train.width", 10) - 10) + abs(math.log10(lr) + 2) + (model not in ("unet", "deep"))
    )
    return 1.0 - off / 10 + 0.01 * settings.get("train.depth", 0)


@dataclass
class Sweep:
    """Calls `sweep: {type: optuna}` on a toy."""

    tmp: Path
    seed: int = 3
    heard: Heard = field(default_factory=Heard)

    @property
    def folder(self) -> Path:
        folder = self.tmp / "studies" / "toy"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def __call__(self, trial: Toy | None = None, **settings: Any) -> Best:
        trial = trial or Toy(self.folder)
        ctx = context(self.tmp / "work", self.seed, self.heard)
        component = Registry().component(
            "sweep", {"type": "optuna", "params": {"a": "choice(1, 2)"}, **settings}
        )
        return component(Inputs(METRICS, trial, ctx))

    @property
    def calls(self) -> list[dict[str, Any]]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.tmp / "work" / "trials.jsonl").read_text().splitlines()]

    def block(self, title: str) -> dict[str, Any]:
        return next(block.to_json() for block in reversed(self.heard.blocks) if block.title == title)

    def trials(self) -> list[Any]:
        import optuna

        from stagewright_plugins.sweeping.storage import in_folder

        return optuna.load_study(study_name="toy", storage=in_folder(self.folder)).trials

    def start(self, toy: Mapping[str, Any] | None = None, **settings: Any) -> subprocess.Popen[str]:
        """The same sweep in a process of its own, leader of its group."""
        command = [sys.executable, "-c", "import searching; searching.main()", str(self.tmp)]
        path = os.pathsep.join([str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")])
        return subprocess.Popen(
            [*command, json.dumps(settings), json.dumps(toy or {})],
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )


def ended_exactly(trials: list[Any], wanted: int) -> list[str]:
    """What is wrong with the end of a study that was killed and resumed: nothing, if every settings finished once."""
    from stagewright_plugins.sweeping.counting import SURPLUS, Ledger, place

    ledger, wrong = Ledger(trials), []
    if len(ledger.finished) != wanted:
        wrong.append(f"{len(ledger.finished)} finished trials instead of {wanted}")
    if len({place(trial) for trial in ledger.finished}) != len(ledger.finished):
        wrong.append("a trial finished twice")
    if len({json.dumps(trial.params, sort_keys=True) for trial in ledger.finished}) != len(ledger.finished):
        wrong.append("two finished trials have the same settings")
    if ledger.running or ledger.waiting:
        wrong.append(f"{len(ledger.running)} still running, {len(ledger.waiting)} still waiting")
    begun = {place(one) for one in ledger.own if one.params and SURPLUS not in one.user_attrs}
    if lost := begun - {place(trial) for trial in [*ledger.finished, *ledger.failed]}:
        wrong.append(f"lost: {sorted(lost)}")
    return wrong


def main() -> None:
    """A sweep by the words of the command line."""
    from stagewright_plugins.sweeping.quiet import quiet

    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore Ctrl-C
    sweep, toy = Sweep(Path(sys.argv[1])), json.loads(sys.argv[3])
    toy["space"] = globals()[toy.get("space", "SPACE")]
    with quiet():
        best = sweep(Toy(sweep.folder, **toy), **json.loads(sys.argv[2]))
    print(json.dumps({"trials": best.trials, "settings": best.settings}))
