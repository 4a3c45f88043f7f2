from __future__ import annotations

import multiprocessing
import os
import signal
import time

import optuna
import pytest

from stagewright_plugins.sweeping.journal import SoundJournal, locked

optuna.logging.set_verbosity(optuna.logging.ERROR)


def study_in(path):
    return optuna.create_study(
        study_name="s", storage=optuna.storages.JournalStorage(SoundJournal(path)), load_if_exists=True
    )


def with_trials(path, count=3):
    study = study_in(path)
    study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=count)
    return study


@pytest.mark.parametrize("cut", [1, 2, 10, 40])
def test_a_half_written_line_is_cut_off_and_nothing_whole_is_lost(tmp_path, cut):
    path = tmp_path / "journal.log"
    with_trials(path)
    whole = path.read_bytes()
    torn = b'{"op_code":4,"worker_id":"' + b"x" * 100
    path.write_bytes(whole + torn[: len(torn) - cut])
    assert len(study_in(path).trials) == 3  # readable as it lies
    with_trials(path, 2)
    assert path.read_bytes().startswith(whole)
    assert b"xxxx" not in path.read_bytes()
    assert [trial.state.name for trial in study_in(path).trials] == ["COMPLETE"] * 5


def test_optunas_own_backend_does_not_survive_it(tmp_path):
    """The reason for ours: should Optuna mend it, this one can go."""
    path = tmp_path / "journal.log"
    with_trials(path)
    path.write_bytes(path.read_bytes() + b'{"op_code":4')
    backend = optuna.storages.journal.JournalFileBackend(str(path))
    study = optuna.load_study(study_name="s", storage=optuna.storages.JournalStorage(backend))
    with pytest.raises((ValueError, AttributeError)):  # what it finds depends on where the line broke
        study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=2)


def test_a_long_half_line_is_cut_off_too(tmp_path):
    path = tmp_path / "journal.log"
    with_trials(path)
    whole = path.read_bytes()
    path.write_bytes(whole + b"x" * 3_000_000)
    with_trials(path, 1)
    assert path.stat().st_size < len(whole) + 5000
    assert len(study_in(path).trials) == 4


def test_a_file_of_one_half_line_begins_anew(tmp_path):
    path = tmp_path / "journal.log"
    path.write_bytes(b'{"op_code":0')
    assert len(with_trials(path, 2).trials) == 2


def _hold(path, holding):
    with locked(path):
        holding.set()
        time.sleep(60)


def test_a_lock_goes_with_the_process_that_held_it(tmp_path):
    fork = multiprocessing.get_context("fork")
    holding = fork.Event()
    process = fork.Process(target=_hold, args=(tmp_path / "lock", holding))
    process.start()
    assert holding.wait(30)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    began = time.monotonic()
    with locked(tmp_path / "lock"):
        pass
    assert time.monotonic() - began < 1


def _write(path, count):
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    with_trials(path, count)


def test_two_processes_write_one_study(tmp_path):
    path, fork = tmp_path / "journal.log", multiprocessing.get_context("fork")
    writers = [fork.Process(target=_write, args=(path, 25)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    trials = study_in(path).trials
    assert [trial.number for trial in trials] == list(range(50))
    assert {trial.state.name for trial in trials} == {"COMPLETE"}
