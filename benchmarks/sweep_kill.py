"""kill -9 of workers and parents at random moments: does a sweep end with every trial exactly once?

    python benchmarks/sweep_kill.py [TRIALS] [MOMENTS] [STORAGE]

Kills a sweep of TRIALS (default 200) with two worker processes at MOMENTS (default 20) random moments: one
worker, the parent alone, or all of them; then lets the same command go on. At the end every settings that a trial
ever began with must have finished once, exactly TRIALS in all, and with the settings that an undisturbed sweep draws.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from subprocess import Popen
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from searching import Sweep, Toy, ended_exactly
from stagewright_plugins.sweeping.counting import Ledger

SECONDS = 0.15  # of a trial


def main() -> None:
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    moments = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    storage = sys.argv[3] if len(sys.argv) > 3 else "journal"
    rng = random.Random(7)
    with tempfile.TemporaryDirectory() as scratch:
        sweep = Sweep(Path(scratch))
        settings = {
            "trials": trials,
            "workers": 2,
            "storage": storage,
            "sampler": "random",
            "crash_limit": 50,
        }
        began, killed = time.monotonic(), Counter[str]()
        process = sweep.start({"seconds": SECONDS}, **settings)
        every = trials * SECONDS / 2 / moments
        while sum(killed.values()) < moments:
            if rng.random() < 0.75:  # else perhaps before the workers come to work
                begun = len(sweep.calls)
                while len(sweep.calls) == begun and process.poll() is None:
                    time.sleep(0.01)
            time.sleep(rng.uniform(0, every))
            if process.poll() is not None:
                raise SystemExit(f"ended before the last kill:\n{process.communicate()[0]}")
            victim = rng.choice(("worker", "parent", "all"))
            if kill(process, victim, rng):
                killed[victim] += 1
            if victim != "worker":
                process.wait()
                process = sweep.start({"seconds": SECONDS}, **settings)
        said = process.communicate()[0]
        if process.returncode:
            raise SystemExit(said)
        found = sweep.trials()
        whole = Sweep(Path(scratch) / "whole")
        whole(Toy(whole.folder), trials=trials, sampler="random")
        wrong = ended_exactly(found, trials)
        if settings_of(found) != settings_of(whole.trials()):
            wrong.append("other settings than in an undisturbed sweep")
        states = Counter(trial.state.name for trial in found)
        put_back = sum("retry_of" in trial.user_attrs for trial in found)
        calls = len(sweep.calls)
    print(
        f"{dict(killed)} killed in {time.monotonic() - began:.0f} s; {calls} trials begun, {put_back} put back"
    )
    print(
        f"trials in the study: {dict(states)}; surplus: {sum('surplus' in trial.user_attrs for trial in found)}"
    )
    print(f"wrong: {wrong or 'nothing'} (aim: nothing)")
    raise SystemExit(bool(wrong))


def settings_of(trials: list[Any]) -> list[str]:
    """The settings of all finished trials, in no order."""
    return sorted(json.dumps(trial.params, sort_keys=True) for trial in Ledger(trials).finished)


def kill(process: Popen[str], victim: str, rng: random.Random) -> bool:
    """Kill -9; False where there was no worker yet."""
    if victim == "parent":
        process.kill()
        return True
    if victim == "all":
        os.killpg(process.pid, signal.SIGKILL)
        return True
    workers = [
        one
        for one in psutil.Process(process.pid).children()
        if any("spawn_main" in part for part in one.cmdline())
    ]
    if not workers:
        return False
    rng.choice(workers).kill()
    return True


if __name__ == "__main__":
    main()
