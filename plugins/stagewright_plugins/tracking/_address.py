"""Addresses of MLflow stores: as a recipe says them, as MLflow wants them, as they may be shown."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from stagewright.store import HOME

SQLITE = "sqlite:///"


def located(uri: str, project: Path, home: Path) -> str:
    """The address with a relative SQLite path made absolute.

    Relative paths start at the project; those below `.stagewright/` at the store's folder, wherever
    `STAGEWRIGHT_HOME` has put it.
    """
    path = sqlite_file(uri)
    if path is None or path.is_absolute():
        return uri
    inside = path.parts[:1] == (HOME,)
    found = home.joinpath(*path.parts[1:]) if inside else project / path
    _, question, options = uri.partition("?")
    return f"{SQLITE}{found.resolve()}{question}{options}"


def sqlite_file(uri: str) -> Path | None:
    """The file behind a SQLite address; None for another kind of store and for SQLite's own `file:` form."""
    name = uri.removeprefix(SQLITE).partition("?")[0]
    if not uri.startswith(SQLITE) or name in ("", ":memory:") or name.startswith("file:"):
        return None
    return Path(name)


def is_server(uri: str) -> bool:
    """Whether a tracking server answers there."""
    return urlsplit(uri).scheme in ("http", "https")


def shown(uri: str) -> str:
    """The address without the password it may hold."""
    parts = urlsplit(uri)
    if "@" not in parts.netloc:
        return uri
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def page(uri: str, experiment: str, run: str) -> str:
    """Where a run can be looked at: its page on a server, or the address of the store itself."""
    address = shown(uri)
    return f"{address.rstrip('/')}/#/experiments/{experiment}/runs/{run}" if is_server(uri) else address
