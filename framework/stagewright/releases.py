"""Which versions of a model there are, and which one an alias means: the embedded truth, append-only.

`.stagewright/releases/<name>/log.jsonl`, one line per event:
`{"t", "event": "registered" | "alias", "version", "package", "alias", "by", "reason"}`.
`champion` serves, `challenger` is on its way. A model registry (MLflow's) may mirror this; nothing is read from it.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stagewright.content import append_line
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.nearest import suggestion
from stagewright.record.record import now

CHAMPION = "champion"
CHALLENGER = "challenger"


@frozen
class Release:
    """One version of a model.

    Attributes:
        package: folder of the package, relative to the home folder where it lies in the store.
        aliases: the aliases that mean this version now.
        since, by, reason: of the event that was asked for: registration, or the alias's last move.
    """

    name: str
    version: str
    package: str
    aliases: tuple[str, ...] = ()
    since: str = ""
    by: str = ""
    reason: str = ""

    def path(self, home: Path) -> Path:
        """The package's folder."""
        return home / self.package  # an absolute `package` stays what it is


def register(home: Path, name: str, version: str, package: str, by: str = "", reason: str = "") -> Release:
    """Make a version known; registering it again changes nothing but where its package lies."""
    with _locked(home, name):
        known = _registered(history(home, name)).get(version)
        if known is None or known["package"] != package:
            event = {"event": "registered", "version": version, "package": package}
            _append(home, name, event | {"alias": "", "by": by, "reason": reason})
    return _release(home, name, version)


def assign(home: Path, name: str, alias: str, version: str, by: str, reason: str) -> Release:
    """Let an alias mean a version; where it does already, nothing is written.

    Raises:
        StagewrightError: the version was never registered, or the alias looks like a version.
    """
    _refuse_confusing(alias)
    with _locked(home, name):
        events = history(home, name)
        package = _registered(events).get(version)
        if package is None:
            raise StagewrightError(f"{name} has no version {version[:12]}: deploy it first")
        if _aliases(events).get(alias, {}).get("version") != version:
            event = {"event": "alias", "version": version, "package": package["package"]}
            _append(home, name, event | {"alias": alias, "by": by, "reason": reason})
    return _current(home, name, alias)


def current(home: Path, name: str, alias: str) -> Release | None:
    """What an alias means now; None where it was never assigned."""
    return _current(home, name, alias) if alias in _aliases(history(home, name)) else None


def aliases(home: Path, name: str) -> dict[str, Release]:
    """What every alias of a model means now."""
    return {alias: _current(home, name, alias) for alias in _aliases(history(home, name))}


def opponent(home: Path, name: str, version: str) -> Release | None:
    """The champion that a version has to beat: the current one, or the one it replaced if it is champion itself.

    So the question has the same answer before and after its promotion. None: nothing else was ever champion.
    """
    moves = [event["version"] for event in history(home, name) if event["alias"] == CHAMPION]
    if moves and moves[-1] == version:
        moves = [other for other in moves[:-1] if other != version]
    return _release(home, name, moves[-1]) if moves else None


def find(home: Path, name: str, wanted: str) -> Release:
    """A release by alias, by version, or by a unique beginning of a version (at least six digits).

    Raises:
        StagewrightError: there is none, or more than one.
    """
    events = history(home, name)
    if wanted in _aliases(events):
        return _current(home, name, wanted)
    known = _registered(events)
    found = [version for version in known if version == wanted or _begins(version, wanted)]
    if len(found) == 1:
        return _release(home, name, found[0])
    if found:
        raise StagewrightError(f"{name}: {len(found)} versions begin with {wanted!r}; say more digits")
    if not known:
        raise StagewrightError(f"{name} has no release yet: deploy it first (`stagewright run`)")
    choices = [*_aliases(events), *(version[:12] for version in known)]
    raise StagewrightError(f"{name} has no release {wanted!r}, {suggestion(wanted, choices)}")


def newest(home: Path, name: str) -> Release:
    """The version registered last; raises StagewrightError where there is none."""
    versions = [event["version"] for event in history(home, name) if event["event"] == "registered"]
    if not versions:
        raise StagewrightError(f"{name} has no release yet: deploy it first (`stagewright run`)")
    return _release(home, name, versions[-1])


def names(home: Path) -> list[str]:
    """Every model that has a release."""
    folder = home / "releases"
    return sorted(entry.name for entry in folder.iterdir() if entry.is_dir()) if folder.is_dir() else []


def history(home: Path, name: str) -> list[dict[str, Any]]:
    """All events of a model, oldest first; a line cut short by a kill is left out."""
    path = _path(home, name)
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1] if line]


def _release(home: Path, name: str, version: str) -> Release:
    events = history(home, name)
    event = _registered(events)[version]
    return _told(name, event, events)


def _current(home: Path, name: str, alias: str) -> Release:
    events = history(home, name)
    event = _aliases(events)[alias]
    # The package may have been registered anew from another place after the alias moved.
    return _told(name, event | {"package": _registered(events)[event["version"]]["package"]}, events)


def _told(name: str, event: dict[str, Any], events: list[dict[str, Any]]) -> Release:
    version = event["version"]
    aliases = tuple(alias for alias, last in _aliases(events).items() if last["version"] == version)
    return Release(name, version, event["package"], aliases, event["t"], event["by"], event["reason"])


def _registered(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {event["version"]: event for event in events if event["event"] == "registered"}


def _aliases(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {event["alias"]: event for event in events if event["event"] == "alias"}


def _begins(version: str, wanted: str) -> bool:
    return len(wanted) >= 6 and version.startswith(wanted)


def _refuse_confusing(alias: str) -> None:
    """An alias must not be readable as (the beginning of) a version, nor leave its line."""
    if not alias.isidentifier() or (len(alias) >= 6 and set(alias) <= set("0123456789abcdef")):
        raise StagewrightError(f"an alias is a word of letters, digits and `_`, not {alias!r}")


def _path(home: Path, name: str) -> Path:
    if not name.strip(".") or set(name) & set("/\\\0"):
        raise StagewrightError(f"{name!r} cannot name a model: it would leave the folder of releases")
    return home / "releases" / name / "log.jsonl"


@contextmanager
def _locked(home: Path, name: str) -> Iterator[None]:
    """One writer at a time: a gateway may move an alias while a run registers a version."""
    folder = _path(home, name).parent
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _append(home: Path, name: str, event: dict[str, Any]) -> None:
    append_line(_path(home, name), json.dumps({"t": now(), **event}))
