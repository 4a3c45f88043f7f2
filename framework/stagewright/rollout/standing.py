"""What a gateway serves when it starts: champion and challenger, as releases and rollout journals left them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stagewright import releases
from stagewright.errors import StagewrightError
from stagewright.frozen import frozen
from stagewright.live.event_log import seconds
from stagewright.releases import CHALLENGER, CHAMPION, Release
from stagewright.rollout import journal, places

ENDS = ("promoted", "rolled_back")


@frozen
class Standing:
    """The newest rollout of two versions.

    Attributes:
        verdict: `promoted`, `rolled_back`, or empty while it is not over.
        ended: Unix time of the verdict.
    """

    path: Path
    verdict: str
    reason: str = ""
    ended: float = 0.0


def newest(home: Path, name: str, stable: str | None, canary: str) -> Standing | None:
    """The newest rollout of these two versions, of a replay or live; None where there was none.

    `stable` None stands for any: the first champion is a baseline that no release names.
    """
    for path in sorted(places.folder(home, name).glob("*.jsonl"), reverse=True):
        first: Mapping[str, Any] = next(journal.read(path), {})
        if first.get("canary") == canary and stable in (None, first.get("stable")):
            return _standing(path)
    return None


def arms(home: Path, name: str) -> dict[str, Release]:
    """`stable`: the champion; `canary`: a challenger whose rollout is not over.

    A challenger that was rolled back stays away until somebody begins a new rollout. One that was promoted
    just before a kill, so that the alias did not move yet, is promoted now. Without a champion the challenger
    serves at once.

    Raises:
        StagewrightError: nothing was released, or the only version was rolled back.
    """
    champion = releases.current(home, name, CHAMPION)
    challenger = releases.current(home, name, CHALLENGER)
    if champion is None:
        return {"stable": _first(home, name, challenger)}
    if challenger is None or challenger.version == champion.version:
        return {"stable": champion}
    found = newest(home, name, champion.version, challenger.version)
    if found is None or not found.verdict:
        return {"stable": champion, "canary": challenger}
    if found.verdict == "promoted" and not _moved(home, name, challenger.version, found.ended):
        moved = releases.assign(home, name, CHAMPION, challenger.version, "gateway", found.reason)
        return {"stable": moved}
    return {"stable": champion}


def _first(home: Path, name: str, challenger: Release | None) -> Release:
    if challenger is None:
        raise StagewrightError(f"{name} has no release yet: `stagewright run` its recipe to deploy one")
    found = newest(home, name, None, challenger.version)
    if found and found.verdict == "rolled_back":
        folder = challenger.path(home)
        why = f"its only version was rolled back ({found.reason})"
        raise StagewrightError(
            f"{name} has no champion: {why}; `stagewright serve {folder}` serves it all the same"
        )
    return challenger


def _standing(path: Path) -> Standing:
    ends = [line for line in journal.read(path) if line.get("decision") in ENDS]
    if not ends:
        return Standing(path, "")
    return Standing(path, ends[-1]["decision"], ends[-1].get("reason", ""), ends[-1]["now"])


def _moved(home: Path, name: str, version: str, since: float) -> bool:
    """Whether `champion` meant this version after that moment; then going back was somebody's will."""
    return any(
        event["alias"] == CHAMPION and event["version"] == version and seconds(event["t"]) >= since - 1
        for event in releases.history(home, name)
    )
