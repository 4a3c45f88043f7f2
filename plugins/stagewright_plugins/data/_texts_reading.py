"""One pass over a source of texts: normalised, checked, set aside where they cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.stages.data import Source
from stagewright.stages.framing import Task
from stagewright_plugins.texts.normalising import normalised

from ._refusal import Refusal, told

OWN = ("id", "group", "split", "text", "target")


@dataclass(frozen=True)
class Reading:
    """What the pass found.

    Attributes:
        rows: one per good pair in source order: `id`, `group`, `text`, `target`, then tags.
        refused: pairs in quarantine, in source order.
        tags: names of these columns.
    """

    rows: pd.DataFrame
    refused: list[Refusal]
    tags: tuple[str, ...]


def read(source: Source, task: Task) -> Reading:
    """Read all pairs; raises StagewrightError where a tag has the name of a column of ours."""
    rows: list[dict[str, Any]] = []
    refused: list[Refusal] = []
    tags: dict[str, None] = {}
    for id in source.ids:
        try:
            sample = source.read(id)
            text, target = normalised(str(sample.input)), normalised(str(sample.target or ""))
        except StagewrightError:
            raise
        except Exception as error:  # a source may raise anything; the pair is set aside, with the reason
            refused.append(Refusal(id, "unreadable", told(error)))
            continue
        if wrong := _wrong(text, target, task):
            refused.append(Refusal(id, *wrong))
            continue
        tags |= dict.fromkeys(sample.tags)
        rows.append({"id": id, "group": sample.group, "text": text, "target": target} | dict(sample.tags))
    for name in tags:
        if name in OWN:
            raise StagewrightError(f"data.source: a tag is named {name!r}, as a column of every dataset is")
    columns = ["id", "group", "text", "target", *tags]
    return Reading(pd.DataFrame(rows, columns=columns), refused, tuple(tags))


def _wrong(text: str, target: str, task: Task) -> tuple[str, str] | None:
    """Reason and detail, where a pair cannot be used."""
    if not text:
        return "empty", "no source text"
    if not target:
        return "no translation", f"{text[:60]!r} is not translated"
    for what, said, most, setting in (
        ("text", text, task.input.shape[0], "max_source"),
        ("translation", target, task.target.shape[0], "max_target"),
    ):
        if len(said) > most:
            return (
                "too long",
                f"the {what} has {len(said)} characters, `framing.task.{setting}` allows {most}",
            )
    return None
