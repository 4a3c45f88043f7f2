from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import optuna

from stagewright_plugins.sweeping import presence
from stagewright_plugins.sweeping.presence import Beats, Watch, host, lives, present, swept_up

HOLD = """
import os, sys, time
from pathlib import Path
from stagewright_plugins.sweeping.presence import present
with present(Path(sys.argv[1]), "held"):
    if os.fork() == 0:
        time.sleep(20)  # a child that outlives its worker must not keep the lock
        os._exit(0)
    print("held", flush=True)
    time.sleep(60)
"""


def trial(number=0, owner=None, beat=None):
    attributes = {"owner": owner} if owner else {}
    return SimpleNamespace(
        number=number, user_attrs=attributes | ({"beat": beat} if beat is not None else {})
    )


def test_a_worker_lives_as_long_as_its_process(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        owned = trial(owner={"host": host(), "name": "held", "folder": str(tmp_path)})
        assert lives(tmp_path, "held")
        assert not Watch().dead(owned)
        swept_up(tmp_path)
        assert (tmp_path / "workers" / "held.lock").exists()
        process.kill()
        process.wait()
        assert not lives(tmp_path, "held")
        assert Watch().dead(owned)
        swept_up(tmp_path)
        assert not list((tmp_path / "workers").iterdir())
    finally:
        os.killpg(process.pid, signal.SIGKILL)


def test_a_worker_of_this_process_is_seen_to_live(tmp_path):
    with present(tmp_path, "here") as owner:
        assert not Watch().dead(trial(owner=owner))
        assert lives(tmp_path, "here")
    assert Watch().dead(trial(owner=owner))


def test_a_folder_that_this_machine_does_not_see_says_nothing(tmp_path):
    """A container may have the name of another one."""
    assert not Watch().dead(trial(owner={"host": host(), "name": "w", "folder": str(tmp_path / "there")}))


def test_a_worker_of_another_machine_lives_as_long_as_it_beats(tmp_path):
    now = [0.0]
    watch, away = Watch(lambda: now[0]), {"host": "elsewhere/1", "name": "w", "folder": str(tmp_path)}
    for beat in range(10):
        assert not watch.dead(trial(owner=away, beat=beat))
        now[0] += presence.PATIENCE * 0.9
    assert not watch.dead(trial(owner=away, beat=9))
    now[0] += presence.PATIENCE
    assert watch.dead(trial(owner=away, beat=9))


def test_a_trial_that_never_named_its_worker_is_dead_after_some_seconds(tmp_path):
    now = [0.0]
    watch = Watch(lambda: now[0])
    assert not watch.dead(trial())
    now[0] += presence.UNOWNED_SECONDS + 0.1
    assert watch.dead(trial())


def test_beats_reach_the_study_and_stop_with_the_trial():
    study = optuna.create_study()
    with Beats(0.02) as beats:
        first = study.ask()
        beats.of(first)
        end = time.monotonic() + 20
        while study.trials[0].user_attrs.get("beat", 0) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        beats.of(None)
        count = study.trials[0].user_attrs["beat"]
        time.sleep(0.1)
        assert study.trials[0].user_attrs["beat"] == count
        beats.of(first)
        study.tell(first, 1.0)
        time.sleep(0.1)  # told as finished by another: no error
        assert study.trials[0].user_attrs["beat"] <= count + 1
