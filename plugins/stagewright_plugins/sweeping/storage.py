"""Where a study is kept, by the word or the address a recipe says."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from stagewright.errors import StagewrightError

JOURNAL, SQLITE = "journal.log", "study.db"
FILES = ("journal", "sqlite")  # storages in the study's own folder
TRIES = 4
PROXY_SECONDS = 15
BUSY_SECONDS = 120  # how long SQLite waits for another process's write


def opened(storage: str, folder: Path) -> Any:
    """The Optuna storage for `journal`, `sqlite`, a database URL or `grpc://host:port`.

    Args:
        storage: as the recipe says it.
        folder: the study's own; files lie in it.

    Raises:
        StagewrightError: the address cannot be read, its driver is missing, or nothing answers there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        return _opened(storage, folder)
    except StagewrightError:
        raise
    except ImportError as error:
        raise StagewrightError(
            f"sweep.storage: {_shown(storage)} needs a package: {_one_line(error)}"
        ) from error
    except Exception as error:
        raise StagewrightError(
            f"sweep.storage: {_shown(storage)} cannot be used: {_one_line(error)}"
        ) from error


def has_study(folder: Path) -> bool:
    """Whether an earlier study left its file in a folder."""
    return (folder / JOURNAL).is_file() or (folder / SQLITE).is_file()


def places(source: str, studies: Path, project: Path) -> tuple[Path, Path]:
    """Where an earlier study may lie: by its name beside others, or in a folder, by its path from the project."""
    return studies / source, project / Path(source).expanduser()


def in_folder(folder: Path) -> Any | None:
    """The storage that an earlier study left in a folder, or None if there is none."""
    if (folder / JOURNAL).is_file():
        return opened("journal", folder)
    return opened("sqlite", folder) if (folder / SQLITE).is_file() else None


def _opened(storage: str, folder: Path) -> Any:
    if wrong := no_storage(storage):
        raise StagewrightError(f"sweep.storage: {wrong}")
    import optuna

    if storage == "journal":
        from .journal import SoundJournal

        return optuna.storages.JournalStorage(SoundJournal(folder / JOURNAL))
    if storage == "sqlite":
        return optuna.storages.get_storage(_sqlite(folder / SQLITE))
    if storage.startswith("grpc://"):
        return _proxy(storage)
    return optuna.storages.get_storage(_database(storage))


def _sqlite(file: Path) -> Any:
    """SQLite's storage with a write-ahead log, whose commits do not wait for the disk.

    `kill -9` loses nothing; a power cut may lose the last commits, and those trials are run again.
    """
    import optuna
    from sqlalchemy import event

    database = optuna.storages.RDBStorage(
        f"sqlite:///{file}", engine_kwargs={"connect_args": {"timeout": BUSY_SECONDS}}
    )

    @event.listens_for(database.engine, "connect")
    def quicken(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")

    database.engine.dispose()  # the connection that made the tables, which was not told
    return database


def _database(address: str) -> Any:
    """A database's storage; where several commands make its tables at once, all but the first have to look again."""
    import optuna
    from sqlalchemy.exc import SQLAlchemyError

    for attempt in range(TRIES):
        try:
            return optuna.storages.RDBStorage(address, engine_kwargs={"pool_pre_ping": True})
        except (SQLAlchemyError, optuna.exceptions.StorageInternalError):
            if attempt == TRIES - 1:
                raise
            time.sleep(0.5)
    return None


def _proxy(storage: str) -> Any:
    import optuna

    host, _, port = _proxy_parts(storage)
    proxy = optuna.storages.GrpcStorageProxy(host=host, port=int(port))
    try:
        proxy.wait_server_ready(timeout=PROXY_SECONDS)
    except Exception as error:  # of gRPC, which says "timeout" and no more
        raise StagewrightError(
            f"sweep.storage: nothing answers at {host}:{port} within {PROXY_SECONDS} s; "
            "start the proxy there (optuna.storages.run_grpc_proxy_server)"
        ) from error
    return proxy


def no_storage(storage: str) -> str:
    """What is wrong with the words of a storage; empty where they can be one."""
    if storage.startswith("grpc://"):
        host, _, port = _proxy_parts(storage)
        return "" if host and port.isdigit() else f"{storage!r} must be grpc://host:port"
    if storage in ("journal", "sqlite") or "://" in storage:
        return ""
    return f"{storage!r} is not journal, sqlite, grpc://host:port or a database URL"


def _proxy_parts(storage: str) -> tuple[str, str, str]:
    return storage.removeprefix("grpc://").rstrip("/").rpartition(":")


def _shown(storage: str) -> str:
    """An address without the name and password in it."""
    scheme, found, rest = storage.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else storage


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
