"""A feature store in one folder: Parquet for the past, SQLite for requests, verbs as in Feast.

    offline/<view>.parquet   every value with the moment from which on it was known
    online.db                the newest values by entity, as of the last `materialize`
    registry.json            the views: entities, features, ttl
    feast/                   the same definitions as a Feast repository

Values are joined by the moment they became known, so a feature can never hold what came later.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from stagewright.errors import StagewrightError
from stagewright.nearest import suggestion
from stagewright.stages.data import Column, FeatureView

from . import offline
from .offline import TIME
from .online import Online

REGISTRY = "registry.json"


@dataclass(frozen=True)
class Definition:
    """A view without its values."""

    name: str
    entities: tuple[str, ...]
    columns: Mapping[str, Column]
    ttl: datetime.timedelta | None
    doc: str

    def to_json(self) -> dict[str, Any]:
        """As `registry.json` holds it."""
        return {
            "entities": list(self.entities),
            "features": {name: asdict(column) for name, column in self.columns.items()},
            "ttl_seconds": self.ttl.total_seconds() if self.ttl is not None else None,
            "doc": self.doc,
        }


class FeatureStore:
    """One folder of feature views.

    Attributes:
        views: definitions by name.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.views = _read(folder / REGISTRY)
        self._online = Online(folder / "online.db")

    def apply(self, view: FeatureView) -> None:
        """Take up a view with its values; one of the same name is replaced."""
        offline.write(view, self.folder / "offline")
        self.views[view.name] = Definition(view.name, view.entities, dict(view.columns), view.ttl, view.doc)
        text = json.dumps({name: item.to_json() for name, item in self.views.items()}, indent=1)
        (self.folder / REGISTRY).write_text(text + "\n", encoding="utf-8")

    def get_historical_features(
        self, entities: pd.DataFrame, views: Sequence[str] | None = None
    ) -> pd.DataFrame:
        """Every feature as it was known at each row's `event_timestamp`; rows stay in their order.

        Args:
            entities: `event_timestamp` (naive UTC) and the entity columns.
            views: which; all if None.

        Returns:
            One column per feature, with the index of `entities`.

        Raises:
            StagewrightError: a view that is not here, or an entity column that is missing.
        """
        found = []
        for view in map(self._view, self.views if views is None else views):
            for key in view.entities:
                if key not in entities:
                    raise StagewrightError(f"feature view {view.name!r} needs the entity column {key!r}")
            path = self._offline(view)
            found.append(offline.joined(entities, path, view.entities, list(view.columns), view.ttl))
        return pd.concat(found, axis=1) if found else pd.DataFrame(index=entities.index)

    def materialize(self, end: datetime.datetime, start: datetime.datetime | None = None) -> dict[str, int]:
        """Load what was known at `end` (and came at or after `start`) for requests; gives entities per view."""
        loaded = {}
        for view in self.views.values():
            rows = pd.read_parquet(self._offline(view))
            rows = rows[rows[TIME] <= end]
            rows = rows if start is None else rows[rows[TIME] >= start]
            loaded[view.name] = self._online.load(view.name, view.entities, rows)
        return loaded

    def get_online_features(
        self, entities: Sequence[Mapping[str, Any]], now: datetime.datetime | None = None
    ) -> list[dict[str, Any]]:
        """Every feature of each entity row, None where no value is known or it has expired at `now` (naive UTC)."""
        now = now or datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        return [self._asked(entity, now) for entity in entities]

    def _asked(self, entity: Mapping[str, Any], now: datetime.datetime) -> dict[str, Any]:
        answer: dict[str, Any] = {}
        for view in self.views.values():
            known = self._online.ask(view.name, view.entities, entity, now, view.ttl)
            answer |= {name: known.get(name) for name in view.columns}
        return answer

    def _view(self, name: str) -> Definition:
        if name not in self.views:
            raise StagewrightError(f"no feature view {name!r}, {suggestion(name, self.views, 'view')}")
        return self.views[name]

    def _offline(self, view: Definition) -> Path:
        return self.folder / "offline" / f"{view.name}.parquet"


def _read(path: Path) -> dict[str, Definition]:
    if not path.is_file():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))
    return {name: _definition(name, item) for name, item in told.items()}


def _definition(name: str, told: Mapping[str, Any]) -> Definition:
    seconds = told["ttl_seconds"]
    ttl = datetime.timedelta(seconds=seconds) if seconds is not None else None
    columns = {feature: Column(**facts) for feature, facts in told["features"].items()}
    return Definition(name, tuple(told["entities"]), columns, ttl, told["doc"])
