"""An MLflow store, reached: quickly refused where it cannot be, made where it is a new SQLite file."""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stagewright.errors import StagewrightError
from stagewright.store import Store as Home

from ._address import is_server, located, page, shown, sqlite_file


class Store:
    """The client of one experiment.

    Attributes:
        client: `mlflow.MlflowClient`.
        experiment: id of the experiment, made if there was none.
        home: the project's `.stagewright` folder.
    """

    def __init__(
        self, uri: str, experiment: str | None, artifacts: str | None, timeout: int, project: Path
    ) -> None:
        self.home = Home(project).home
        self.uri = located(uri, project, self.home)
        self._name, self._artifacts = experiment, artifacts
        self._project = project
        quiet(timeout)

    def open(self, recipe: str) -> None:
        """Connect; `recipe` names the experiment where the settings do not.

        Two runs that start in a new project meet here, so that a SQLite file is made under a lock.
        """
        file = sqlite_file(self.uri)
        with _locked(file) if file else nullcontext():
            if not is_server(self.uri):
                _reachable(self.uri)
            if file and file.stat().st_size == 0:
                _create(file)
            from mlflow import MlflowClient

            self.client: Any = MlflowClient(self.uri)
            self.experiment = self._experiment(self._name or recipe)

    def alone(self, what: str) -> AbstractContextManager[None]:
        """One mirror of this project at a time."""
        return _locked(self.home / what)

    def page(self, run: str) -> str:
        """Where a run can be looked at."""
        return page(self.uri, self.experiment, run)

    def _experiment(self, name: str) -> str:
        from mlflow.exceptions import MlflowException

        if known := self._known(name):
            return known
        try:
            made: str = self.client.create_experiment(name, artifact_location=self._location(name))
        except MlflowException:
            if known := self._known(name):  # somebody else was faster, on a server
                return known
            raise
        return made

    def _known(self, name: str) -> str | None:
        found = self.client.get_experiment_by_name(name)
        if found is None:
            return None
        if found.lifecycle_stage == "deleted":
            restore = f"`mlflow experiments restore --experiment-id {found.experiment_id}`"
            raise StagewrightError(f"the experiment {name!r} is deleted: {restore}, or name another")
        return str(found.experiment_id)

    def _location(self, name: str) -> str | None:
        """Where a new experiment keeps its files; a server decides for itself unless told."""
        if self._artifacts and "://" in self._artifacts:
            return self._artifacts
        if self._artifacts:
            return (self._project / self._artifacts).resolve().as_uri()
        if is_server(self.uri):
            return None
        file = sqlite_file(self.uri)
        folder = (file.parent if file else self.home) / "mlartifacts" / quote(name, safe="")
        return folder.resolve().as_uri()


def quiet(timeout: int) -> None:
    """No telemetry, no chatter, no minutes of retries; what the environment says already, stays."""
    settings = {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
        "MLFLOW_LOGGING_LEVEL": "WARNING",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
        "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(timeout),
    }
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    logging.getLogger("alembic").setLevel(logging.WARNING)


@contextmanager
def told(uri: str) -> Iterator[None]:
    """MLflow's and the database's errors as one clear sentence, without the password an address may hold."""
    try:
        yield
    except (StagewrightError, ImportError):
        raise
    except Exception as error:
        said = " ".join(_cause(error).split()).replace(uri, shown(uri))
        raise StagewrightError(f"MLflow at {shown(uri)}: {said}") from error


def _cause(error: BaseException) -> str:
    """What the innermost layer said: those around it repeat it with statements and links."""
    inner = getattr(error, "orig", None) or _wrapped(error) or error.__cause__ or error.__context__
    return _cause(inner) if inner else str(error) or type(error).__name__


def _wrapped(error: BaseException) -> BaseException | None:
    """`requests` and `urllib3` keep the reason as an attribute or an argument."""
    inner = getattr(error, "reason", None) or (error.args[0] if error.args else None)
    return inner if isinstance(inner, BaseException) else None


@contextmanager
def _locked(file: Path) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_name(f".{file.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _reachable(uri: str) -> None:
    """Raise at once where a database cannot be opened or written: MLflow tries ten times first."""
    from sqlalchemy import create_engine

    engine = create_engine(uri)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.rollback()
    finally:
        engine.dispose()


def _create(file: Path) -> None:
    """A new database appears whole or not at all.

    MLflow makes it by some sixty migrations, each synced to disk; a kill in between leaves a file that MLflow
    refuses for ever. Made beside its place without syncing, it takes a fifth of the time.
    """
    from mlflow import MlflowClient
    from sqlalchemy import event
    from sqlalchemy.engine import Engine

    part = file.with_name(f".{file.name}.{os.getpid()}.part")
    event.listen(Engine, "connect", _unsynced)
    try:
        MlflowClient(f"sqlite:///{part}")
        with part.open("rb") as made:
            os.fsync(made.fileno())
        part.replace(file)
    finally:
        event.remove(Engine, "connect", _unsynced)
        part.unlink(missing_ok=True)


def _unsynced(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")
