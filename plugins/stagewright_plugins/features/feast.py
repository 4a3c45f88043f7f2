"""The store's definitions as a Feast repository (https://docs.feast.dev): text for a team that runs Feast.

The Parquet files are read where they are; only definitions are written, so Feast itself is not needed here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from .offline import TIME
from .store import Definition, FeatureStore

YAML = """# `feast apply` in this folder, then `feast materialize-incremental <end>`.
project: {project}
registry: registry.db
provider: local
offline_store:
  type: dask
online_store:
  type: sqlite
  path: online_store.db
entity_key_serialization_version: 3
"""
HEAD = '''"""Feature views of {project}, written by Stagewright; values lie in ../offline."""

from datetime import timedelta

from feast import Entity, FeatureView, Field, FileSource, ValueType
from feast.types import Float32, String

'''


def write_repository(store: FeatureStore, project: str) -> Path:
    """Write `feast/feature_store.yaml` and `feast/definitions.py` beside the store's data."""
    folder = store.folder / "feast"
    folder.mkdir(parents=True, exist_ok=True)
    name = project.replace("-", "_").replace(".", "_")
    (folder / "feature_store.yaml").write_text(YAML.format(project=name), encoding="utf-8")
    (folder / "definitions.py").write_text(definitions(store.views.values(), name), encoding="utf-8")
    return folder


def definitions(views: Iterable[Definition], project: str) -> str:
    """Python source in Feast's own words: entities, sources, views."""
    known = list(views)
    entities = dict.fromkeys(entity for view in known for entity in view.entities)
    parts = [
        f"{entity} = Entity(name={entity!r}, join_keys=[{entity!r}], value_type=ValueType.STRING)\n"
        for entity in entities
    ]
    return HEAD.format(project=project) + "".join(parts) + "\n" + "\n".join(map(_view, known))


def _view(view: Definition) -> str:
    kinds = {"number": "Float32", "category": "String"}
    schema = "".join(
        f"        Field(name={name!r}, dtype={kinds[column.kind]}, description={column.doc!r}),\n"
        for name, column in view.columns.items()
    )
    ttl = f"timedelta(seconds={view.ttl.total_seconds():.0f})" if view.ttl is not None else "None"
    path = f"../offline/{view.name}.parquet"
    return (
        f"{view.name}_source = FileSource(path={path!r}, timestamp_field={TIME!r})\n"
        f"{view.name}_view = FeatureView(\n"
        f"    name={view.name!r},\n"
        f"    entities=[{', '.join(view.entities)}],\n"
        f"    ttl={ttl},\n"
        f"    schema=[\n{schema}    ],\n"
        f"    source={view.name}_source,\n"
        f"    description={view.doc!r},\n"
        f")\n"
    )
