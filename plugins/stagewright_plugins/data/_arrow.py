"""Splits on disk as `datasets` Arrow, the same bytes for the same samples."""

from __future__ import annotations

import json
from hashlib import file_digest
from pathlib import Path

import numpy as np
import pandas as pd
from datasets import Array2D, Array3D, DatasetInfo, Features, Value
from datasets.arrow_writer import ArrowWriter

from stagewright.content import manifest, manifest_digest
from stagewright.stages.data import SPLITS

from ._spool import Spool

BATCH_BYTES = 16_000_000  # of one record batch, so that a reader maps only what it looks at


def write_splits(rows: pd.DataFrame, spool: Spool, folder: Path) -> str:
    """Write every split below `folder`; gives the version, SHA-256 over a manifest of every byte written.

    Args:
        rows: `id`, `group` and `split`, the index being the row in the spool.
        spool: the samples.
        folder: receives `<split>/data-00000-of-00001.arrow`, `state.json`, `dataset_info.json`.
    """
    for split in SPLITS:
        _write(rows[rows["split"] == split], spool, folder / split)
    return manifest_digest(manifest(folder))


def _write(rows: pd.DataFrame, spool: Spool, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    features = _features(spool.shape)
    path = folder / "data-00000-of-00001.arrow"
    batch = max(1, BATCH_BYTES // (spool.shape[1] * spool.shape[2] * (spool.shape[0] + 1)))
    with ArrowWriter(features=features, path=str(path), writer_batch_size=batch) as writer:
        for start in range(0, len(rows), batch):
            writer.write_batch(_batch(rows.iloc[start : start + batch], spool), writer_batch_size=batch)
        writer.finalize()
    DatasetInfo(features=features).write_to_directory(str(folder))
    write_state(folder, path)


def _batch(rows: pd.DataFrame, spool: Spool) -> dict[str, object]:
    inputs, targets = zip(*spool.pairs(list(rows.index)), strict=True)
    return {
        "id": list(rows["id"]),
        "input": np.stack(inputs),
        "target": np.stack(targets),
        "group": list(rows["group"]),
    }


def _features(shape: tuple[int, int, int]) -> Features:
    return Features(
        {
            "id": Value("string"),
            "input": Array3D(shape, "uint8"),
            "target": Array2D(shape[1:], "uint8"),
            "group": Value("string"),
        }
    )


def write_state(folder: Path, path: Path) -> None:
    """What `load_from_disk` asks for, with a fingerprint that follows from the content.

    `Dataset.save_to_disk` would write one that differs from run to run.
    """
    with path.open("rb") as file:
        fingerprint = file_digest(file, "sha256").hexdigest()[:16]
    state = {
        "_data_files": [{"filename": path.name}],
        "_fingerprint": fingerprint,
        "_format_columns": None,
        "_format_kwargs": {},
        "_format_type": None,
        "_output_all_columns": False,
        "_split": folder.name,
    }
    (folder / "state.json").write_text(json.dumps(state, indent=2, sort_keys=True), encoding="utf-8")
