from __future__ import annotations

import json
import os
import signal
import time

import psutil
import pytest

from searching import Sweep, Toy, ended_exactly
from stagewright.errors import StagewrightError


def workers_of(process) -> list[psutil.Process]:
    children = psutil.Process(process.pid).children()
    return [one for one in children if any("spawn_main" in part for part in one.cmdline())]


def until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.02)
    return found


def test_the_same_settings_whatever_the_number_of_workers(tmp_path):
    for sampler in ("random", "qmc", {"type": "grid", "points": 4}):
        found = []
        for workers in (1, 2):
            sweep = Sweep(tmp_path / f"{sampler}{workers}")
            sweep(Toy(sweep.folder, seconds=0.05), trials=10, workers=workers, sampler=sampler)
            found.append({json.dumps([row["number"], row["settings"]]) for row in sweep.rows})
        assert found[0] == found[1]


def test_a_process_that_dies_over_its_settings_is_replaced_and_the_settings_given_up(sweep):
    toy = Toy(sweep.folder, crashing=8)
    best = sweep(toy, trials=12, workers=2, sampler="random", crash_limit=2, max_failure_rate=0.5)
    assert best.trials == 12
    assert best.failed
    reason = sweep.block("Failed trials")["rows"][0][1]
    assert reason == "its worker process died 2 times over these settings (out of memory?)"
    assert not ended_exactly(sweep.trials(), 12)


def test_a_killed_worker_costs_nothing(sweep):
    process = sweep.start({"seconds": 0.3}, trials=10, workers=2, sampler="random")
    until(lambda: len(sweep.calls) >= 3)
    workers_of(process)[0].kill()
    said = process.communicate(timeout=120)[0]
    assert process.returncode == 0, said
    trials = sweep.trials()
    assert not ended_exactly(trials, 10)
    assert sum("retry_of" in trial.user_attrs for trial in trials) <= 1  # none where it died between two


@pytest.mark.parametrize("storage", ["journal", "sqlite"])
def test_a_killed_parent_takes_its_workers_along_and_the_same_command_goes_on(sweep, storage):
    settings = {"trials": 8, "workers": 2, "sampler": "random", "storage": storage}
    process = sweep.start({"seconds": 0.3}, **settings)
    until(lambda: len(sweep.calls) >= 4)
    workers = workers_of(process)
    process.kill()
    process.communicate()
    until(lambda: not any(worker.is_running() for worker in workers), 10)
    begun = len(sweep.calls)
    best = sweep(Toy(sweep.folder, seconds=0.01), **settings)
    assert best.trials == 8
    assert not ended_exactly(sweep.trials(), 8)
    assert len(sweep.calls) - begun <= 6  # at least the two that finished are not done again
    assert sweep.block("Search")["facts"]["put back after a lost worker"] in (1, 2)


def test_ctrl_c_ends_all_and_the_same_command_goes_on(sweep):
    settings = {"trials": 6, "workers": 2, "sampler": "random"}
    process = sweep.start({"seconds": 0.4}, **settings)
    until(lambda: len(sweep.calls) >= 3)
    workers = workers_of(process)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=30)[0]
    assert process.returncode != 0
    assert "KeyboardInterrupt" in said
    assert said.count("Traceback") == 1  # the workers say nothing
    assert not any(worker.is_running() for worker in workers)
    assert sweep(Toy(sweep.folder), **settings).trials == 6
    assert not ended_exactly(sweep.trials(), 6)


def test_workers_that_cannot_begin_end_the_sweep(sweep, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")  # a spawned interpreter finds no library
    with pytest.raises(StagewrightError, match="3 workers in a row ended before they came to work"):
        sweep(workers=2)


def test_threads_are_shared_out(sweep, monkeypatch):
    from stagewright_plugins.sweep.launcher import _processes

    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setenv("MKL_NUM_THREADS", "7")
    with _processes._limited(3):
        assert os.environ["OMP_NUM_THREADS"] == "3"
        assert os.environ["MKL_NUM_THREADS"] == "7"  # said by the user
    assert "OMP_NUM_THREADS" not in os.environ
