"""What a sweep costs beside its trials, and what a second worker gains.

    chrt -r 1 python benchmarks/sweep.py [TRIALS]

Overhead: wall milliseconds a trial of TRIALS (default 1000) trivial trials in one process, against a plain Optuna loop
with the same storage (Optuna's own journal file, or SQLite), sampler and parameters; aim: at most 2 ms more. Both are
interleaved in blocks, so that a disturbance of the machine meets both.
Gain: trials per second of two worker processes over one, for trials that keep one core busy; aim: at least 1.8. Without
the seconds that processes take to start, which are printed.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

import optuna

from searching import SPACE, Sweep, Toy, quality
from stagewright_plugins.sweeping.quiet import quiet

ROUNDS = 3
CPU_SECONDS = 0.4  # of a trial that keeps a core busy


@dataclass
class Busy(Toy):
    """A trial that computes for so many seconds of CPU time."""

    def __call__(self, number: int, settings: Any, report: Any, /) -> Any:
        began = time.perf_counter()
        end = time.process_time() + CPU_SECONDS
        while time.process_time() < end:
            sum(range(1000))
        with open(self.folder / "spans.jsonl", "a") as file:
            file.write(json.dumps([os.getpid(), began, time.perf_counter()]) + "\n")
        return super().__call__(number, settings, report)


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with quiet(), tempfile.TemporaryDirectory() as scratch:
        for sampler in ("random", "tpe"):
            for storage in ("journal", "sqlite"):
                overhead(Path(scratch), storage, sampler, trials if storage == "journal" else trials // 5)
        gain(Path(scratch))


def overhead(scratch: Path, storage: str, sampler: str, trials: int) -> None:
    plain, ours = [], []
    for number in range(ROUNDS):
        folder = scratch / f"{storage}-{sampler}-{number}"
        plain.append(took(lambda folder=folder: loop(folder, storage, sampler, trials)) / trials * 1000)
        sweep = Sweep(folder / "ours")
        ours.append(took(lambda sweep=sweep: swept(sweep, storage, sampler, trials)) / trials * 1000)
    more = statistics.median(ours) - statistics.median(plain)
    print(
        f"{trials} trivial trials, {sampler}, {storage}: plain loop {statistics.median(plain):.2f} ms a trial, "
        f"sweep {statistics.median(ours):.2f} ms: {more:+.2f} ms (aim: at most 2)"
    )


def took(work: Callable[[], None]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def swept(sweep: Sweep, storage: str, sampler: str, trials: int) -> None:
    best = sweep(Trivial(sweep.folder), trials=trials, storage=storage, sampler=sampler)
    assert best.trials == trials


@dataclass
class Trivial(Toy):
    """A trial that costs nothing."""

    def __call__(self, number: int, settings: Any, report: Any, /) -> Any:
        from stagewright.stages.sweep import Measured

        score = quality(settings)
        return Measured({"score": score, "loss": -score, "train_seconds": 0.0})


def loop(folder: Path, storage: str, sampler: str, trials: int) -> None:
    """What anyone would write with Optuna alone."""
    folder.mkdir(parents=True)
    kept: Any = f"sqlite:///{folder}/plain.db"
    if storage == "journal":
        backend = optuna.storages.journal.JournalFileBackend(str(folder / "plain.log"))
        kept = optuna.storages.JournalStorage(backend)
    kinds = {"random": optuna.samplers.RandomSampler, "tpe": optuna.samplers.TPESampler}
    study = optuna.create_study(direction="maximize", storage=kept, sampler=kinds[sampler](seed=1))

    def objective(trial: optuna.Trial) -> float:
        settings = {
            "train.lr": trial.suggest_float("train.lr", 1e-4, 1e-1, log=True),
            "train.width": trial.suggest_int("train.width", 4, 16),
            "train.model": trial.suggest_categorical("train.model", ["unet", "deeplab"]),
        }
        return quality(settings)

    assert len(SPACE) == 3
    study.optimize(objective, n_trials=trials)


def gain(scratch: Path) -> None:
    rates = {}
    for workers in (1, 2, 1, 2):
        sweep = Sweep(scratch / f"gain-{workers}-{len(rates)}-{time.monotonic()}")
        began = time.perf_counter()
        launcher = {"type": "processes", "threads": 1}
        sweep(Busy(sweep.folder), trials=24, workers=workers, sampler="random", launcher=launcher)
        spans = [json.loads(line) for line in (sweep.folder / "spans.jsonl").read_text().splitlines()]
        first, last = min(begin for _, begin, _ in spans), max(end for *_, end in spans)
        rates.setdefault(workers, []).append(len(spans) / (last - first))
        print(
            f"{workers} worker(s): {len(spans)} trials of {CPU_SECONDS} s CPU in {last - first:.1f} s, "
            f"{first - began:.1f} s until the first began"
        )
    ratio = statistics.mean(rates[2]) / statistics.mean(rates[1])
    print(f"trials per second, 2 workers over 1: {ratio:.2f} (aim: at least 1.8)")


if __name__ == "__main__":
    main()
