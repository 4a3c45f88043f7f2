"""The package's own scores on the test split: the card states what was measured on what is shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.deploy import Engine, Inputs
from stagewright.stages.scores import Score
from stagewright_plugins.scoring.batches import groups
from stagewright_plugins.scoring.sheet import Sheet

from ._modality import Modality

SPLIT = "test"


@dataclass(frozen=True)
class Group:
    """The samples that share a value of a tag."""

    tag: str
    value: str
    samples: int
    score: Score | None

    def to_json(self) -> dict[str, Any]:
        """As it stands in the card."""
        return asdict(self)


@dataclass(frozen=True)
class Measured:
    """Every metric with its interval, and the headline metric per declared group.

    Attributes:
        key: the headline metric's own value, by which groups are compared.
    """

    key: str
    scores: dict[str, Score]
    samples: int
    groups: tuple[Group, ...]


def measured(inputs: Inputs, modality: Modality, engine: Engine, tags: Sequence[str]) -> Measured:
    """Predict the test split through the package; raises StagewrightError for a tag that the data lacks."""
    rows = _rows(inputs, tags)  # a wrong name stops before any prediction
    sheet = Sheet(inputs.metrics, inputs.framing.task, inputs.context)
    for requests in modality.requests(SPLIT):
        found = engine(requests.raw, [modality.scored])[modality.scored]
        sheet.update(requests.batch.ids, found, requests.batch.targets)
    units, seed = groups(inputs.data, SPLIT), inputs.context.seed
    key = inputs.metrics.metrics[0].keys[0]
    values = rows.loc[sheet.ids]
    by_group = [group for tag in tags for group in _groups(sheet, values[tag], tag, key, units, seed)]
    return Measured(key, sheet.scores(groups=units, seed=seed), len(sheet.ids), tuple(by_group))


def _rows(inputs: Inputs, tags: Sequence[str]) -> pd.DataFrame:
    known = [*inputs.data.tags, *([] if "group" in inputs.data.tags else ["group"])]
    for tag in tags:
        if tag not in known:
            raise StagewrightError(
                f"deploy.fairness.groups: the data has no tag {tag!r}, {suggestion(tag, known)}"
            )
    table = pd.read_parquet(inputs.data.path / "quality.parquet", columns=["id", *dict.fromkeys(tags)])
    return table.assign(id=table["id"].astype(str)).set_index("id")


def _groups(
    sheet: Sheet, values: pd.Series, tag: str, key: str, units: dict[str, str], seed: int
) -> list[Group]:
    found = []
    for value in sorted(values.dropna().unique(), key=str):
        rows = (values == value).to_numpy(bool)
        inside = {units.get(id, id) for id, take in zip(sheet.ids, rows, strict=True) if take}
        # A group inside one scanner has no other scanners to draw: its interval is about that one's samples.
        scores = sheet.scores(rows, units if len(inside) > 1 else {}, seed)
        found.append(Group(tag, str(value), int(rows.sum()), scores.get(key)))
    return found
