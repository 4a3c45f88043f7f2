"""Output files, each whole or absent, and what they belong to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from stagewright.content import write_atomically
from stagewright.errors import StagewrightError

FOLDER, ABOUT = "predictions", "predictions.json"
Format = Literal["parquet", "csv", "jsonl"]


class Shards:
    """`out/predictions/part-00000.parquet`, ...; `out/predictions.json` says of which package and source."""

    def __init__(self, out: Path, about: Mapping[str, Any], schema: pa.Schema, format: Format) -> None:
        """Take up what is there; raises StagewrightError if it belongs to something else."""
        self._out, self._folder, self._schema, self._format = out, out / FOLDER, schema, format
        known = self._known()
        if known is not None and known != dict(about):
            what = next(name for name in about if known.get(name) != about[name])
            raise StagewrightError(
                f"{out} holds predictions with another {what.replace('_', ' ')} ({known.get(what)}, "
                f"now {about[what]}): choose another folder"
            )
        self._folder.mkdir(parents=True, exist_ok=True)
        if known is None:
            if any(self._folder.iterdir()):
                raise StagewrightError(f"{self._folder} is not empty: choose another folder")
            write_atomically(out / ABOUT, json.dumps(about, indent=1) + "\n")
        for left in self._folder.glob(".*.part"):
            left.unlink()

    @property
    def finished(self) -> int:
        """How many shards are whole, counted from the first without a gap."""
        number = 0
        while self._path(number).is_file():
            number += 1
        return number

    def write(self, number: int, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write one shard; a reader, or a kill at any moment, never sees half of it."""
        path = self._path(number)
        part = path.with_name(f".{path.name}.part")
        _write(pa.Table.from_pylist(list(rows), schema=self._schema), part, self._format)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(path)

    def _path(self, number: int) -> Path:
        return self._folder / f"part-{number:05d}.{self._format}"

    def _known(self) -> dict[str, Any] | None:
        path = self._out / ABOUT
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _write(table: pa.Table, path: Path, format: Format) -> None:
    if format == "parquet":
        pq.write_table(table, path)
    elif format == "csv":
        pyarrow.csv.write_csv(table, path)
    else:
        lines = (json.dumps(_finite(row), ensure_ascii=False, allow_nan=False) for row in table.to_pylist())
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has no NaN and no infinity."""
    return {
        name: None if isinstance(value, float) and not isfinite(value) else value
        for name, value in row.items()
    }
