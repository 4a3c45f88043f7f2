"""Rows on disk as `datasets` Arrow, the same bytes for the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
from datasets import DatasetInfo, Features
from datasets.arrow_writer import ArrowWriter

from stagewright.content import manifest, manifest_digest
from stagewright.stages.data import SPLITS, Column

from ._arrow import write_state


def write_splits(rows: pd.DataFrame, columns: Mapping[str, Column], folder: Path) -> str:
    """Write every split below `folder`; gives the version, SHA-256 over a manifest of every byte written."""
    for split in SPLITS:
        write_rows(rows[rows["split"] == split], columns, folder / split)
    return manifest_digest(manifest(folder))


def write_rows(
    rows: pd.DataFrame, columns: Mapping[str, Column], folder: Path, label_time: bool = False
) -> None:
    """Write rows as one dataset: `id`, `time`, `label_time` where asked, `group`, the columns, `target`.

    Rows that have no time get no column for it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = {"time": _iso(rows["time"])} if rows["time"].notna().all() else {}
    times = own | ({"label_time": _iso(rows["label_time"])} if label_time else {})
    arrays = {"id": _text(rows["id"]), **times, "group": _text(rows["group"])}
    for name, column in columns.items():
        arrays[name] = _text(rows[name]) if column.kind == "category" else _numbers(rows[name])
    arrays["target"] = pa.array(rows["target"].to_numpy(), pa.int64())
    table = pa.table(arrays)
    features = Features.from_arrow_schema(table.schema)
    path = folder / "data-00000-of-00001.arrow"
    with ArrowWriter(features=features, path=str(path)) as writer:
        writer.write_table(table)
        writer.finalize()
    DatasetInfo(features=features).write_to_directory(str(folder))
    write_state(folder, path)


def _iso(times: pd.Series) -> pa.Array:
    return pa.array(times.dt.strftime("%Y-%m-%dT%H:%M:%SZ").to_list(), pa.string())


def _text(values: pd.Series) -> pa.Array:
    return pa.array(values.to_list(), pa.string())


def _numbers(values: pd.Series) -> pa.Array:
    """As float32, which is what models and requests hold; NaN stays NaN."""
    return pa.array(values.to_numpy(dtype="float32"), pa.float32())
