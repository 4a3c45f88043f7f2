"""Pairs of texts on disk as `datasets` Arrow, the same bytes for the same pairs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa
from datasets import DatasetInfo, Features
from datasets.arrow_writer import ArrowWriter

from stagewright.content import manifest, manifest_digest
from stagewright.stages.data import SPLITS

from ._arrow import write_state

COLUMNS = ("id", "text", "target", "group")


def write_splits(rows: pd.DataFrame, folder: Path) -> str:
    """Write every split below `folder`; gives the version, SHA-256 over a manifest of every byte written."""
    for split in SPLITS:
        _write(rows[rows["split"] == split], folder / split)
    return manifest_digest(manifest(folder))


def _write(rows: pd.DataFrame, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.table({name: pa.array(rows[name].tolist(), pa.string()) for name in COLUMNS})
    features = Features.from_arrow_schema(table.schema)
    path = folder / "data-00000-of-00001.arrow"
    with ArrowWriter(features=features, path=str(path)) as writer:
        writer.write_table(table)
        writer.finalize()
    DatasetInfo(features=features).write_to_directory(str(folder))
    write_state(folder, path)
