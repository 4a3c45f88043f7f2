"""What one split knows of another: a group in two splits, or copies of one picture on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from stagewright.context import Emit
from stagewright.errors import StagewrightError

from ._copies import Copies

# A sample gives way to its copy in a split further to the right: the test set stays as it was drawn.
RANK = {"train": 0, "validation": 1, "test": 2}
NAMED = 10  # leaks that the error names
TOLD = 50  # leaks that the event holds


@dataclass(frozen=True)
class Leak:
    """Two samples that must not be on different sides.

    Attributes:
        kind: `exact`, `near` or `group`.
        loser: id in the split that gives way; `winner` is in the one that stays.
        why: distance of a near copy, or the group's name.
    """

    kind: str
    loser: str
    loser_split: str
    winner: str
    winner_split: str
    why: str = ""

    def __str__(self) -> str:
        if self.kind == "group":
            both = f"{self.loser_split} ({self.loser}) and {self.winner_split} ({self.winner})"
            return f"group {self.why} is in {both}"
        what = "an exact copy" if self.kind == "exact" else f"a near copy (distance {self.why})"
        return f"{self.loser} ({self.loser_split}) is {what} of {self.winner} ({self.winner_split})"


def leaks(splits: Mapping[str, str], groups: Mapping[str, str], copies: Copies) -> list[Leak]:
    """All leaks: exact copies first, then near ones, then groups (one leak per group and side)."""
    return [
        *_among(copies.exact, "exact", splits),
        *_near(copies, splits),
        *_groups(splits, groups),
    ]


def refuse(found: list[Leak], emit: Emit) -> None:
    """Raises StagewrightError where there is any leak, naming the first ones."""
    if not found:
        return
    emit("leakage", count=len(found), leaks=[asdict(leak) for leak in found[:TOLD]])
    more = f"; and {len(found) - NAMED} more" if len(found) > NAMED else ""
    remedy = "split by group (`split: {type: grouped}`), or say" if _has_group(found) else "say"
    raise StagewrightError(
        f"data.leakage: {counted(found)} between splits: {'; '.join(map(str, found[:NAMED]))}{more}; "
        f"{remedy} `leakage: repair` to drop what gives way"
    )


def repair(rows: pd.DataFrame, copies: Copies) -> tuple[pd.DataFrame, list[Leak]]:
    """Drop train and validation samples that leak; nothing is ever dropped from test, or moved.

    What leaks into test goes first, so that a validation sample dropped for test costs no train sample.
    """
    dropped: list[Leak] = []
    for winner in ("test", "validation"):
        splits = dict(zip(rows["id"], rows["split"], strict=True))
        groups = dict(zip(rows["id"], rows["group"], strict=True))
        losing = {leak.loser: leak for leak in _every(splits, groups, copies) if leak.winner_split == winner}
        dropped += losing.values()
        rows = rows[~rows["id"].isin(list(losing))]
    return rows, dropped


def _every(splits: Mapping[str, str], groups: Mapping[str, str], copies: Copies) -> list[Leak]:
    """As `leaks`, but with one leak for every sample of a group that must give way."""
    exact = _among(copies.exact, "exact", splits)
    return [*_members(splits, groups), *_near(copies, splits), *exact]


def _among(sets: tuple[tuple[str, ...], ...], kind: str, splits: Mapping[str, str]) -> list[Leak]:
    """Every sample against the first of its set in the highest split."""
    found = []
    for ids in sets:
        present = [id for id in ids if id in splits]
        if not present:
            continue
        winner = max(present, key=lambda id: RANK[splits[id]])
        found += [_leak(kind, id, winner, splits) for id in present if splits[id] != splits[winner]]
    return found


def _near(copies: Copies, splits: Mapping[str, str]) -> list[Leak]:
    found = []
    for first, second, distance in copies.near:
        if first in splits and second in splits and splits[first] != splits[second]:
            loser, winner = sorted((first, second), key=lambda id: RANK[splits[id]])
            found.append(_leak("near", loser, winner, splits, f"{distance:g}"))
    return found


def _groups(splits: Mapping[str, str], groups: Mapping[str, str]) -> list[Leak]:
    """One leak per group and losing split."""
    once = {(leak.why, leak.loser_split): leak for leak in reversed(_members(splits, groups))}
    return list(reversed(once.values()))


def _members(splits: Mapping[str, str], groups: Mapping[str, str]) -> list[Leak]:
    together: dict[str, list[str]] = {}
    for id in splits:
        if groups[id]:
            together.setdefault(groups[id], []).append(id)
    found = []
    for group, ids in together.items():
        winner = max(ids, key=lambda id: RANK[splits[id]])
        found += [_leak("group", id, winner, splits, group) for id in ids if splits[id] != splits[winner]]
    return found


def _leak(kind: str, loser: str, winner: str, splits: Mapping[str, str], why: str = "") -> Leak:
    return Leak(kind, loser, splits[loser], winner, splits[winner], why)


def counted(found: list[Leak]) -> str:
    """`1 leak`, `3 leaks`."""
    return f"{len(found)} leak{'' if len(found) == 1 else 's'}"


def _has_group(found: list[Leak]) -> bool:
    return any(leak.kind == "group" for leak in found)


def to_json(policy: str, found: list[Leak], dropped: list[Leak]) -> dict[str, Any]:
    """As it stands in `issues.json`."""
    return {
        "policy": policy,
        "found": [asdict(leak) for leak in found],
        "dropped": [{"id": leak.loser, "split": leak.loser_split, "because": str(leak)} for leak in dropped],
    }
